"""What a wish costs: round trips and WAL flushes, the same on every machine."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

from tests.support.house import House

POOL_SIZE = 2
"""Few connections, so that each can be asked for its flushes."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Spent since the start of the house."""

    round_trips: int
    flushes: int

    def since(self, before: "Cost") -> "Cost":
        """What was spent meanwhile."""
        return Cost(self.round_trips - before.round_trips, self.flushes - before.flushes)


async def spent(house: House) -> Cost:
    """What the services have spent so far; the house has `POOL_SIZE` connections per service."""
    round_trips = sum(house.database(name).round_trips for name in house.names)
    async with AsyncExitStack() as stack:
        for name in house.names:
            for _ in range(POOL_SIZE):
                connection = await stack.enter_async_context(house.database(name).connection())
                # A backend tells what it did when it is asked, and else about once a second.
                await connection.execute("SELECT pg_stat_force_next_flush()")
    return Cost(round_trips, await _flushes(house))


async def _flushes(house: House) -> int:
    """Flushes that a service waited for; those of the WAL writer cost nobody time."""
    if int(await house.value("SELECT current_setting('server_version_num')")) >= 180_000:
        return await house.value(
            "SELECT sum(fsyncs)::bigint FROM pg_stat_io "
            "WHERE object = 'wal' AND backend_type = 'client backend'"
        )
    return await house.value("SELECT wal_sync FROM pg_stat_wal")
