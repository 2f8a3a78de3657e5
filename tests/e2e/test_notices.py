"""A party is back: told once in the channel or to the player alone, or kept in the inbox."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from chassis.clock import StoppedClock
from playground.faults import Fault
from playground.robot import Answer, Robot, Said
from playground.world import CHANNEL_ID
from services.expeditions.notice.store import LEASE_S
from tests.support.calls import until
from tests.support.evening import Evening, note, readable
from tests.support.house import NOON
from tests.support.pg import Clone

LOOK, JOIN, WHERE = "Look at a place", "Who joins?", "Where to hear that a party is back"
LONG = timedelta(hours=30)
BACK = "Your party is back from"
NO_CHANNEL = 360_000_000_000_000_999


@dataclass(frozen=True, slots=True)
class Night:
    """A player whose party is out, and a clock that moves."""

    evening: Evening
    clock: StoppedClock
    mira: Robot
    player: int

    async def chooses(self, choice: str) -> Answer:
        """Where the player wants to hear of parties."""
        settings = (await self.mira.slash("academy settings")).message
        return await self.mira.select(settings, WHERE, choice)

    async def leaves(self) -> None:
        """Sends one waifu to the first place."""
        listed = (await self.mira.slash("expedition list")).message
        there = await self.mira.select(listed, LOOK, values(listed, LOOK)[0])
        party = (await self.mira.press(there.message, "Send a party")).message
        joined = await self.mira.select(party, JOIN, values(party, JOIN)[0])
        last = await self.mira.press(joined.message, "On to equipment")
        left = await self.mira.press(last.message, "Off they go")
        assert "The party has left" in readable(left)

    async def returns(self, by: timedelta = LONG) -> None:
        """Time passes, and whatever is due is told, kept or left."""
        self.clock.move(by)
        notices = self.evening.sessions[0].bot.notices
        await notices.look()
        await notices.quiet()

    async def is_settled(self) -> bool:
        return await self.states() not in ([], ["waiting"])

    async def states(self) -> list[str]:
        rows = await self.evening.house.rows(
            "SELECT state FROM expeditions.notices WHERE user_id = $1", self.player
        )
        return [row["state"] for row in rows]

    def told(self) -> list[Any]:
        """The messages that say so, wherever they stand."""
        messages = self.evening.box.world.messages.values()
        return [one for one in messages if BACK in str(one.body["components"])]


def values(said: Any, placeholder: str) -> list[str]:
    """What a menu offers."""
    found = [part for part in walk(said.components) if part.get("placeholder") == placeholder]
    return [option["value"] for option in found[0]["options"]]


def walk(part: Any) -> Any:
    for one in part:
        yield one
        yield from walk(one.get("components") or [])


def as_said(message: Any) -> Said:
    body = message.body
    parts = ("content", "embeds", "components", "attachments")
    return Said(body["id"], *(body[part] for part in parts), ephemeral=False)


@pytest.fixture
async def night(clone: Clone) -> AsyncIterator[Night]:
    """Ten waifus, and a bot that looks for notices by itself as well."""
    clock = StoppedClock(NOON)
    async with Evening(clone, clock=clock) as evening:
        player = await evening.player("mira")
        mira = evening.robot("mira")
        await mira.slash("summon ten")
        yield Night(evening, clock, mira, player)


async def test_a_party_is_told_of_in_the_channel_once_and_brought_home_there(night: Night) -> None:
    chosen = await night.chooses("channel")
    await night.leaves()
    await night.returns(timedelta(minutes=1))
    assert night.told() == []

    await night.returns()
    await until(night.is_settled)
    await night.returns(timedelta(seconds=LEASE_S))

    [message] = night.told()
    assert "Notices in the channel" in readable(chosen)
    assert message.body["channel_id"] == CHANNEL_ID
    account = night.evening.box.world.user("mira").id
    assert f"<@{account}>" in str(message.body["components"])
    sent = [one for one in night.evening.box.exchanges if one["path"].endswith("/messages")]
    assert [one["body"]["allowed_mentions"] for one in sent] == [
        {"parse": [], "users": [int(account)]}
    ]
    assert await night.states() == ["told"]

    done = await night.mira.press(as_said(message), "Bring them home")
    assert "It ended as" in readable(done)
    assert "Nothing waits here" in readable(await night.mira.slash("academy inbox"))
    await night.evening.game.invariants_hold()


async def test_a_button_of_a_notice_belongs_to_its_player(night: Night) -> None:
    await night.chooses("channel")
    await night.leaves()
    await night.returns()
    await until(night.is_settled)
    await night.evening.player("sora")

    foreign = await night.evening.robot("sora").press(as_said(night.told()[0]), "Bring them home")

    assert note(foreign).startswith("This button belongs to somebody else")
    assert "ready to be brought home" in readable(await night.mira.slash("expedition status"))


async def test_a_direct_message_is_read_by_nobody_else(night: Night) -> None:
    await night.chooses("direct")
    await night.leaves()
    await night.returns()
    await until(night.is_settled)

    [message] = night.told()
    world = night.evening.box.world
    assert message.body["channel_id"] == world.user("mira").id
    assert not message.is_visible_to(world.user("sora"))
    status = await night.mira.press(as_said(message), "Status")
    assert "ready to be brought home" in readable(status)


async def test_who_asked_for_nothing_is_told_nothing(night: Night) -> None:
    await night.leaves()
    await night.returns()

    assert night.told() == []
    assert await night.states() == []


async def test_who_switches_it_off_meanwhile_finds_it_in_the_inbox(night: Night) -> None:
    await night.chooses("channel")
    await night.leaves()
    await night.chooses("off")
    await night.returns()
    await until(night.is_settled)

    assert night.told() == []
    assert await night.states() == ["kept"]
    assert "`/academy inbox`" in readable(await night.mira.slash("academy status"))
    inbox = await night.mira.slash("academy inbox")
    assert "waits to be brought home" in readable(inbox)
    assert await night.states() == ["read"]
    done = await night.mira.press(inbox.message, "Bring them home")
    assert "It ended as" in readable(done)
    assert "Nothing waits here" in readable(await night.mira.slash("academy inbox"))
    assert "`/academy inbox`" not in readable(await night.mira.slash("academy status"))
    await night.evening.game.invariants_hold()


async def test_a_channel_that_is_gone_leaves_it_to_the_inbox(night: Night) -> None:
    await night.chooses("channel")
    await night.leaves()
    await night.evening.house.run("UPDATE expeditions.notices SET channel_id = $1", NO_CHANNEL)
    await night.returns()
    await until(night.is_settled)

    assert night.told() == []
    assert "waits to be brought home" in readable(await night.mira.slash("academy inbox"))


async def test_a_closed_direct_channel_leaves_it_to_the_inbox(night: Night) -> None:
    await night.chooses("direct")
    await night.leaves()
    night.evening.box.faults.plan(Fault.FORBIDDEN, path_part="/messages")
    await night.returns()
    await until(night.is_settled)

    assert night.told() == []
    await night.mira.slash("expedition complete")
    inbox = readable(await night.mira.slash("academy inbox"))
    assert "You have seen to it since" in inbox


async def test_who_is_banned_meanwhile_is_told_nothing(night: Night) -> None:
    await night.chooses("channel")
    await night.leaves()
    await night.evening.house.run(
        """
        INSERT INTO users.bans (user_id, reason, by, since, op_id)
        VALUES ($1, 'a test', 'keeper', now() - interval '1 day', gen_random_uuid())
        """,
        night.player,
    )
    await night.returns()
    await until(night.is_settled)

    assert night.told() == []
    assert await night.states() == ["kept"]


async def test_a_message_whose_answer_was_lost_is_there_once(night: Night) -> None:
    """Discord has taken it, and the bot never heard of it: the nonce finds it again."""
    await night.chooses("channel")
    await night.leaves()
    night.evening.box.faults.plan(Fault.LOST_ANSWER, path_part="/messages")
    await night.returns()
    await until(lambda: _true(night.told()))
    await night.evening.restart_bot()
    assert await night.states() == ["waiting"]

    await night.returns(timedelta(seconds=LEASE_S))
    await until(night.is_settled)

    assert len(night.told()) == 1
    assert await night.states() == ["told"]


async def test_two_bots_tell_it_once_and_a_new_one_needs_no_memory(night: Night) -> None:
    await night.chooses("channel")
    await night.leaves()
    await night.evening.restart_bot()
    await night.evening.start_bot()
    night.clock.move(LONG)
    await asyncio.gather(*(session.bot.notices.look() for session in night.evening.sessions))
    await until(night.is_settled)

    assert len(night.told()) == 1


async def _true(found: list[Any]) -> bool:
    return bool(found)
