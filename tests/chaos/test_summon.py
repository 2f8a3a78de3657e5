"""A summon survives everything (suites T2 and T3): nothing lost, nothing doubled, whenever a process dies."""

import asyncio
import os

import pytest

from geminya.economy.v1 import gacha_pb2 as pb
from tests.support.calls import an_op, insist, refused
from tests.support.faults import Fault, every_moment
from tests.support.game import Game, a_summon

SEEDS = range({"small": 5, "standard": 5, "nightly": 25}[os.environ.get("SIZE", "small")])
PRICE = 100
PURSE = 250
CALLS = ("WalletService/Apply", "RosterService/Grant")


async def summoned_once(game: Game, request, purse: int = PURSE) -> None:
    """Paid once, rolled once, granted once; a repeat of the wish shows what is there."""
    player = request.op.user_id
    answer = await insist(lambda: game.summon(request))
    again = await game.summon(request)
    assert again.SerializeToString(deterministic=True) == answer.SerializeToString(
        deterministic=True
    )
    [summon] = await game.summons(player)
    assert [pull["waifu_id"] for pull in summon["pulls"]] == [p.waifu_id for p in answer.pulls]
    assert {pull.waifu_id for pull in answer.pulls} <= set(await game.owned(player))
    assert (await game.users.balances(player))["sakura_crystals"] == purse - PRICE


async def moments(game: Game, player: int, **options) -> int:
    """How many moments such a summon has."""
    names = await game.house.moments_of(lambda: game.summon(a_summon(player, **options)))
    return len(names)


async def test_a_summon_has_the_moments_of_flow_f1(game: Game) -> None:
    await game.has(1, crystals=PURSE)

    names = await game.house.moments_of(lambda: game.summon(a_summon(1)))

    assert [name.replace("/geminya.", "").replace(".v1.", " ") for name in names] == [
        "commit economy open_summon",
        "send users WalletService/Apply",
        "commit users apply",
        "reply users WalletService/Apply",
        "commit economy save_summon",
        "send collection RosterService/Grant",
        "commit collection grant",
        "reply collection RosterService/Grant",
        "commit economy finish_operation",
    ]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", SEEDS)
async def test_a_summon_survives_a_crash_at_every_moment(game: Game, seed: int) -> None:
    await game.has(1, crystals=PURSE, seed=seed)
    count = await moments(game, 1)

    for moment in every_moment(count):
        player = 100 + moment
        await game.has(player, crystals=PURSE, seed=seed)
        request = a_summon(player)
        async with game.house.dies_at(moment):
            await game.summon(request)
        assert game.house.has_died, moment
        await game.house.wakes_up()

        await summoned_once(game, request)
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_surplus_is_paid_once_whenever_a_process_dies(game: Game) -> None:
    """The variant with a second payment: every pull is a copy of a six-star waifu."""
    await game.has(1, crystals=PURSE)
    await game.owns_everything(1)
    count = await moments(game, 1)

    for moment in every_moment(count):
        player = 100 + moment
        await game.has(player, crystals=PURSE)
        await game.owns_everything(player)
        request = a_summon(player)
        async with game.house.dies_at(moment):
            await game.summon(request)
        await game.house.wakes_up()

        await summoned_once(game, request)
        answer = await game.summon(request)
        surplus = sum({p.waifu_id: p.surplus_quartzs for p in answer.pulls}.values())
        assert surplus > 0
        assert (await game.users.balances(player))["quartzs"] == 10 + surplus
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_a_summon_survives_a_second_crash_in_its_repair(game: Game) -> None:
    for player, (first, second) in enumerate([(1, 2), (2, 4), (3, 1), (5, 2), (6, 3), (7, 5)], 100):
        await game.has(player, crystals=PURSE)
        request = a_summon(player)
        async with game.house.dies_at(first):
            await game.summon(request)
        await game.house.start()
        async with game.house.dies_at(second):
            await game.house.settles()
        await game.house.wakes_up()

        await summoned_once(game, request)
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_a_refused_summon_costs_nothing_whenever_a_process_dies(game: Game) -> None:
    await game.has(1, crystals=PRICE - 1)

    async def in_vain() -> None:
        with refused("INSUFFICIENT_FUNDS"):
            await game.summon(a_summon(1))

    count = len(await game.house.moments_of(in_vain))
    for moment in every_moment(count):
        player = 100 + moment
        await game.has(player, crystals=PRICE - 1)
        request = a_summon(player)
        async with game.house.dies_at(moment):
            await game.summon(request)
        await game.house.wakes_up()

        with refused("INSUFFICIENT_FUNDS", price="100", balance="99", currency="sakura_crystals"):
            await insist(lambda request=request: game.summon(request))
        assert await game.summons(player) == []
    await game.invariants_hold()


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("fault", Fault)
async def test_a_summon_survives_a_broken_call(game: Game, method: str, fault: Fault) -> None:
    await game.has(7, crystals=PURSE)
    request = a_summon(7)

    game.house.faults.break_call(method, fault)
    await insist(lambda: game.summon(request))
    await game.house.settles()
    await game.house.faults.deliver_late()

    await summoned_once(game, request)
    await game.invariants_hold()


async def test_a_late_copy_of_a_refused_payment_takes_nothing(game: Game) -> None:
    await game.has(7, crystals=PRICE - 1)
    game.house.faults.break_call("WalletService/Apply", Fault.LATE_COPY)
    with refused("INSUFFICIENT_FUNDS"):
        await game.summon(a_summon(7))
    await game.house.run("UPDATE users.users SET sakura_crystals = 5000 WHERE id = 7")

    await game.house.faults.deliver_late()

    assert (await game.users.balances(7))["sakura_crystals"] == 5000


@pytest.mark.timeout(120)
async def test_a_seed_is_changed_once_whenever_a_process_dies(game: Game) -> None:
    """With a summon before it and one after it: what was told is never rolled with again."""
    await game.has(1, crystals=PURSE)
    await game.summon(a_summon(1))
    change = pb.RotateSeedRequest(op=an_op(1), client_seed="moon")
    count = len(await game.house.moments_of(lambda: game.gacha.RotateSeed(change)))

    for moment in every_moment(count):
        player = 100 + moment
        await game.has(player, crystals=PURSE)
        await game.summon(a_summon(player))
        request = pb.RotateSeedRequest(op=an_op(player), client_seed="moon")
        async with game.house.dies_at(moment):
            await game.gacha.RotateSeed(request)
        await game.house.wakes_up()

        answer = await insist(lambda request=request: game.gacha.RotateSeed(request))
        await game.summon(a_summon(player))
        assert (answer.revealed.seed_no, answer.current.seed_no) == (1, 2)
        assert [row["seed_no"] for row in await game.summons(player)] == [1, 2]
    await game.invariants_hold()


async def test_the_same_wish_five_times_at_once_has_one_effect(game: Game) -> None:
    await game.has(7, crystals=PURSE)
    op = an_op(7)

    answers = await asyncio.gather(*(game.summon(a_summon(7, op_id=op.op_id)) for _ in range(5)))

    assert len({answer.SerializeToString(deterministic=True) for answer in answers}) == 1
    await summoned_once(game, a_summon(7, op_id=op.op_id))
    await game.invariants_hold()
