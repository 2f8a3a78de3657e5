"""Removes what has expired; it was of no use from the moment it ended."""

from chassis.background import again_and_again
from chassis.clock import Clock, statement_time
from chassis.postgres import Database
from services.economy.shop import store

PERIOD_S = 60.0
AT_ONCE = 500


class Cleaning:
    """Clears bags, in batches."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Clears again and again, until it is cancelled."""
        await again_and_again(self.clean, PERIOD_S, away="bags.database_away")

    async def clean(self) -> None:
        """Clears until nothing is left that has expired."""
        tx, now = self._database.bare, statement_time(self._clock)
        while await store.clear_expired(tx, now, AT_ONCE) == AT_ONCE:
            pass
        while await store.forget_boost_days(tx, now, AT_ONCE) == AT_ONCE:
            pass
