"""The rotation of this week: whoever needs it first writes it, and all replicas read what stands there."""

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import date, datetime

import structlog

from chassis.clock import Clock, day_start, game_day
from chassis.dice import Dice, Seed
from chassis.postgres import Database, DatabaseTrouble
from services.expeditions.atlas import rules, store
from services.expeditions.atlas.memory import AtlasMemory

LOOK_INTERVAL_S = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rotation:
    """What is open in a week."""

    week: date
    open_time: datetime
    close_time: datetime
    template_ids: frozenset[str]


class Rotations:
    """Knows what is open now. A week is drawn once, with dice that follow from the key of the house."""

    def __init__(
        self, database: Database, memory: AtlasMemory, clock: Clock, secret_key: bytes
    ) -> None:
        self._database = database
        self._memory = memory
        self._clock = clock
        self._seed = hashlib.sha256(b"geminya rotations" + secret_key).digest()
        self._known: Rotation | None = None

    async def current(self) -> Rotation:
        """The rotation of this week, drawn if nobody has asked before."""
        week = rules.week_of(game_day(self._clock))
        if self._known is not None and self._known.week == week:
            return self._known
        template_ids = await self._opened(week)
        rotation = self._rotation(week, template_ids)
        if template_ids:
            # Before the first import nothing is open, and that is not for the whole week.
            self._known = rotation
        return rotation

    async def keep_open(self) -> None:
        """Opens each week as it begins, for as long as the process lives."""
        while True:
            try:
                await self.current()
            except DatabaseTrouble as trouble:
                log.warning("rotation.unopened", why=str(trouble))
            await asyncio.sleep(LOOK_INTERVAL_S)

    async def _opened(self, week: date) -> list[str]:
        """What stands there for the week; the first one to come writes it."""
        there = await store.find_rotation(self._database.bare, week)
        if there is not None:
            return there
        atlas = self._memory.current
        drawn = await self._draw(week, atlas)
        if not drawn:
            return []
        if await store.save_rotation(self._database.bare, week, drawn, atlas.version):
            log.info("rotation.opened", week=week.isoformat(), templates=len(drawn))
        there = await store.find_rotation(self._database.bare, week)
        assert there is not None, "it was written by us or by another replica"
        return there

    async def _draw(self, week: date, atlas: rules.Atlas) -> tuple[str, ...]:
        recent = await store.list_rotations_before(self._database.bare, week, rules.REST)
        dice = Dice(Seed(self._seed, "rotation", week.toordinal()))
        return rules.draw(atlas.templates.values(), recent, dice)

    def _rotation(self, week: date, template_ids: list[str]) -> Rotation:
        return Rotation(
            week=week,
            open_time=day_start(self._clock, week),
            close_time=day_start(self._clock, week + rules.WEEK),
            template_ids=frozenset(template_ids),
        )
