"""Talks and gifts survive everything: paid once, kept once, counted once, whenever a process dies (suites T2, T3)."""

import pytest

from geminya.collection.v1 import bond_pb2 as pb
from tests.integration.collection.bonds import a_gift, a_talk
from tests.support.calls import insist, refused
from tests.support.faults import Fault, every_moment
from tests.support.game import Game

WAIFU = 1_000_001
APPLY = "WalletService/Apply"
GIFT, PRICE, POINTS = "honey_jar", 15, 5 + 7


async def has(game: Game, player: int, quartzs: int) -> None:
    """A player with one waifu and a purse."""
    await game.users.has(player, crystals=1, quartzs=quartzs)
    await game.house.run(
        """
        INSERT INTO collection.user_waifus (user_id, waifu_id, current_star_level)
        VALUES ($1, $2, 3)
        """,
        player,
        WAIFU,
    )
    await game.house.run(
        "INSERT INTO collection.roster (user_id, owned_count, power) VALUES ($1, 1, 500)", player
    )


async def talk(game: Game, wish: pb.TalkRequest) -> pb.TalkResponse:
    return await game.bond.Talk(wish, timeout=8)


async def give(game: Game, wish: pb.GiveGiftRequest) -> pb.GiveGiftResponse:
    return await game.bond.GiveGift(wish, timeout=8)


async def row(game: Game, player: int) -> dict[str, int]:
    [found] = await game.house.rows(
        """
        SELECT bond_points, total_conversations, talks_today, gifts_today,
            (SELECT count(*) FROM collection.conversations AS c WHERE c.user_id = w.user_id) AS talks,
            (SELECT count(*) FROM collection.gifts_given AS g WHERE g.user_id = w.user_id) AS gifts,
            (SELECT quartzs FROM users.users WHERE id = w.user_id) AS quartzs
        FROM collection.user_waifus AS w WHERE user_id = $1
        """,
        player,
    )
    return found


def labels(names: list[str]) -> list[str]:
    return [name.split()[-1].rpartition(".")[2] for name in names if "commit" in name]


@pytest.mark.timeout(180)
async def test_a_talk_survives_a_crash_at_every_moment(game: Game) -> None:
    await has(game, 1, 0)
    names = await game.house.moments_of(lambda: talk(game, a_talk("Thanks!", WAIFU, 1)))
    assert labels(names) == ["open_talk", "save_talk", "finish_operation"]

    for moment in every_moment(len(names)):
        player = 100 + moment
        await has(game, player, 0)
        wish = a_talk("Thanks!", WAIFU, player)
        async with game.house.dies_at(moment):
            await talk(game, wish)
        assert game.house.has_died, moment
        await game.house.wakes_up()

        answer = await insist(lambda wish=wish: talk(game, wish))
        assert (await talk(game, wish)).reply == answer.reply
        assert answer.standing.bond_points == 9
        assert await row(game, player) == {
            "bond_points": 9, "total_conversations": 1, "talks_today": 1, "gifts_today": 0,
            "talks": 1, "gifts": 0, "quartzs": 0,
        }  # fmt: skip
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_a_gift_survives_a_crash_at_every_moment(game: Game) -> None:
    await has(game, 1, 100)
    names = await game.house.moments_of(lambda: give(game, a_gift(GIFT, WAIFU, 1)))
    assert labels(names) == ["open_gift", "apply", "give", "finish_operation"]
    points = (await row(game, 1))["bond_points"]
    assert points in (POINTS, 2 * POINTS)

    for moment in every_moment(len(names)):
        player = 100 + moment
        await has(game, player, 100)
        wish = a_gift(GIFT, WAIFU, player)
        async with game.house.dies_at(moment):
            await give(game, wish)
        assert game.house.has_died, moment
        # Also while it is half done nothing is missing.
        await game.invariants_hold()
        await game.house.wakes_up()

        answer = await insist(lambda wish=wish: give(game, wish))
        assert [money.amount for money in answer.balances] == [1, 100 - PRICE, 0]
        assert await row(game, player) == {
            "bond_points": points, "total_conversations": 0, "talks_today": 0, "gifts_today": 1,
            "talks": 0, "gifts": 1, "quartzs": 100 - PRICE,
        }  # fmt: skip
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_a_gift_that_cannot_be_paid_leaves_nothing_whenever_a_process_dies(
    game: Game,
) -> None:
    await has(game, 1, PRICE - 1)

    async def in_vain() -> None:
        with refused("INSUFFICIENT_FUNDS"):
            await give(game, a_gift(GIFT, WAIFU, 1))

    count = len(await game.house.moments_of(in_vain))
    for moment in every_moment(count):
        player = 100 + moment
        await has(game, player, PRICE - 1)
        wish = a_gift(GIFT, WAIFU, player)
        async with game.house.dies_at(moment):
            await give(game, wish)
        await game.house.wakes_up()

        with refused("INSUFFICIENT_FUNDS", currency="quartzs", price="15", balance="14"):
            await insist(lambda wish=wish: give(game, wish))
        found = await row(game, player)
        assert (found["gifts_today"], found["gifts"], found["quartzs"]) == (0, 0, PRICE - 1)
        assert found["bond_points"] == 0
    await game.invariants_hold()


@pytest.mark.parametrize("fault", Fault)
async def test_a_gift_survives_a_broken_payment(game: Game, fault: Fault) -> None:
    await has(game, 7, 100)
    wish = a_gift(GIFT, WAIFU, 7)

    game.house.faults.break_call(APPLY, fault)
    await insist(lambda: give(game, wish))
    await game.house.settles()
    await game.house.faults.deliver_late()

    found = await row(game, 7)
    assert (found["gifts"], found["gifts_today"], found["quartzs"]) == (1, 1, 100 - PRICE)
    await game.invariants_hold()
