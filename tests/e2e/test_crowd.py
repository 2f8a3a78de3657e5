"""Simulated players in front of the real bot."""

import random

from console.crowd.arrivals import Arrivals
from console.crowd.report import Report
from console.crowd.visitors import Visitors
from console.crowd.wishes import read_mix
from tests.support.evening import Evening

PLAYERS, RATE, SECONDS = 6, 20.0, 1.5


async def test_players_type_what_the_bot_answers(evening: Evening) -> None:
    report = Report(PLAYERS, RATE)
    mix = read_mix("summon-ten=4,browse=2,profile=2,status=1")

    async with Visitors(evening.box.url, PLAYERS, mix, seed=1) as visitors:
        await visitors.enter(lambda: None)
        arrivals = Arrivals(RATE, SECONDS, random.Random(1), report)
        await arrivals.live(visitors.next_wish, lambda _: None)

    await evening.house.quiet()
    assert report.is_sound, report.lines()
    assert report.answered + visitors.refusals.total() > RATE * SECONDS / 3
    summons = await evening.house.value("SELECT count(*) FROM economy.summons")
    # The button below the picture is pressed now and then.
    assert summons > len(report.took["summon-ten"]) > 0
    assert await evening.house.value("SELECT count(*) FROM users.users") == PLAYERS
