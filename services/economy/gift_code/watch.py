"""Looks out for somebody who tries words by the hundred, and forgets old tries."""

import structlog

from chassis.background import again_and_again
from chassis.clock import Clock, statement_time
from chassis.postgres import Database
from services.economy.gift_code import rules, store

log = structlog.get_logger()

LOOK_S = 10.0
FORGOTTEN_AT_ONCE = 500


class GuessWatch:
    """The alarm for all players together; each of them is stopped by limits of their own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Looks every ten seconds, until it is cancelled."""
        await again_and_again(self.look, LOOK_S, away="codes.database_away")

    async def look(self) -> None:
        """Raises the alarm where too many words were wrong in the last minute, and cleans up a little."""
        tx, now = self._database.bare, statement_time(self._clock)
        span = rules.ALARM.span.total_seconds()
        tries = await store.count_guesses(tx, now, span)
        if tries >= rules.ALARM.tries:
            log.error("codes.guessed", tries=tries, span_s=span)
        await store.forget_guesses(tx, now, rules.LONG.span.total_seconds(), FORGOTTEN_AT_ONCE)
