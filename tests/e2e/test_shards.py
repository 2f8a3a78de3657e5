"""Several bots on several shards: who answers whom, who goes on when one ends, and what Discord is asked for."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

from gateway_bot.shares import Fleet
from playground import SilentBotError
from playground.interaction import Patience
from playground.robot import Answer
from playground.starts import Starts
from tests.support.bots import some_bots
from tests.support.calls import until
from tests.support.evening import Evening, readable
from tests.support.pg import Clone

SHARDS = 4
SIZE = os.environ.get("SIZE", "small")
ROUNDS = {"small": 1, "standard": 3, "nightly": 25}[SIZE]
READY_S = 60.0


def a_fleet(ordinal: int, *, shares: int = 2) -> Fleet:
    return Fleet(f"bot-{ordinal}", shard_count=SHARDS, shares=shares, ordinal=ordinal)


@pytest.fixture
async def evening(clone: Clone) -> AsyncIterator[Evening]:
    """A box with four shards and a guild for each; no bot yet."""
    async with Evening(clone, shards=SHARDS, has_bot=False) as evening:
        yield evening


async def soon(fact: Callable[[], bool]) -> None:
    """Waits for a fact, as long as a busy machine may need to start a process."""

    async def is_so() -> bool:
        return fact()

    await until(is_so, limit_s=READY_S)


def serving(evening: Evening) -> list[int]:
    """The shards that are listened to."""
    return sorted(session.shard for session in evening.box.gateway.connected)


def begun(evening: Evening) -> list[int]:
    """The shards whose sessions were begun."""
    return sorted(start.shard for start in evening.box.gateway.starts.asked)


async def all_answered(evening: Evening, guilds: range = range(SHARDS)) -> None:
    """Somebody in each of the guilds asks, and is answered once."""
    guests = [evening.robot(f"guest {guild}", guild) for guild in guilds]
    answers = await asyncio.gather(*(guest.slash("academy status") for guest in guests))
    for answer in answers:
        assert "academy" in readable(answer).lower()
    told = Counter(
        exchange["path"].split("/")[4]
        for exchange in evening.box.exchanges
        if exchange["path"].endswith("/callback") and exchange["status"] < 300
    )
    assert [told[answer.interaction_id] for answer in answers] == [1] * len(answers)


# One ends, another goes on.


async def test_a_spare_bot_goes_on_with_the_sessions_of_one_that_ends(evening: Evening) -> None:
    first = await evening.start_bot(a_fleet(0))
    await evening.start_bot(a_fleet(1))
    spare = await evening.start_bot(a_fleet(2))
    assert (serving(evening), spare.bot.sockets) == ([0, 1, 2, 3], {})

    await first.leave()
    await all_answered(evening)

    assert begun(evening) == [0, 1, 2, 3], "a session was begun anew"
    assert evening.box.gateway.resumed == 2
    assert sorted(spare.bot.sockets) == [0, 1]


async def test_what_was_asked_between_two_bots_is_answered_by_the_next(evening: Evening) -> None:
    """Discord keeps what nobody hears, and sends it to whoever goes on."""
    first = await evening.start_bot(a_fleet(0, shares=1))
    await first.leave()
    assert serving(evening) == []

    evening.box.visitors.patience = Patience(acknowledge_s=20, trace_s=0)
    asked = asyncio.create_task(evening.robot("mira").slash("academy status"))
    await soon(lambda: bool(evening.box.world.users))
    await evening.start_bot(a_fleet(1, shares=1))

    assert "academy" in readable(await asked).lower()
    assert begun(evening) == [0, 1, 2, 3]


async def test_sessions_that_discord_has_forgotten_are_begun_anew(evening: Evening) -> None:
    first = await evening.start_bot(a_fleet(0, shares=1))
    await first.leave()
    evening.box.gateway.sessions.clear()

    await evening.start_bot(a_fleet(0, shares=1))
    await soon(lambda: serving(evening) == [0, 1, 2, 3])

    assert begun(evening) == sorted(2 * [0, 1, 2, 3])


async def test_a_bot_that_lost_its_share_ends_and_lets_the_other_serve(evening: Evening) -> None:
    """It was silent for so long that it counted as dead."""
    silent = await evening.start_bot(a_fleet(0, shares=1))
    await evening.house.run(
        "UPDATE users.duties SET holder = 'another', lease_until = now() + interval '1 h'"
    )

    await asyncio.wait_for(silent.life, 20)

    assert (await evening.house.rows("SELECT holder FROM users.duties WHERE kind = 'share'")) == [
        {"holder": "another"}
    ]


async def test_a_share_of_the_dead_is_taken_over(evening: Evening) -> None:
    await evening.start_bot(a_fleet(0))
    dead = await evening.start_bot(a_fleet(1))
    await evening.start_bot(a_fleet(2))
    await noted_by(evening, bots=2)

    dead.life.cancel()
    await asyncio.gather(dead.life, return_exceptions=True)
    await asyncio.gather(*(socket.leave() for socket in dead.bot.sockets.values()))
    await evening.house.run("UPDATE users.duties SET lease_until = now() WHERE holder = 'bot-1'")
    await soon(lambda: serving(evening) == [0, 1, 2, 3])
    await all_answered(evening)

    assert begun(evening) == [0, 1, 2, 3]


async def noted_by(evening: Evening, bots: int) -> None:
    """Waits until so many bots have told of their sessions."""

    async def is_so() -> bool:
        notes = await evening.house.rows(
            "SELECT FROM users.duties WHERE kind = 'share' AND json_array_length(NULLIF(note, '')::json) = 2"
        )
        return len(notes) == bots

    await until(is_so)


# What Discord is asked for.


async def test_each_bucket_begins_one_session_at_a_time_over_all_bots(clone: Clone) -> None:
    every_s = 0.4
    starts = Starts(max_concurrency=2, every_s=every_s)
    async with Evening(clone, shards=SHARDS, starts=starts, has_bot=False) as evening:
        await asyncio.gather(*(evening.start_bot(a_fleet(n), turn_s=0.6) for n in (0, 1)))
        await soon(lambda: serving(evening) == [0, 1, 2, 3])

    assert all(start.is_allowed for start in starts.asked)
    for bucket in (0, 1):
        moments = [start.moment for start in starts.asked if start.bucket == bucket]
        assert len(moments) == 2
        assert all(later - earlier >= every_s for earlier, later in pairwise(moments))


async def test_one_bot_tells_the_commands_for_all_and_only_what_is_new(evening: Evening) -> None:
    def told() -> int:
        return sum(exchange["method"] == "PUT" for exchange in evening.box.exchanges)

    await asyncio.gather(*(evening.start_bot(a_fleet(n)) for n in (0, 1)))
    assert told() == 1

    evening.box.commands.sync(None, [], evening.box.world)
    await evening.start_bot(a_fleet(2))
    assert told() == 2, "somebody took the commands away by hand, and nobody told them again"

    # A leader that died over it counts until its lease ends.
    await evening.house.run(
        "UPDATE users.duties SET holder = 'dead', note = '', lease_until = now() + interval '0.3 s' "
        "WHERE kind = 'commands'"
    )
    await evening.start_bot(a_fleet(3))
    assert told() == 3


# Everything goes on while bots are restarted.


@dataclass
class Players:
    """Somebody in each guild who summons until it is over."""

    evening: Evening
    answers: list[Answer] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    is_over: bool = False

    async def play(self, guild: int) -> None:
        """One player's evening."""
        robot = self.evening.robot(f"player {guild}", guild)
        while not self.is_over:
            try:
                self.answers.append(await robot.slash("summon ten"))
            except SilentBotError as silent:
                self.errors.append(str(silent))

    async def grow(self, by: int) -> None:
        """Waits for so many more answers."""
        least = len(self.answers) + by
        await soon(lambda: len(self.answers) >= least or bool(self.errors))


@asynccontextmanager
async def playing(evening: Evening) -> AsyncIterator[Players]:
    """Players in every guild; afterwards nobody has read an error, and the books are right."""
    for guild in range(SHARDS):
        await evening.robot(f"player {guild}", guild).slash("academy status")
    players = Players(evening)
    evenings = [asyncio.create_task(players.play(guild)) for guild in range(SHARDS)]
    try:
        yield players
    finally:
        players.is_over = True
        await asyncio.gather(*evenings)
    assert players.errors == []
    summoned = [answer for answer in players.answers if "ten-summon" in readable(answer).lower()]
    assert len(summoned) == await evening.house.value("SELECT count(*) FROM economy.summons")
    await evening.game.invariants_hold()


async def test_nobody_notices_that_bots_are_restarted(evening: Evening) -> None:
    bots = [await evening.start_bot(a_fleet(number)) for number in range(3)]
    async with playing(evening) as players:
        for _ in range(ROUNDS):
            for number, bot in enumerate(bots):
                await players.grow(by=SHARDS)
                await bot.leave()
                bots[number] = await evening.start_bot(a_fleet(number))
        await players.grow(by=SHARDS)

    assert begun(evening) == [0, 1, 2, 3], "a session was begun anew"


@pytest.mark.timeout(300)
async def test_a_killed_bot_goes_on_where_it_was_and_the_other_never_stopped(
    evening: Evening, tmp_path: Path
) -> None:
    """Real processes, and `kill -9`."""
    with some_bots(evening, tmp_path, replicas=2) as bots:
        for ordinal in (0, 1):
            bots.start(ordinal)
        await soon(lambda: serving(evening) == [0, 1, 2, 3])
        await all_answered(evening)
        await noted_by(evening, bots=2)

        bots.end(0, signal.SIGKILL)
        await soon(lambda: serving(evening) == [2, 3])
        await all_answered(evening, range(2, 4))
        bots.start(0)
        await soon(lambda: serving(evening) == [0, 1, 2, 3])
        await all_answered(evening)

        assert begun(evening) == [0, 1, 2, 3], "a session was begun anew"


@pytest.mark.timeout(600)
@pytest.mark.skipif(SIZE == "small", reason="the small size restarts bots within one process")
async def test_nobody_notices_that_processes_are_restarted(
    evening: Evening, tmp_path: Path
) -> None:
    with some_bots(evening, tmp_path, replicas=2, spares=1) as bots:
        for ordinal in range(3):
            bots.start(ordinal)
        await soon(lambda: serving(evening) == [0, 1, 2, 3])
        async with playing(evening) as players:
            for ordinal in ROUNDS * [2, 1, 0]:
                await players.grow(by=SHARDS)
                await bots.restart(ordinal)
            await players.grow(by=SHARDS)

        assert begun(evening) == [0, 1, 2, 3], "a session was begun anew"
