"""Codes survive everything: used once, paid once, handed over once, whenever a process dies (F5, suites T2, T3)."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from chassis.money import HIGHEST
from geminya.economy.v1 import gift_code_pb2 as pb
from geminya.users.v1 import account_pb2
from tests.integration.economy.codes import ITEM, WAIFU, Codes, a_redeem, rewards
from tests.support.calls import an_op, insist, refused
from tests.support.faults import Fault, every_moment
from tests.support.game import Game

MONEY = ["open_redeem", "apply", "finish_operation"]


@dataclass(frozen=True)
class Kind:
    """What a code gives, and what is committed for it, in order."""

    gives: pb.CodeRewards
    commits: list[str]
    crystals: int = 0
    items: dict[str, int] = field(default_factory=dict)
    waifus: tuple[int, ...] = ()


KINDS = {
    "currency": Kind(rewards(crystals=100), MONEY, crystals=100),
    "items": Kind(
        rewards(items={ITEM: 2}),
        ["open_redeem", "put_items_of_code", "finish_operation"],
        items={ITEM: 2},
    ),
    "a waifu": Kind(
        rewards(waifus=(WAIFU,)), ["open_redeem", "grant", "finish_operation"], waifus=(WAIFU,)
    ),
    "everything": Kind(
        rewards(crystals=100, items={ITEM: 2}, waifus=(WAIFU,)),
        ["open_redeem", "apply", "put_items_of_code", "grant", "finish_operation"],
        crystals=100,
        items={ITEM: 2},
        waifus=(WAIFU,),
    ),
}
WORD = "WHATEVER-HAPPENS"


def labels(names: list[str]) -> list[str]:
    return [name.split()[-1].rpartition(".")[2] for name in names if "commit" in name]


async def redeem(codes: Codes, wish: pb.RedeemRequest) -> pb.RedeemResponse:
    return await codes.stub.Redeem(wish, timeout=8)


async def standing(codes: Codes, player: int) -> dict[str, Any]:
    """All that a code can change for a player."""
    return {
        "crystals": (await codes.game.users.balances(player))["sakura_crystals"] - 1,
        "items": await codes.bag(player),
        "waifus": tuple(await codes.game.owned(player)),
        "redemptions": await codes.redemptions(player),
        "tries": await codes.tries(player),
    }


def given(kind: Kind) -> dict[str, Any]:
    """Once, and nothing else."""
    return {
        "crystals": kind.crystals,
        "items": kind.items,
        "waifus": kind.waifus,
        "redemptions": 1,
        "tries": 0,
    }


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", KINDS)
async def test_a_code_survives_a_crash_at_every_moment(game: Game, name: str) -> None:
    codes, kind = Codes(game), KINDS[name]
    await codes.make(code=WORD, gives=kind.gives)
    await game.users.has(1, crystals=1)
    names = await game.house.moments_of(lambda: redeem(codes, a_redeem(1, WORD)))
    assert labels(names) == kind.commits

    for moment in every_moment(len(names)):
        player = 100 + moment
        await game.users.has(player, crystals=1)
        wish = a_redeem(player, WORD)
        async with game.house.dies_at(moment):
            await redeem(codes, wish)
        assert game.house.has_died, moment
        # Also while it is half done nothing is missing.
        await game.invariants_hold()
        await game.house.wakes_up()

        answer = await insist(lambda wish=wish: redeem(codes, wish))
        assert await redeem(codes, wish) == answer
        assert await standing(codes, player) == given(kind), moment
    assert await codes.used() == len(every_moment(len(names))) + 1
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_surplus_of_a_code_is_paid_once_whenever_a_process_dies(game: Game) -> None:
    codes = Codes(game)
    await codes.make(code=WORD, gives=rewards(quartzs=10, waifus=(WAIFU, WAIFU)))

    async def has_all(player: int) -> None:
        await game.users.has(player, crystals=1)
        await game.owns_everything(player)

    await has_all(1)
    names = await game.house.moments_of(lambda: redeem(codes, a_redeem(1, WORD)))
    assert labels(names) == ["open_redeem", "apply", "grant", "apply", "finish_operation"]
    worth = (await game.users.balances(1))["quartzs"]
    assert worth > 10

    for moment in every_moment(len(names)):
        player = 100 + moment
        await has_all(player)
        wish = a_redeem(player, WORD)
        async with game.house.dies_at(moment):
            await redeem(codes, wish)
        await game.house.wakes_up()

        answer = await insist(lambda wish=wish: redeem(codes, wish))
        assert answer.balances[1].amount == worth
        assert (await game.users.balances(player))["quartzs"] == worth
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_a_wrong_word_is_one_try_whenever_a_process_dies(game: Game) -> None:
    codes = Codes(game)
    await game.users.has(1, crystals=1)

    async def in_vain() -> None:
        with refused("CODE_INVALID"):
            await redeem(codes, a_redeem(1, "NO-SUCH-CODE"))

    names = await game.house.moments_of(in_vain)
    assert labels(names) == ["open_redeem", "move_operation"]
    for moment in every_moment(len(names)):
        player = 100 + moment
        await game.users.has(player, crystals=1)
        wish = a_redeem(player, "NO-SUCH-CODE")
        async with game.house.dies_at(moment):
            await redeem(codes, wish)
        await game.house.wakes_up()

        with refused("CODE_INVALID"):
            await insist(lambda wish=wish: redeem(codes, wish))
        assert (await codes.tries(player), await codes.redemptions(player)) == (1, 0)
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_a_full_vault_leaves_nothing_whenever_a_process_dies(game: Game) -> None:
    codes, kind = Codes(game), KINDS["everything"]
    await codes.make(code=WORD, gives=kind.gives)

    async def is_full(player: int) -> None:
        await game.users.has(player, crystals=1)
        await game.house.run(
            "UPDATE users.users SET sakura_crystals = $2 WHERE id = $1", player, HIGHEST
        )

    async def in_vain(wish: pb.RedeemRequest) -> None:
        with refused("WALLET_FULL"):
            await redeem(codes, wish)

    await is_full(1)
    names = await game.house.moments_of(lambda: in_vain(a_redeem(1, WORD)))
    assert labels(names) == ["open_redeem", "apply", "take_back_code"]
    for moment in every_moment(len(names)):
        player = 100 + moment
        await is_full(player)
        wish = a_redeem(player, WORD)
        async with game.house.dies_at(moment):
            await redeem(codes, wish)
        await game.house.wakes_up()

        with refused("WALLET_FULL"):
            await insist(lambda wish=wish: redeem(codes, wish))
        assert await codes.redemptions(player) == await codes.tries(player) == 0
        assert (await codes.bag(player), await game.owned(player)) == ({}, {})
    assert await codes.used() == 0
    await game.house.run("UPDATE users.users SET sakura_crystals = 1")
    await game.invariants_hold()


@pytest.mark.parametrize("method", ["WalletService/Apply", "RosterService/Grant"])
@pytest.mark.parametrize("fault", Fault)
async def test_a_code_survives_a_broken_call(game: Game, method: str, fault: Fault) -> None:
    codes, kind = Codes(game), KINDS["everything"]
    await codes.make(code=WORD, gives=kind.gives)
    await game.users.has(7, crystals=1)
    wish = a_redeem(7, WORD)

    game.house.faults.break_call(method, fault)
    await insist(lambda: redeem(codes, wish))
    await game.house.settles()
    await game.house.faults.deliver_late()

    assert await standing(codes, 7) == given(kind)
    assert await codes.used() == 1
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_an_erase_ends_a_redeeming_in_each_of_its_states(game: Game) -> None:
    """The code is left half redeemed by a dead process; the erase comes before its repair (suite T16)."""
    codes, kind = Codes(game), KINDS["everything"]
    await codes.make(code=WORD, gives=kind.gives)
    await game.users.has(1, crystals=1)
    count = len(await game.house.moments_of(lambda: redeem(codes, a_redeem(1, WORD))))

    for moment in every_moment(count):
        player = 100 + moment
        await game.users.has(player, crystals=1)
        wish = a_redeem(player, WORD)
        async with game.house.dies_at(moment):
            await redeem(codes, wish)
        await game.house.start()

        erase = account_pb2.EraseAccountRequest(op=an_op(player))
        await insist(lambda erase=erase: game.users.account.EraseAccount(erase, timeout=10))
        await game.house.wakes_up()

        with refused("USER_GONE"):
            await insist(lambda wish=wish: redeem(codes, wish))
        assert (await codes.bag(player), await game.owned(player)) == ({}, {})
        await game.invariants_hold()
    # Whoever had it has had it, also where nothing came of it any more.
    used = await codes.used()
    assert used == await codes.redemptions()
    assert used >= len(every_moment(count))
