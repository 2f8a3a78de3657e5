"""Players summon through the front door while the economy process is killed with -9 again and again.

The house is the one an operator starts: real processes, an embedded PostgreSQL, the playground's JSON API.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from chassis.embedded import find_running
from chassis.ids import op_of_interaction
from chassis.postgres import Admin, admin_connection
from console import health, invariants
from playground import Robot, SilentBotError
from tests.support.calls import until
from tests.support.starter import Starter, a_starter

SUMMONS, LIFE_S, KILLS = {
    "small": (3, 0.5, 6),
    "standard": (10, 2.0, 1000),
    "nightly": (20, 2.0, 1000),
}[os.environ.get("SIZE", "small")]
"""Ten-summons of each player, whose first crystals are enough for twenty; how long the economy lives after
it was seen serving (no blind timer, so that it means the same on a busy machine); and how often it dies."""
PLAYERS = 10
PRICE = 100
OPEN_S = 60.0
SCHEMAS = ("users", "collection", "expeditions", "economy")
ANSWERED, UNDER_WAY = "ten-summon", "still on its way"

pytestmark = [
    pytest.mark.timeout(120 if SUMMONS <= 3 else 1800),
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]


@pytest.fixture
def starter(tmp_path: Path) -> Iterator[Starter]:
    """A house that gives its players all the pace they want."""
    with a_starter(tmp_path, GEMINYA_MAX_CHANGES_PER_10_S="1000") as starter:
        yield starter


@dataclass(frozen=True, slots=True)
class Wish:
    """A summon that somebody asked for, and what they read."""

    player: str
    interaction_id: str
    text: str
    """Empty when no answer came in time."""


async def evening_of(starter: Starter, name: str) -> list[Wish]:
    """One player's summons, one after the other."""
    robot = Robot(starter.door, name)
    await robot.slash("academy status")
    return [await wish_for_ten(robot) for _ in range(SUMMONS)]


async def wish_for_ten(robot: Robot) -> Wish:
    try:
        answer = await robot.slash("summon ten")
    except (SilentBotError, TimeoutError, aiohttp.ClientError):
        return Wish(robot.user, "", "")
    return Wish(robot.user, answer.interaction_id, answer.text)


async def kill_until(starter: Starter, work: asyncio.Future) -> int:
    """Kills the economy some time after it was last seen serving, until the work is done."""
    killed: list[int] = []

    async def is_back() -> bool:
        return work.done() or not await health.service_trouble(starter.told, "economy")

    while True:
        await until(is_back, limit_s=30)
        await asyncio.wait({work}, timeout=LIFE_S)
        if work.done() or len(killed) == KILLS:
            await work
            return len(killed)
        number = starter.process_of("services.economy")
        assert number not in killed
        starter.kill_process(number)
        killed.append(number)


async def test_nothing_is_lost_while_the_economy_is_killed_again_and_again(
    starter: Starter,
) -> None:
    starter.start()
    await asyncio.to_thread(starter.wait_until_ready)

    names = [f"player {number}" for number in range(1, PLAYERS + 1)]
    evenings = asyncio.gather(*(evening_of(starter, name) for name in names))
    kills = await kill_until(starter, evenings)
    wishes = [wish for evening in evenings.result() for wish in evening]

    assert kills > 0, "the players were done before the first kill"
    for wish in wishes:
        assert not wish.text or ANSWERED in wish.text or UNDER_WAY in wish.text, wish.text
    owner = find_running(starter.data_dir / "postgres")
    assert owner is not None
    async with admin_connection(owner) as database:
        await until(lambda: is_settled(database), limit_s=OPEN_S)
        await assert_paid_for_what_was_recorded(database, wishes)
    broken = [finding for finding in await invariants.check(owner) if finding.violations]
    assert not broken, broken
    audit = await asyncio.to_thread(starter.run, "audit")
    assert audit.returncode == 0, audit.stdout


async def is_settled(database: Admin) -> bool:
    """Whether no operation is open."""
    counts = [
        await database.value(f"SELECT count(*) FROM {schema}.operation WHERE state < 10")
        for schema in SCHEMAS
    ]
    return not any(counts)


async def assert_paid_for_what_was_recorded(database: Admin, wishes: list[Wish]) -> None:
    rows = await database.all_rows(
        """
        SELECT id, sakura_crystals,
            (SELECT count(*) FROM economy.summons WHERE user_id = id) AS summons,
            (SELECT COALESCE(-sum(amount), 0) FROM users.ledger
             WHERE user_id = id AND reason = 'sink.gacha') AS paid
        FROM users.users
        """
    )
    assert len(rows) == PLAYERS
    for row in rows:
        assert row["paid"] == PRICE * row["summons"], row
        assert row["sakura_crystals"] == 2000 - row["paid"], row
    without_grant = await database.all_rows(
        """
        SELECT user_id, op_id FROM economy.summons AS s WHERE NOT EXISTS (
            SELECT FROM collection.applied_step AS g
            WHERE g.user_id = s.user_id AND g.op_id = s.op_id AND g.step = 2 AND g.outcome = 'DONE')
        """
    )
    assert without_grant == []
    recorded = {
        str(row["op_id"]) for row in await database.all_rows("SELECT op_id FROM economy.summons")
    }
    shown = {
        op_of_interaction(int(wish.interaction_id), "summon")
        for wish in wishes
        if ANSWERED in wish.text
    }
    assert shown <= recorded
    # What nobody has read about was asked for too; more than that there is not.
    assert len(recorded) <= len(wishes)
