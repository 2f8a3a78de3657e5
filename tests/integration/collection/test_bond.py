"""Talks, gifts, nicknames, rooms and memories: each works, refuses, repeats, and holds against many at once."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import StoppedClock
from chassis.rpc import page
from console import content
from console.trouble import Trouble
from geminya.collection.v1 import bond_pb2 as pb
from services.collection.bond import rules
from services.collection.bond.store import MOOD_NOW
from tests.integration.collection.bonds import (
    DOCUMENT,
    Bonds,
    a_document,
    a_gift,
    a_memory,
    a_name,
    a_room,
    a_talk,
)
from tests.integration.collection.builders import a_grant, import_rows, some_waifus
from tests.support.calls import bad_request, outcomes, refused
from tests.support.house import NOON
from tests.support.operators import an_act
from tests.support.races import CALLS, ROUNDS, deadlocks, race
from tests.unit.collection.rows import a_waifu_row

TOMORROW = str(int((NOON.replace(hour=17)).timestamp()))
"""17:00 UTC is midnight of the game day."""
HER_BIRTHDAY = datetime(2026, 2, 28, 5, tzinfo=UTC)
"""She was born on 29 February, and 2026 has none."""


def same(one: Any, other: Any) -> bool:
    return one.SerializeToString(deterministic=True) == other.SerializeToString(deterministic=True)


def clock_of(bonds: Bonds) -> StoppedClock:
    assert isinstance(bonds.house.clock, StoppedClock)
    return bonds.house.clock


# Talks.


async def test_a_talk_is_answered_and_moves_mood_and_bond(bonds: Bonds) -> None:
    answer = await bonds.rpc.Talk(a_talk("Thank you, that was lovely!"))

    assert answer.reply
    assert answer.mood_change == 8
    assert answer.standing == pb.BondStanding(
        mood=8, current_mood="neutral", bond_level=1, bond_points=9, next_bond_points=40,
        bond_points_gained=9,
    )  # fmt: skip
    assert (answer.talks_left, answer.all_talks_left) == (4, 19)
    [talk] = await bonds.talks()
    assert (talk["user_message"], talk["waifu_response"]) == (
        "Thank you, that was lovely!",
        answer.reply,
    )
    assert (talk["mood_change"], talk["points"]) == (8, 9)
    row = await bonds.row()
    assert (row["bond_points"], row["mood"], row["total_conversations"]) == (9, 8, 1)
    assert row["last_interaction"] == NOON


async def test_her_own_line_comes_first_and_never_twice_in_a_row(bonds: Bonds) -> None:
    replies = [(await bonds.rpc.Talk(a_talk("Good morning"))).reply for _ in range(5)]

    assert replies[0] == "You are late."
    assert all(one != other for one, other in pairwise(replies))


async def test_a_rude_talk_hurts_and_brings_nothing(bonds: Bonds) -> None:
    answer = await bonds.rpc.Talk(a_talk("You are so stupid"))

    assert answer.mood_change == -18
    assert answer.standing.bond_points == 0
    assert answer.standing.mood == -18


async def test_a_level_rises_with_the_talk_that_reaches_it(bonds: Bonds) -> None:
    await bonds.house.run("UPDATE collection.user_waifus SET bond_points = 36 WHERE user_id = 7")

    answer = await bonds.rpc.Talk(a_talk())

    assert (answer.standing.bond_level, answer.standing.risen_bond_level) == (2, 2)
    assert answer.standing.next_bond_points == 100
    owned = await bonds.owned()
    assert (owned.bond_level, owned.bond_points, owned.next_bond_points) == (2, 42, 100)


async def test_the_last_level_has_nothing_after_it(bonds: Bonds) -> None:
    await bonds.house.run(
        "UPDATE collection.user_waifus SET bond_points = 1999, bond_level = 9 WHERE user_id = 7"
    )

    answer = await bonds.rpc.Talk(a_talk())

    assert (answer.standing.bond_level, answer.standing.next_bond_points) == (10, 0)


async def test_a_level_that_was_reached_stays_when_content_asks_for_more(bonds: Bonds) -> None:
    await bonds.house.run(
        "UPDATE collection.user_waifus SET bond_points = 100, bond_level = 3 WHERE user_id = 7"
    )
    document = DOCUMENT["levels"]
    await bonds.rpc.AdminImportBond(
        pb.AdminImportBondRequest(
            act=an_act(), document=a_document().replace(
                str(document[:3]).rstrip("]"), str([0, 5000, 6000]).rstrip("]")
            ).replace("190, 320, 500, 740, 1050, 1450, 2000", "7000, 8000, 9000, 9100, 9200, 9300, 9400")
        )
    )  # fmt: skip

    answer = await bonds.rpc.Talk(a_talk())

    assert (answer.standing.bond_level, answer.standing.risen_bond_level) == (3, 0)


async def test_a_talk_is_refused_with_its_reason_and_counts_nothing(bonds: Bonds) -> None:
    with refused("WAIFU_NOT_OWNED", waifu_id="9"):
        await bonds.rpc.Talk(a_talk(waifu_id=9))
    with refused("WAIFU_NOT_OWNED", waifu_id="999"):
        await bonds.rpc.Talk(a_talk(waifu_id=999))
    for message in ("come to discord.gg/abc", "https://example.com", "--", "   "):
        with refused("TALK_NOT_ALLOWED"):
            await bonds.rpc.Talk(a_talk(message))
    with bad_request("message"):
        await bonds.rpc.Talk(a_talk("two\nlines"))

    assert await bonds.talks() == []
    assert (await bonds.row())["talks_today"] == 0
    assert (await bonds.row(9, 8))["talks_today"] == 0


async def test_a_day_has_room_for_so_many_talks_with_one(bonds: Bonds) -> None:
    for left in range(4, -1, -1):
        assert (await bonds.rpc.Talk(a_talk())).talks_left == left

    with refused("TALKED_ENOUGH", limit="5", next_time=TOMORROW):
        await bonds.rpc.Talk(a_talk())
    assert (await bonds.rpc.Talk(a_talk(waifu_id=4))).talks_left == 4

    clock_of(bonds).time = NOON.replace(hour=17)
    assert (await bonds.rpc.Talk(a_talk())).talks_left == 4


async def test_a_day_has_room_for_so_many_talks_with_all(bonds: Bonds) -> None:
    await bonds.put(limits={"all_talks": 3})
    for waifu_id in (1, 2, 3):
        await bonds.rpc.Talk(a_talk(waifu_id=waifu_id))

    with refused("TALKED_ENOUGH", limit="3", next_time=TOMORROW):
        await bonds.rpc.Talk(a_talk(waifu_id=4))
    assert (await bonds.rpc.Talk(a_talk(waifu_id=9, player=8))).all_talks_left == 2


async def test_a_repeated_talk_shows_the_stored_answer(bonds: Bonds) -> None:
    request = a_talk()
    first = await bonds.rpc.Talk(request)
    await bonds.rpc.Talk(a_talk("You are amazing"))

    answers = [await bonds.rpc.Talk(request) for _ in range(2)]

    assert all(same(answer, first) for answer in answers)
    assert len(await bonds.talks()) == 2
    with refused("OP_REUSED"):
        await bonds.rpc.Talk(a_talk("something else", op_id=request.op.op_id))


@pytest.mark.timeout(300)
async def test_many_talks_at_once_stay_within_the_day(bonds: Bonds) -> None:
    """64 at once, half of them copies: five with each of two waifus, seven in all."""
    await bonds.put(limits={"all_talks": 7})
    for round_ in range(ROUNDS):
        player = 100 + round_
        await bonds.users.has(player, quartzs=1)
        await bonds.collection.roster.Grant(a_grant(1, 2, player=player))
        wishes = [a_talk(waifu_id=1 + place % 2, player=player) for place in range(CALLS // 2)]

        answers, reasons = await race(
            bonds.house,
            "collection",
            [lambda wish=wish: bonds.rpc.Talk(wish, timeout=20) for wish in wishes * 2],
            player,
        )

        talks = await bonds.talks(player)
        assert len(talks) == 7
        assert len(answers) == 14
        assert set(reasons) == {"TALKED_ENOUGH"}
        for waifu_id in (1, 2):
            row, hers = await bonds.row(waifu_id, player), [
                talk for talk in talks if talk["waifu_id"] == waifu_id
            ]  # fmt: skip
            assert len(hers) == row["talks_today"] == row["total_conversations"] <= 5
            assert row["bond_points"] == sum(talk["points"] for talk in hers)
            replies = [talk["waifu_response"] for talk in hers]
            assert all(one != other for one, other in pairwise(replies))
    assert await deadlocks(bonds.house) == 0
    await bonds.house.settles()
    await bonds.is_sound()


async def test_her_birthday_is_noticed(bonds: Bonds) -> None:
    clock_of(bonds).time = HER_BIRTHDAY
    await bonds.rpc.Talk(a_talk("Let me begin."))

    answer = await bonds.rpc.Talk(a_talk("What a day."))

    assert answer.mood_change == 2 + 6
    assert [talk["is_birthday"] for talk in await bonds.talks()] == [True, True]


# Mood.


async def test_the_mood_fades_as_everybody_sees_it(bonds: Bonds) -> None:
    await bonds.rpc.GiveGift(a_gift())
    assert (await bonds.owned()).mood == 10

    clock_of(bonds).move(timedelta(hours=2))
    assert (await bonds.owned()).mood == 4
    answer = await bonds.rpc.Talk(a_talk())
    assert answer.standing.mood == 6

    clock_of(bonds).move(timedelta(days=9))
    owned = await bonds.owned()
    assert (owned.mood, owned.current_mood) == (0, "neutral")


async def test_the_statement_and_the_rule_agree_on_a_faded_mood(bonds: Bonds) -> None:
    """Moments around every step, from both sides, and a clock that went back."""
    step = timedelta(hours=1) / 3
    edges = [number * step + hair for number in range(12) for hair in (
        -timedelta(microseconds=1), timedelta(), timedelta(microseconds=1),
    )]  # fmt: skip
    await bonds.put(limits={"talks": 100, "all_talks": 1000})
    for mood in (5, -5, 0, 100):
        for after in (*edges, timedelta(hours=33), timedelta(hours=34), timedelta(days=9999)):
            clock_of(bonds).time = NOON
            await bonds.house.run(
                "UPDATE collection.user_waifus SET mood = $1, mood_at = $2 WHERE user_id = 7",
                mood,
                NOON - after,
            )
            expected = rules.present_mood(mood, NOON - after, NOON, 3)
            [found] = await bonds.house.rows(
                f"SELECT {MOOD_NOW} AS mood FROM collection.user_waifus AS mine, "
                "(SELECT $1::timestamptz AS t, 3 AS fade) AS given WHERE user_id = 7 LIMIT 1",
                NOON,
            )
            assert found["mood"] == expected, (mood, after)


# Gifts.


async def test_a_gift_is_bought_as_it_is_given(bonds: Bonds) -> None:
    answer = await bonds.rpc.GiveGift(a_gift("rice_crackers"))

    assert (answer.gift_name, answer.price.amount) == ("Rice Crackers", 5)
    assert not answer.is_favorite
    assert (answer.mood_change, answer.standing.bond_points_gained) == (10, 5 + 2)
    assert answer.gifts_left == 2
    assert [money.amount for money in answer.balances] == [0, 995, 0]
    [line] = [one for one in await bonds.users.ledger(7) if one["reason"] == "sink.gift"]
    assert (line["amount"], line["currency"]) == (-5, "quartzs")
    assert line["subject"] == "gift:rice_crackers@3"
    [gift] = await bonds.given()
    assert (gift["price"], gift["points"], gift["reply"]) == (5, 7, answer.reply)
    await bonds.is_sound()


async def test_a_favourite_and_a_birthday_count_more(bonds: Bonds) -> None:
    """Her catalogue says `Roses`; the gift is called otherwise."""
    await bonds.house.run("UPDATE users.users SET quartzs = 1000 WHERE id = 7")
    favorite = await bonds.rpc.GiveGift(a_gift("wildflowers"))
    clock_of(bonds).time = HER_BIRTHDAY + timedelta(days=365)
    both = await bonds.rpc.GiveGift(a_gift("wildflowers"))

    assert (favorite.is_favorite, favorite.is_birthday) == (True, False)
    assert (favorite.mood_change, favorite.standing.bond_points_gained) == (20, 18)
    assert (both.is_favorite, both.is_birthday) == (True, True)
    assert (both.mood_change, both.standing.bond_points_gained) == (40, 36)


async def test_a_gift_is_refused_with_its_reason_and_nothing_is_taken(bonds: Bonds) -> None:
    await bonds.users.has(9, quartzs=4)
    await bonds.collection.roster.Grant(a_grant(3, player=9))

    with refused("WAIFU_NOT_OWNED", waifu_id="9"):
        await bonds.rpc.GiveGift(a_gift(waifu_id=9))
    with refused("GIFT_NOT_FOUND", gift_id="moon"):
        await bonds.rpc.GiveGift(a_gift("moon"))
    with refused("INSUFFICIENT_FUNDS", currency="quartzs", price="5", balance="4"):
        await bonds.rpc.GiveGift(a_gift(player=9))
    for _ in range(3):
        await bonds.rpc.GiveGift(a_gift())
    with refused("GIFTED_ENOUGH", limit="3", next_time=TOMORROW):
        await bonds.rpc.GiveGift(a_gift())

    assert (await bonds.row(3, 9))["gifts_today"] == 0
    assert (await bonds.row(9, 8))["gifts_today"] == 0
    assert await bonds.given(9) == []
    assert (await bonds.quartzs(7), await bonds.quartzs(8), await bonds.quartzs(9)) == (
        985,
        100_000,
        4,
    )
    await bonds.house.quiet()
    assert await bonds.house.open_operations() == []
    await bonds.is_sound()


async def test_a_gift_that_was_not_paid_counts_no_more_on_its_own_day_only(bonds: Bonds) -> None:
    await bonds.users.has(9, quartzs=5)
    await bonds.collection.roster.Grant(a_grant(3, player=9))
    for _ in range(4):
        with refused("INSUFFICIENT_FUNDS"):
            await bonds.rpc.GiveGift(a_gift("music_box", player=9))

    assert (await bonds.rpc.GiveGift(a_gift(player=9))).gifts_left == 2


async def test_a_repeated_gift_is_taken_once(bonds: Bonds) -> None:
    request = a_gift()

    first, *others = (await outcomes([bonds.rpc.GiveGift(request) for _ in range(8)]))[0]
    await bonds.rpc.GiveGift(a_gift("music_box"))
    again = await bonds.rpc.GiveGift(request)

    assert all(same(first, other) for other in (*others, again))
    assert len(await bonds.given()) == 2
    assert await bonds.quartzs() == 1000 - 5 - 60


@pytest.mark.timeout(300)
async def test_money_for_three_buys_three_of_many_gifts(bonds: Bonds) -> None:
    """64 at once, half of them copies, for two waifus."""
    await bonds.put(limits={"gifts": 20})
    for round_ in range(ROUNDS):
        player = 100 + round_
        await bonds.users.has(player, quartzs=17)
        await bonds.collection.roster.Grant(a_grant(1, 2, player=player))
        wishes = [a_gift(waifu_id=1 + place % 2, player=player) for place in range(CALLS // 2)]

        answers, reasons = await race(
            bonds.house,
            "collection",
            [lambda wish=wish: bonds.rpc.GiveGift(wish, timeout=20) for wish in wishes * 2],
            player,
        )

        assert len(await bonds.given(player)) == 3
        assert len(answers) == 6
        assert set(reasons) <= {"INSUFFICIENT_FUNDS", "GIFTED_ENOUGH"}
        assert await bonds.quartzs(player) == 2
        rows = [await bonds.row(waifu_id, player) for waifu_id in (1, 2)]
        assert sum(row["gifts_today"] for row in rows) == 3
        assert sum(row["bond_points"] for row in rows) == 3 * 7
    assert await deadlocks(bonds.house) == 0
    await bonds.house.settles()
    await bonds.is_sound()


@pytest.mark.timeout(120)
async def test_many_gifts_at_once_stay_within_the_day(bonds: Bonds) -> None:
    wishes = [a_gift(player=8) for _ in range(CALLS // 2)]

    answers, reasons = await race(
        bonds.house,
        "collection",
        [lambda wish=wish: bonds.rpc.GiveGift(wish, timeout=20) for wish in wishes],
        8,
    )

    assert len(answers) == 3
    assert set(reasons) == {"GIFTED_ENOUGH"}
    assert await bonds.quartzs(8) == 100_000 - 15
    replies = [gift["reply"] for gift in await bonds.given(8)]
    assert all(one != other for one, other in pairwise(replies))


async def test_what_can_be_given_is_told_with_her_taste(bonds: Bonds) -> None:
    await bonds.rpc.GiveGift(a_gift("wildflowers"))
    await bonds.rpc.GiveGift(a_gift("wildflowers", waifu_id=4))
    await bonds.rpc.GiveGift(a_gift("wildflowers", 3, 8))

    hers, nobodys = [
        (await bonds.rpc.ListGifts(pb.ListGiftsRequest(user_id=7, waifu_id=waifu_id))).gifts
        for waifu_id in (3, 0)
    ]

    assert [gift.price.amount for gift in hers] == sorted(gift.price.amount for gift in hers)
    assert len(hers) == len(DOCUMENT["gift"])
    assert [gift.gift_id for gift in hers if gift.is_favorite] == ["wildflowers"]
    assert [gift.gift_id for gift in nobodys if gift.is_favorite] == []
    assert sum(gift.given_count for gift in hers) == 1
    assert sum(gift.given_count for gift in nobodys) == 2


# Nicknames.


async def test_a_nickname_is_given_and_taken_back(bonds: Bonds) -> None:
    assert (await bonds.rpc.SetNickname(a_name("  Little   Owl "))).nickname == "Little Owl"
    assert (await bonds.owned()).custom_nickname == "Little Owl"

    assert (await bonds.rpc.SetNickname(a_name(""))).nickname == ""
    assert (await bonds.row())["custom_nickname"] is None


async def test_a_nickname_is_refused_with_its_reason(bonds: Bonds) -> None:
    for nickname in ("@everyone", "discord.gg/abc", "!!!", "   ", "see www.x", "<#12>", "a@b"):
        with refused("NICKNAME_NOT_ALLOWED"):
            await bonds.rpc.SetNickname(a_name(nickname))
    with refused("WAIFU_NOT_OWNED", waifu_id="9"):
        await bonds.rpc.SetNickname(a_name(waifu_id=9))
    for nickname in ("x" * 33, "a\u200bb", "a\0b"):
        with bad_request("nickname"):
            await bonds.rpc.SetNickname(a_name(nickname))

    assert (await bonds.row(9, 8))["custom_nickname"] is None
    assert (await bonds.row())["custom_nickname"] is None


async def test_a_late_copy_of_a_nickname_does_not_bring_it_back(bonds: Bonds) -> None:
    request = a_name("Owl")
    await bonds.rpc.SetNickname(request)
    await bonds.rpc.SetNickname(a_name("Lark"))

    assert (await bonds.rpc.SetNickname(request)).nickname == "Owl"
    assert (await bonds.row())["custom_nickname"] == "Lark"


async def test_many_nicknames_at_once_have_one_outcome_each(bonds: Bonds) -> None:
    wishes = [a_name(f"Owl {place}") for place in range(CALLS // 2)]

    answers, reasons = await race(
        bonds.house,
        "collection",
        [lambda wish=wish: bonds.rpc.SetNickname(wish) for wish in wishes],
    )

    assert reasons == []
    assert {answer.nickname for answer in answers} == {wish.nickname for wish in wishes}
    assert (await bonds.row())["custom_nickname"] in {wish.nickname for wish in wishes}
    assert await deadlocks(bonds.house) == 0


# Rooms.


async def test_a_room_is_furnished_with_what_is_free_and_what_was_earned(bonds: Bonds) -> None:
    await bonds.rpc.GiveGift(a_gift("honey_jar"))

    answer = await bonds.rpc.SetRoom(a_room("honey_pantry", "paper_lantern"))
    room = await bonds.rpc.GetRoom(pb.GetRoomRequest(user_id=7, waifu_id=3))

    assert answer.decoration_ids == ["honey_pantry", "paper_lantern"]
    assert [one.decoration_id for one in room.room] == ["honey_pantry", "paper_lantern"]
    owned = {one.decoration_id for one in room.decorations if one.is_owned}
    assert {"honey_pantry", "paper_lantern", "welcome_wreath"} <= owned
    assert not {"hearth", "tea_corner", "birthday_garland"} & owned
    told = {one.decoration_id: one.earned_by for one in room.decorations}
    assert told["honey_pantry"] == "Give her this gift: Jar of Honey."
    assert told["hearth"] == "Reach bond level 10 with her."
    assert room.limit == 5
    assert (await bonds.rpc.SetRoom(a_room())).decoration_ids == []
    assert (await bonds.row())["room_decorations"] == []


async def test_a_room_is_refused_with_its_reason(bonds: Bonds) -> None:
    """A gift to another waifu, or from another player, earns nothing for her."""
    await bonds.rpc.GiveGift(a_gift("honey_jar", waifu_id=4))
    await bonds.rpc.GiveGift(a_gift("honey_jar", player=8))

    with refused("DECORATION_NOT_OWNED", decoration_id="honey_pantry"):
        await bonds.rpc.SetRoom(a_room("straw_mat", "honey_pantry", "hearth"))
    with refused("DECORATION_NOT_FOUND", decoration_id="moon"):
        await bonds.rpc.SetRoom(a_room("straw_mat", "moon"))
    with refused("WAIFU_NOT_OWNED", waifu_id="9"):
        await bonds.rpc.SetRoom(a_room("straw_mat", waifu_id=9))
    with refused("WAIFU_NOT_OWNED", waifu_id="9"):
        await bonds.rpc.GetRoom(pb.GetRoomRequest(user_id=7, waifu_id=9))
    with bad_request("decoration_ids"):
        await bonds.rpc.SetRoom(a_room("straw_mat", "straw_mat"))
    with bad_request("decoration_ids"):
        await bonds.rpc.SetRoom(a_room(*["straw_mat"] * 6))

    assert (await bonds.row())["room_decorations"] == []
    assert (await bonds.row(9, 8))["room_decorations"] == []


async def test_a_late_copy_of_a_room_does_not_bring_it_back(bonds: Bonds) -> None:
    request = a_room("straw_mat")
    await bonds.rpc.SetRoom(request)
    await bonds.rpc.SetRoom(a_room("coat_rack"))

    assert (await bonds.rpc.SetRoom(request)).decoration_ids == ["straw_mat"]
    assert (await bonds.row())["room_decorations"] == ["coat_rack"]


async def test_many_rooms_at_once_have_one_outcome_each(bonds: Bonds) -> None:
    ids = ["straw_mat", "coat_rack", "clay_kettle", "window_seat"]
    wishes = [a_room(ids[place % 4]) for place in range(CALLS // 2)]

    answers, reasons = await race(
        bonds.house, "collection", [lambda wish=wish: bonds.rpc.SetRoom(wish) for wish in wishes]
    )

    assert reasons == []
    assert len(answers) == len(wishes)
    assert len((await bonds.row())["room_decorations"]) == 1


@pytest.mark.parametrize(
    ("decoration_id", "earned"),
    [
        ("key_by_the_door", "bond_level = 5"),
        ("six_star_banner", "current_star_level = 6"),
        ("dawn_window", "is_awakened = true"),
        ("guest_book", "total_conversations = 50"),
        ("well_worn_chairs", "total_conversations = 100"),
    ],
)
async def test_a_decoration_comes_of_living_together(
    bonds: Bonds, decoration_id: str, earned: str
) -> None:
    with refused("DECORATION_NOT_OWNED", decoration_id=decoration_id):
        await bonds.rpc.SetRoom(a_room(decoration_id))
    await bonds.house.run(
        f"UPDATE collection.user_waifus SET {earned} WHERE user_id = 7 AND waifu_id = 3"
    )

    assert (await bonds.rpc.SetRoom(a_room(decoration_id))).decoration_ids == [decoration_id]


# Memories.


async def lived(bonds: Bonds, player: int = 7) -> dict[str, pb.Memory]:
    answer = await bonds.rpc.ListMemories(pb.ListMemoriesRequest(user_id=player, waifu_id=3))
    assert [memory.memory_id for memory in answer.memories] == list(DOCUMENT["memory"])
    return {memory.memory_id: memory for memory in answer.memories if memory.is_lived}


async def test_memories_come_of_what_happens(bonds: Bonds) -> None:
    assert set(await lived(bonds)) == {"met"}
    await bonds.rpc.Talk(a_talk())
    clock_of(bonds).move(timedelta(hours=1))
    await bonds.rpc.GiveGift(a_gift("wildflowers"))
    clock_of(bonds).time = HER_BIRTHDAY + timedelta(days=365)
    await bonds.rpc.Talk(a_talk())

    memories = await lived(bonds)
    assert set(memories) == {"met", "first_talk", "first_gift", "favorite_gift", "birthday"}
    assert memories["first_talk"].time.ToDatetime(UTC) == NOON
    assert memories["favorite_gift"].time.ToDatetime(UTC) == NOON + timedelta(hours=1)
    assert memories["birthday"].time.ToDatetime(UTC) == HER_BIRTHDAY + timedelta(days=365)
    assert set(await lived(bonds, 8)) == {"met"}


async def test_levels_and_stars_leave_memories_without_a_time(bonds: Bonds) -> None:
    await bonds.house.run(
        "UPDATE collection.user_waifus SET bond_level = 10, current_star_level = 6, "
        "is_awakened = true WHERE user_id = 7"
    )

    memories = await lived(bonds)

    assert set(memories) == {"met", "bond_5", "bond_10", "four_stars", "six_stars", "awakened"}
    assert not memories["bond_5"].HasField("time")


async def test_a_memory_is_kept_dearest_and_let_go(bonds: Bonds) -> None:
    assert (await bonds.rpc.SetFavoriteMemory(a_memory("met"))).memory_id == "met"
    assert (await bonds.owned()).favorite_memory == "met"
    answer = await bonds.rpc.ListMemories(pb.ListMemoriesRequest(user_id=7, waifu_id=3))
    assert answer.favorite_memory_id == "met"

    assert (await bonds.rpc.SetFavoriteMemory(a_memory(""))).memory_id == ""
    assert (await bonds.row())["favorite_memory"] is None


async def test_a_memory_is_refused_with_its_reason(bonds: Bonds) -> None:
    for memory_id in ("first_talk", "bond_10", "moon"):
        with refused("MEMORY_NOT_LIVED", memory_id=memory_id):
            await bonds.rpc.SetFavoriteMemory(a_memory(memory_id))
    with refused("WAIFU_NOT_OWNED", waifu_id="9"):
        await bonds.rpc.SetFavoriteMemory(a_memory(waifu_id=9))
    with refused("WAIFU_NOT_OWNED", waifu_id="9"):
        await bonds.rpc.SetFavoriteMemory(a_memory("", waifu_id=9))
    with refused("WAIFU_NOT_OWNED", waifu_id="9"):
        await bonds.rpc.ListMemories(pb.ListMemoriesRequest(user_id=7, waifu_id=9))

    assert (await bonds.row(9, 8))["favorite_memory"] is None


async def test_a_late_copy_of_a_memory_does_not_bring_it_back(bonds: Bonds) -> None:
    request = a_memory("met")
    await bonds.rpc.SetFavoriteMemory(request)
    await bonds.rpc.SetFavoriteMemory(a_memory(""))

    assert (await bonds.rpc.SetFavoriteMemory(request)).memory_id == "met"
    assert (await bonds.row())["favorite_memory"] is None


async def test_many_memories_at_once_have_one_outcome_each(bonds: Bonds) -> None:
    wishes = [a_memory("met" if place % 2 else "") for place in range(CALLS // 2)]

    answers, reasons = await race(
        bonds.house,
        "collection",
        [lambda wish=wish: bonds.rpc.SetFavoriteMemory(wish) for wish in wishes],
    )

    assert reasons == []
    assert len(answers) == len(wishes)


# Conversations.


async def test_talks_are_read_page_by_page_the_newest_first(bonds: Bonds) -> None:
    await bonds.put(limits={"talks": 50, "all_talks": 100})
    for number in range(7):
        await bonds.rpc.Talk(a_talk(f"Number {number}"))
        if number % 2:
            clock_of(bonds).move(timedelta(seconds=1))
    await bonds.rpc.Talk(a_talk("Other", waifu_id=4))
    await bonds.rpc.Talk(a_talk("Other", player=8))

    said: list[str] = []
    request = pb.ListConversationsRequest(user_id=7, waifu_id=3, page_size=3)
    for size in (3, 3, 1):
        answer = await bonds.rpc.ListConversations(request)
        assert len(answer.conversations) == size
        said += [talk.user_message for talk in answer.conversations]
        request.page_token = answer.next_page_token

    assert request.page_token == ""
    assert sorted(said) == [f"Number {number}" for number in range(7)]
    assert said[0] == "Number 6"
    assert {said[1], said[2]} == {"Number 5", "Number 4"}


async def test_a_page_token_is_only_as_good_as_who_sends_it(bonds: Bonds) -> None:
    for key in (("now", "x"), ("2026-07-01T05:00:00+00:00", "x"), ("1", "2"), ("2026", "\u00e9")):
        token = page.encode((7, 3), key)
        with bad_request("page_token"):
            await bonds.rpc.ListConversations(
                pb.ListConversationsRequest(user_id=7, waifu_id=3, page_token=token)
            )


# Content.


async def test_content_is_taken_once_and_changes_what_is_in_force(bonds: Bonds) -> None:
    request = pb.AdminImportBondRequest(act=an_act(), document=a_document(points={"talk": 7}))

    trial = await bonds.rpc.AdminImportBond(
        pb.AdminImportBondRequest(act=an_act(), document=request.document, dry_run=True)
    )
    first, again = [await bonds.rpc.AdminImportBond(request) for _ in range(2)]

    assert (trial.is_changed, trial.is_written, trial.version) == (True, False, 1)
    assert (first.is_changed, first.is_written, first.version) == (True, True, 2)
    assert (again.is_changed, again.is_written, again.version) == (False, True, 2)
    assert (await bonds.rpc.Talk(a_talk())).standing.bond_points == 7


async def test_bad_content_is_told_of_with_its_places_and_changes_nothing(bonds: Bonds) -> None:
    answer = await bonds.rpc.AdminImportBond(
        pb.AdminImportBondRequest(
            act=an_act(), document=a_document(points={"talk": -1, "shine": 3})
        )
    )

    assert {problem.place for problem in answer.problems} == {"points.talk", "points.shine"}
    assert (answer.is_written, answer.version) == (False, 1)
    assert await bonds.house.value("SELECT count(*) FROM collection.bond_versions") == 1


@pytest.mark.parametrize(
    "document",
    ["{", "[]", "null", '{"levels": NaN}', '{"gift": ' + "[" * 5000 + "}", '"\\ud800"', "{}"],
)
async def test_a_document_that_is_none_is_a_problem_and_no_bug(bonds: Bonds, document: str) -> None:
    answer = await bonds.rpc.AdminImportBond(
        pb.AdminImportBondRequest(act=an_act(), document=document)
    )

    assert answer.problems
    assert not answer.is_written


async def test_the_operator_imports_two_files_as_one_document(bonds: Bonds, tmp_path: Path) -> None:
    settings = bonds.house.settings_of("collection")
    files = content.Files(bond=content.STARTER.bond, gifts=content.STARTER.gifts)
    broken = tmp_path / "bond.toml"
    assert files.bond is not None
    broken.write_text(files.bond.read_text().replace("talk = 6", "talk = -6", 1))
    changed = tmp_path / "other.toml"
    changed.write_text(files.bond.read_text().replace("talk = 6", "talk = 7", 1))

    same = await content.import_files(settings, files)
    bad = await content.import_files(settings, content.Files(bond=broken, gifts=files.gifts))
    new = await content.import_files(settings, content.Files(bond=changed, gifts=files.gifts))

    assert (str(same), same.has_news) == ("1 bond document", False)
    assert not bad.is_written
    assert [str(problem) for problem in bad.problems] == [
        f"{broken} points.talk: Input should be greater than or equal to 0"
    ]
    assert new.has_news
    with pytest.raises(Trouble, match="go together"):
        await content.import_files(settings, content.Files(bond=changed))


async def test_two_imports_at_once_make_one_version(bonds: Bonds) -> None:
    request = pb.AdminImportBondRequest(act=an_act(), document=a_document(points={"talk": 8}))

    answers, _ = await outcomes([bonds.rpc.AdminImportBond(request) for _ in range(6)])

    assert {answer.version for answer in answers} == {2}
    assert sum(answer.is_changed for answer in answers) == 1


async def test_an_unreadable_version_leaves_the_old_content_in_force(bonds: Bonds) -> None:
    """A document of a later release: this one goes on with what it has."""
    await bonds.house.run(
        "INSERT INTO collection.bond_versions (version, digest, document) VALUES (2, '', '{}')"
    )
    await bonds.house.prepared()

    assert (await bonds.rpc.Talk(a_talk())).reply
    assert (await bonds.put(points={"talk": 9})).version == 3


async def test_without_content_nobody_talks_and_nothing_is_given(bonds: Bonds) -> None:
    await bonds.house.run("DELETE FROM collection.bond_versions")
    await bonds.house.kill()
    await bonds.house.start()

    with refused("TALKED_ENOUGH", limit="0"):
        await bonds.rpc.Talk(a_talk())
    with refused("GIFT_NOT_FOUND"):
        await bonds.rpc.GiveGift(a_gift())
    assert (await bonds.owned()).current_mood == "neutral"


async def test_another_replica_follows_an_import(bonds: Bonds) -> None:
    await bonds.house.run(
        "INSERT INTO collection.bond_versions (version, digest, document) "
        "SELECT 2, '', jsonb_set(document::jsonb, '{points,talk}', '11') FROM collection.bond_versions"
    )
    await bonds.house.prepared()

    assert (await bonds.rpc.Talk(a_talk())).standing.bond_points == 11


async def test_a_new_waifu_can_be_talked_to_at_once(bonds: Bonds) -> None:
    await import_rows(bonds.collection.catalog, waifus=[*some_waifus(1, first=13), a_waifu_row(9)])
    await bonds.collection.roster.Grant(a_grant(13))

    assert (await bonds.rpc.Talk(a_talk(waifu_id=13))).reply
