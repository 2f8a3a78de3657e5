"""Players live in a house whose services are killed with -9 in turn: everything that moves money at once.

They buy, use what they have, claim, redeem, send parties, bring them home and do all of it by one press, through the
playground's JSON API. What they are told may be late; nothing may be lost, doubled or left open.
"""

import asyncio
import contextlib
import os
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from chassis.embedded import find_running
from chassis.postgres import Admin, admin_connection
from chassis.settings import SERVICES
from console import health, invariants
from playground import Robot, SilentBotError
from tests.e2e.test_expedition import JOIN, LOOK, values
from tests.support.calls import until
from tests.support.starter import Starter, a_starter

PLAYERS, ROUNDS, LIFE_S = {"small": (3, 1, 0.5), "standard": (6, 4, 1.0), "nightly": (12, 20, 1.0)}[
    os.environ.get("SIZE", "small")
]
"""How often each of them goes through their day, and how long a service lives after it was seen serving."""
OPEN_S = 120.0
WORD, LIMIT = "EVERYBODY-COME", 2
ITEMS = ("morning-blend", "tail-wind", "three-star-random")
BUG = "Something broke on our side"
TROUBLE = (SilentBotError, TimeoutError, aiohttp.ClientError)
SHIFT = """
    UPDATE expeditions.user_expeditions
    SET started_at = started_at - interval '30 hours', ends_at = ends_at - interval '30 hours'
    WHERE status = 'in_progress' AND ends_at > now()
"""
"""Nobody here has the hours that a way takes."""

pytestmark = [
    pytest.mark.timeout(900 if PLAYERS <= 3 else 1800),
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]


@pytest.fixture
def starter(tmp_path: Path) -> Iterator[Starter]:
    """A house that gives its players all the pace they want."""
    with a_starter(tmp_path, GEMINYA_MAX_CHANGES_PER_10_S="1000") as starter:
        yield starter


async def tried(robot: Robot, command: str, **options: str | int) -> str:
    """What the player reads; nothing where no answer came in time."""
    with contextlib.suppress(*TROUBLE):
        return (await robot.slash(command, **options)).text
    return ""


async def pressed(robot: Robot, command: str, label: str, **options: str | int) -> None:
    """Opens a page and presses a button of it twice at once."""
    with contextlib.suppress(*TROUBLE, LookupError):
        page = (await robot.slash(command, **options)).message
        await asyncio.gather(*(robot.press(page, label) for _ in range(2)), return_exceptions=True)


async def leaves(robot: Robot, place: int) -> None:
    """Sends one waifu to a place, as far as the services let it come."""
    with contextlib.suppress(*TROUBLE, LookupError):
        listed = (await robot.slash("expedition list")).message
        there = await robot.select(listed, LOOK, values(listed, LOOK)[place])
        party = (await robot.press(there.message, "Send a party")).message
        joined = await robot.select(party, JOIN, values(party, JOIN)[0])
        ready = await robot.press(joined.message, "On to equipment")
        await robot.press(ready.message, "Off they go")


async def day_of(starter: Starter, owner: str, name: str) -> list[str]:
    """Everything that somebody can do in a day."""
    robot, read = Robot(starter.door, name), []
    for turn in range(ROUNDS):
        read += [
            await tried(robot, "code redeem", code=WORD),
            await tried(robot, "summon super", count=2),
            await tried(robot, "shop buy", item="morning-blend", quantity=1 + turn),
            await tried(robot, "inventory use", item="morning-blend"),
            await tried(robot, "inventory use", item="three-star-random", count=2),
        ]
        await leaves(robot, turn)
        with contextlib.suppress(*TROUBLE):
            for way in (await robot.autocomplete("inventory use", "expedition", ""))[:1]:
                read.append(
                    await tried(robot, "inventory use", item="tail-wind", expedition=way["value"])
                )
        async with admin_connection(owner) as database:
            await database.run(SHIFT)
        await asyncio.gather(
            pressed(robot, "now", "Do all of it"), tried(robot, "expedition complete_all")
        )
        read.append(await tried(robot, "missions claim_all"))
    return read


async def kill_in_turn(starter: Starter, work: asyncio.Future[list[list[str]]]) -> int:
    """Kills one service after another some time after it was last seen serving, until the work is done."""
    dice, kills = random.Random(7), 0
    while not work.done():
        name = dice.choice(SERVICES)

        async def is_back(name: str = name) -> bool:
            return work.done() or not await health.service_trouble(starter.told, name)

        await until(is_back, limit_s=120)
        await asyncio.wait({work}, timeout=LIFE_S)
        if not work.done():
            starter.kill_process(starter.process_of(f"services.{name}"))
            kills += 1
    return kills


async def is_settled(database: Admin) -> bool:
    """Whether no operation is open, facts that are still to be told included."""
    counts = [
        await database.value(f"SELECT count(*) FROM {schema}.operation WHERE state < 10")
        for schema in SERVICES
    ]
    return not any(counts)


async def test_nothing_is_lost_while_all_services_are_killed_in_turn(starter: Starter) -> None:
    starter.start()
    await asyncio.to_thread(starter.wait_until_ready)
    end = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    made = await asyncio.to_thread(
        starter.run,
        *(
            "code",
            "create",
            "--name",
            "all",
            "--word",
            WORD,
            "--crystals",
            "5000",
            "--limit",
            str(LIMIT),
        ),
        *(part for item in ITEMS for part in ("--item", f"{item}=4")),
        *("--ends", end, "--reason", "a test", "--yes"),
    )
    assert made.returncode == 0, made.stdout + made.stderr
    owner = find_running(starter.data_dir / "postgres")
    assert owner is not None

    async with admin_connection(owner) as database:
        days = asyncio.gather(
            *(day_of(starter, owner, f"player {number}") for number in range(PLAYERS))
        )
        kills = await kill_in_turn(starter, days)

        assert kills > 0, "the players were done before the first kill"
        broken = [text for day in days.result() for text in day if BUG in text]
        assert not broken, broken
        await until(lambda: is_settled(database), limit_s=OPEN_S)
        redeemed = await database.all_rows("SELECT used FROM economy.gift_codes")
        assert [row["used"] for row in redeemed] == [LIMIT]
    violated = [finding for finding in await invariants.check(owner) if finding.violations]
    assert not violated, violated
    audit = await asyncio.to_thread(starter.run, "audit")
    assert audit.returncode == 0, audit.stdout
