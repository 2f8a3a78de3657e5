"""Races that take place: calls that all took their picture before any of them had the player's lock."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.support.calls import insist, outcomes, until
from tests.support.house import House

ROUNDS = {"small": 3, "standard": 50, "nightly": 1000}[os.environ.get("SIZE", "small")]
"""How often a race of suite T5 is run."""
CALLS = 64
"""So many calls run against each other, half of them copies."""
WAITING = 6
"""So many calls wait for the lock before it is let go; the pool has a few connections more."""


GATE = "-- hold_gate\nSELECT 1 FROM gate WHERE user_id = $1 FOR NO KEY UPDATE"
PERSON = "-- hold_person\nSELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE"


@asynccontextmanager
async def held(
    house: House, schema: str, player: int = 7, lock: str = GATE
) -> AsyncGenerator[None]:
    """Holds the player's gate, without a change of it, until enough others wait for it."""
    async with house.database(schema).transaction() as tx:
        await tx.run(lock, player)
        yield
        await until(lambda: _wait(house))


async def race(
    house: House,
    schema: str,
    calls: list[Callable[[], Awaitable[Any]]],
    player: int = 7,
    lock: str = GATE,
) -> tuple[list[Any], list[str]]:
    """Lets calls of a player begin at the same moment: their answers, and the reasons of the refusals."""
    async with held(house, schema, player, lock):
        tasks = [asyncio.ensure_future(insist(call)) for call in calls]
    return await outcomes(tasks)  # type: ignore[arg-type]


async def _wait(house: House) -> bool:
    waiting = await house.value(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    return waiting >= WAITING


async def deadlocks(house: House) -> int:
    """How often PostgreSQL had to undo one of two that waited for each other."""
    return await house.value(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
