"""Summons of many at once, whose steps go in company: nothing lost, nothing doubled, whenever a process dies."""

import asyncio
import os
from typing import Any

import grpc
import pytest

from chassis.postgres import DatabaseTrouble
from tests.support.calls import insist
from tests.support.faults import Fault
from tests.support.game import Game, a_summon

DEATHS = {"small": 4, "standard": 40, "nightly": 200}[os.environ.get("SIZE", "small")]
PLAYERS, PURSE, PRICE = 8, 250, 100
COMPANIES = ("WalletService/BatchApply", "RosterService/BatchGrant")


async def crowd(game: Game, first: int) -> dict[int, Any]:
    """Players with money, and a wish of each."""
    wishes = {player: a_summon(player) for player in range(first, first + PLAYERS)}
    for player in wishes:
        await game.has(player, crystals=PURSE, seed=player)
    return wishes


async def all_summon(game: Game, wishes: dict[int, Any]) -> None:
    """Everybody at once; a death in the middle is forgiven."""
    done = await asyncio.gather(
        *(game.summon(wish) for wish in wishes.values()), return_exceptions=True
    )
    for one in done:
        if isinstance(one, BaseException) and not isinstance(
            one, grpc.aio.AioRpcError | DatabaseTrouble
        ):
            raise one


async def each_has_summoned_once(game: Game, wishes: dict[int, Any]) -> None:
    """Paid once, rolled once, handed over once."""
    for player, wish in wishes.items():
        answer = await insist(lambda wish=wish: game.summon(wish))
        [summon] = await game.summons(player)
        assert [pull["waifu_id"] for pull in summon["pulls"]] == [p.waifu_id for p in answer.pulls]
        assert {pull.waifu_id for pull in answer.pulls} == set(await game.owned(player))
        assert (await game.users.balances(player))["sakura_crystals"] == PURSE - PRICE
    await game.invariants_hold()


async def test_steps_of_many_players_go_in_company(game: Game) -> None:
    wishes = await crowd(game, 1)

    await all_summon(game, wishes)
    await game.house.quiet()

    assert set(COMPANIES) <= {*game.house.faults.calls}
    await each_has_summoned_once(game, wishes)


@pytest.mark.timeout(180)
async def test_a_crowd_survives_a_crash_at_any_moment(game: Game) -> None:
    wishes = await crowd(game, 1)
    count = len(await game.house.moments_of(lambda: all_summon(game, wishes)))

    for death in range(1, DEATHS + 1):
        wishes = await crowd(game, 100 * death)
        async with game.house.dies_at(count * death // (DEATHS + 1)):
            await all_summon(game, wishes)
        await game.house.wakes_up()

        await each_has_summoned_once(game, wishes)


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("method", COMPANIES)
async def test_a_crowd_survives_what_can_happen_to_its_calls(
    game: Game, method: str, fault: Fault
) -> None:
    wishes = await crowd(game, 1)
    game.house.faults.break_call(method, fault)

    await all_summon(game, wishes)
    await game.house.faults.deliver_late()
    await game.house.settles()

    assert method in game.house.faults.calls
    await each_has_summoned_once(game, wishes)


async def test_the_poor_of_a_crowd_are_refused_and_nobody_else_is(game: Game) -> None:
    wishes = await crowd(game, 1)
    await game.house.run("UPDATE users.users SET sakura_crystals = 50 WHERE id % 2 = 0")
    await game.house.run(
        "UPDATE users.ledger SET amount = 50, balance_after = 50 WHERE user_id % 2 = 0"
    )

    await all_summon(game, wishes)
    await game.house.settles()

    for player in wishes:
        is_poor = player % 2 == 0
        assert len(await game.summons(player)) == int(not is_poor)
        assert bool(await game.owned(player)) is not is_poor
        left = (await game.users.balances(player))["sakura_crystals"]
        assert left == (50 if is_poor else PURSE - PRICE)
    await game.invariants_hold()
