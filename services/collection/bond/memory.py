"""The content of bonds as every talk sees it: one version in memory, until a newer one is imported."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import structlog

from chassis.background import again_and_again
from chassis.clock import Clock
from chassis.postgres import Database
from services.collection.bond import rules, versions
from services.collection.bond.rules import Bond

LOOK_INTERVAL_S = 1.0

log = structlog.get_logger()


class BondMemory:
    """Holds the newest content that this process has seen."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loading = asyncio.Lock()
        self.version = 0
        self.bond = rules.NOTHING

    async def load(self) -> None:
        """Takes the newest content over."""
        async with self._loading:
            newest = await versions.find_newest(self._database.bare)
            if newest is None or newest.version <= self.version:
                return
            # Reading the document takes longer than other calls may wait.
            found = await asyncio.to_thread(rules.read, newest.document)
            self.version = newest.version
            if isinstance(found, Bond):
                self.bond = found
                log.info("bond.loaded", version=newest.version, gifts=len(found.gift))
            else:
                # Written by another release: what is in force stays until something readable is imported.
                log.error("bond.unreadable", version=newest.version, problems=len(found))

    async def look(self) -> None:
        """Loads when there is a newer version."""
        if await versions.get_version(self._database.bare) > self.version:
            await self.load()

    async def watch(self) -> None:
        """Looks every second, for as long as the process lives."""
        await again_and_again(self.look, LOOK_INTERVAL_S, away="bond.unseen")


@dataclass(frozen=True, slots=True)
class Feeling:
    """How she feels now, and what the next bond level needs."""

    mood: int
    word: str
    next_points: int


@dataclass(frozen=True, slots=True)
class Feelings:
    """Tells how an owned waifu feels at this moment."""

    memory: BondMemory
    clock: Clock

    def now(self, mood: int, since: datetime | None, bond_level: int) -> Feeling:
        """The feeling of a row of `user_waifus`."""
        bond = self.memory.bond
        present = rules.present_mood(mood, since, self.clock.now(), bond.mood.fade_per_hour)
        word = rules.mood_word(bond, present).name
        return Feeling(present, word, rules.next_points(bond, bond_level))
