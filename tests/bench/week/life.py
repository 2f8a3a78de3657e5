"""The week itself: many visitors, a few sessions a day, and a clock that jumps from one to the next."""

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chassis.clock import StoppedClock
from console import invariants
from tests.bench.week import habits
from tests.bench.week.report import Report
from tests.bench.week.visitor import Visitor, Week
from tests.integration.economy.codes import Codes, drawn, rewards
from tests.support.game import Game

MONDAY = datetime(2026, 6, 28, 17, tzinfo=UTC)
"""When the game day of Monday, 29 June 2026, begins."""
AT_ONCE = 24
"""So many players have a session at the same moment."""
CODES = {
    1: {"code": "FIRST-LANTERN", "gives": rewards(crystals=300)},
    4: {"code": "LONG-ROAD-HOME", "gives": rewards(quartzs=50, items={"two-star-series": 1})},
}
"""By the day on which they begin to go round."""
WINNERS, WINNERS_DAY = 50, 2
"""So many players get a drawn code of their own by mail, and when."""
Told = Callable[[int], None]
"""Told how many sessions have ended."""


@dataclass(slots=True)
class Life:
    """Some players and their days."""

    game: Game
    players: int
    days: int
    seed: int = 1

    @property
    def sessions(self) -> int:
        """The most there can be."""
        return self.players * self.days * len(habits.HOURS)

    async def live(self, told: Told) -> tuple[Report, Week]:
        """All days of all players."""
        clock = self.game.house.clock
        assert isinstance(clock, StoppedClock)
        clock.move(MONDAY - clock.now())
        world, report = Week.of(self.game), Report(self.players)
        visitors = [self.visitor(world, number) for number in range(1, self.players + 1)]
        await self.each(visitors, Visitor.arrive)
        for day, place, time in habits.moments(MONDAY, self.days):
            clock.move(time - clock.now())
            await self.begin(world, visitors, day, place)

            async def sit(
                visitor: Visitor, day: int = day, place: int = place, time: datetime = time
            ) -> None:
                if habits.happens(visitor.dice, visitor.habit.sessions[place]):
                    await visitor.session(day, time)
                told(1)

            await self.each(visitors, sit)
            if place == len(habits.HOURS) - 1:
                await self.game.house.quiet()
                # The servers of tests do not clean up behind themselves.
                await self.game.house.run("VACUUM ANALYZE")
                await report.read(self.game.house)
        clock.move(timedelta(hours=1))
        await self.game.house.settles()
        await report.end(self.game.house)
        return report, world

    def visitor(self, world: Week, number: int) -> Visitor:
        """A player with a habit; the same ones for the same seed."""
        dice = random.Random(f"{self.seed} {number}")
        return Visitor(world, number, dice, habit=habits.pick(dice))

    async def begin(self, world: Week, visitors: Sequence[Visitor], day: int, place: int) -> None:
        """What is new as the hour begins."""
        await world.look()
        if place == 0 and day in CODES:
            given = CODES[day]
            await Codes(self.game).make(**given, limit=self.players)
            world.words.append(given["code"])
        if place == 0 and day == WINNERS_DAY:
            winners = visitors[:: max(1, len(visitors) // WINNERS)]
            made = await Codes(self.game).make(**drawn(len(winners), gives=rewards(daphine=1)))
            for winner, word in zip(winners, made.codes, strict=True):
                winner.mail.append(word)

    async def each(self, visitors: Iterable[Visitor], act: Callable[[Visitor], object]) -> None:
        """Lets all of them act, some at once."""
        room = asyncio.Semaphore(AT_ONCE)

        async def one(visitor: Visitor) -> None:
            async with room:
                await act(visitor)  # type: ignore[misc]

        async with asyncio.TaskGroup() as group:
            for visitor in visitors:
                group.create_task(one(visitor))

    async def broken(self) -> list[str]:
        """The invariants that do not hold."""
        findings = await invariants.check(self.game.house.clone.owner)
        return [f"{one.id}: {one.sample}" for one in findings if one.violations]
