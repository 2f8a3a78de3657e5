"""Purchases and uses survive everything: paid once, one item for one effect, whenever a process dies (F2, F3)."""

from dataclasses import dataclass

import pytest

from chassis.money import HIGHEST
from tests.integration.economy.shelves import (
    LETTER,
    MAP,
    STAR,
    TEA,
    WIND,
    a_buy,
    a_source,
    a_use,
    bag,
    bought,
    buy,
    purchases,
    sends,
    shelve,
    sold,
    use,
    uses,
)
from tests.support.calls import an_op, insist, refused
from tests.support.faults import Fault, every_moment
from tests.support.game import Game

pytestmark = pytest.mark.timeout(240)
SEEDS = (1, 2)


@dataclass(frozen=True)
class Kind:
    """An item, and what is committed for one use, in order."""

    item_code: str
    commits: list[str]
    needs_her: bool = False
    pulls: int = 0
    crystals: int = 0


KINDS = {
    "a star": Kind(STAR, ["find_use", "use_ticket", "grant", "finish_operation"], pulls=1),
    "a map": Kind(MAP, ["find_use", "use_ticket", "grant", "apply", "finish_operation"], pulls=10),
    "a letter": Kind(
        LETTER,
        ["find_use", "use_selector", "grant", "finish_operation"],
        needs_her=True,
        pulls=1,
    ),
    "tea": Kind(TEA, ["find_use", "use_thing", "apply", "finish_operation"], crystals=120),
}


def labels(names: list[str]) -> list[str]:
    return [name.split()[-1].rpartition(".")[2] for name in names if "commit" in name]


async def one_star(game: Game) -> int:
    return await game.house.value("SELECT min(waifu_id) FROM collection.waifus WHERE rarity = 1")


async def test_a_purchase_survives_a_crash_at_every_moment(game: Game) -> None:
    await shelve(game, a_source(stock_limit=99))
    await game.users.has(1, crystals=100)
    names = await game.house.moments_of(lambda: buy(game, a_buy(1, quantity=2)))
    assert labels(names) == ["open_buy", "apply", "put_bought", "finish_operation"]

    for moment in every_moment(len(names)):
        player = 100 + moment
        await game.users.has(player, crystals=100)
        wish = a_buy(player, quantity=2)
        async with game.house.dies_at(moment):
            await buy(game, wish)
        assert game.house.has_died, moment
        # Also while it is half done nothing is missing.
        await game.invariants_hold()
        await game.house.wakes_up()

        answer = await insist(lambda wish=wish: buy(game, wish))
        assert await buy(game, wish) == answer
        assert await bag(game, player) == {"lucky-coin": 2}
        assert await purchases(game, player) == ["completed"]
        assert (await game.users.balances(player))["sakura_crystals"] == 80
    assert await sold(game) == 2 * (len(every_moment(len(names))) + 1)
    await game.invariants_hold()


async def test_a_purchase_that_cannot_be_paid_leaves_nothing_whenever_a_process_dies(
    game: Game,
) -> None:
    await shelve(game, a_source(stock_limit=2))

    async def in_vain(player: int) -> None:
        with refused("INSUFFICIENT_FUNDS"):
            await buy(game, a_buy(player))

    await game.users.has(1, crystals=9)
    names = await game.house.moments_of(lambda: in_vain(1))
    assert labels(names) == ["open_buy", "apply", "take_back_buy"]
    for moment in every_moment(len(names)):
        player = 100 + moment
        await game.users.has(player, crystals=9)
        wish = a_buy(player)
        async with game.house.dies_at(moment):
            await buy(game, wish)
        await game.house.wakes_up()

        with refused("INSUFFICIENT_FUNDS"):
            await insist(lambda wish=wish: buy(game, wish))
        assert (await bag(game, player), await sold(game)) == ({}, 0)
        assert await purchases(game, player) == ["rejected"]
    await game.invariants_hold()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", KINDS)
async def test_an_item_survives_a_crash_at_every_moment(game: Game, name: str, seed: int) -> None:
    kind = KINDS[name]
    choice = {"waifu_id": await one_star(game)} if kind.needs_her else {}

    async def owns(player: int) -> None:
        await game.has(player, crystals=1, quartzs=5000, seed=seed)
        await bought(game, player, kind.item_code)
        await game.house.quiet()

    await owns(1)
    names = await game.house.moments_of(lambda: use(game, a_use(1, kind.item_code, **choice)))
    assert labels(names) == kind.commits
    same = [one["pulls"] for one in await uses(game, 1)]

    for moment in every_moment(len(names)):
        player = 100 + moment
        await owns(player)
        wish = a_use(player, kind.item_code, **choice)
        async with game.house.dies_at(moment):
            await use(game, wish)
        assert game.house.has_died, moment
        await game.invariants_hold()
        await game.house.wakes_up()

        answer = await insist(lambda wish=wish: use(game, wish))
        assert await use(game, wish) == answer
        assert len(await game.owned(player)) == len(answer.pulls) == kind.pulls
        # The same dice fall the same way, whatever died meanwhile.
        assert [one["pulls"] for one in await uses(game, player)] == same
        assert await bag(game, player) == {}
        assert (await game.users.balances(player))["sakura_crystals"] == 1 + kind.crystals
    await game.invariants_hold()


async def test_surplus_of_a_ticket_is_paid_once_whenever_a_process_dies(game: Game) -> None:
    async def has_all(player: int) -> None:
        await game.has(player, quartzs=300)
        await game.owns_everything(player)
        await bought(game, player, STAR)
        await game.house.quiet()

    await has_all(1)
    names = await game.house.moments_of(lambda: use(game, a_use(1)))
    assert labels(names) == ["find_use", "use_ticket", "grant", "apply", "finish_operation"]
    worth = (await game.users.balances(1))["quartzs"]
    assert worth > 0

    for moment in every_moment(len(names)):
        player = 100 + moment
        await has_all(player)
        wish = a_use(player)
        async with game.house.dies_at(moment):
            await use(game, wish)
        await game.house.wakes_up()

        await insist(lambda wish=wish: use(game, wish))
        assert (await game.users.balances(player))["quartzs"] == worth
    await game.invariants_hold()


async def test_tea_for_a_full_vault_is_back_whenever_a_process_dies(game: Game) -> None:
    async def is_full(player: int) -> None:
        await game.has(player, crystals=1, quartzs=100)
        await bought(game, player, TEA)
        await game.house.quiet()
        await game.house.run(
            "UPDATE users.users SET sakura_crystals = $2 WHERE id = $1", player, HIGHEST
        )

    async def in_vain() -> None:
        with refused("WALLET_FULL"):
            await use(game, a_use(1, TEA))

    await is_full(1)
    names = await game.house.moments_of(in_vain)
    assert labels(names) == ["find_use", "use_thing", "apply", "take_back_use"]
    for moment in every_moment(len(names)):
        player = 100 + moment
        await is_full(player)
        wish = a_use(player, TEA)
        async with game.house.dies_at(moment):
            await use(game, wish)
        await game.house.wakes_up()

        with refused("WALLET_FULL"):
            await insist(lambda wish=wish: use(game, wish))
        assert (await bag(game, player), await uses(game, player)) == ({TEA: 1}, [])
    await game.house.run("UPDATE users.users SET sakura_crystals = 1")
    assert await game.house.value("SELECT count(*) FROM economy.boost_days") == 0
    await game.invariants_hold()


async def test_a_haste_survives_a_crash_at_every_moment(game: Game) -> None:
    async def on_the_way(player: int) -> str:
        await game.has(player, quartzs=100)
        await bought(game, player, WIND)
        await bought(game, player, LETTER)
        await use(game, a_use(player, LETTER, waifu_id=await one_star(game)))
        expedition_id = await sends(game, player)
        await game.house.quiet()
        return expedition_id

    first = await on_the_way(1)
    names = await game.house.moments_of(lambda: use(game, a_use(1, WIND, expedition_id=first)))
    assert labels(names)[1] == "use_thing"
    assert labels(names)[-1] == "finish_operation"

    for moment in every_moment(len(names)):
        player = 100 + moment
        expedition_id = await on_the_way(player)
        wish = a_use(player, WIND, expedition_id=expedition_id)
        async with game.house.dies_at(moment):
            await use(game, wish)
        await game.invariants_hold()
        await game.house.wakes_up()

        answer = await insist(lambda wish=wish: use(game, wish))
        assert answer.taken_minutes == 120
        assert await bag(game, player) == {}
        ends = await game.house.value(
            "SELECT ends_at FROM expeditions.user_expeditions WHERE user_id = $1", player
        )
        assert ends.timestamp() == answer.ready_time.seconds
    await game.invariants_hold()


async def test_a_haste_for_nobody_is_back_whenever_a_process_dies(game: Game) -> None:
    async def has(player: int) -> None:
        await game.has(player, quartzs=100)
        await bought(game, player, WIND)
        await game.house.quiet()

    async def in_vain() -> None:
        with refused("EXPEDITION_NOT_FOUND"):
            await use(game, a_use(1, WIND, expedition_id=an_op().op_id))

    await has(1)
    names = await game.house.moments_of(in_vain)
    for moment in every_moment(len(names)):
        player = 100 + moment
        await has(player)
        wish = a_use(player, WIND, expedition_id=an_op().op_id)
        async with game.house.dies_at(moment):
            await use(game, wish)
        await game.house.wakes_up()

        with refused("EXPEDITION_NOT_FOUND"):
            await insist(lambda wish=wish: use(game, wish))
        assert (await bag(game, player), await uses(game, player)) == ({WIND: 1}, [])
    await game.invariants_hold()


@pytest.mark.parametrize("fault", Fault)
async def test_a_purchase_survives_a_broken_payment(game: Game, fault: Fault) -> None:
    await shelve(game, a_source(stock_limit=99))
    await game.users.has(7, crystals=100)
    wish = a_buy(7)

    game.house.faults.break_call("WalletService/Apply", fault)
    await insist(lambda: buy(game, wish))
    await game.house.settles()
    await game.house.faults.deliver_late()

    assert (await bag(game), await sold(game)) == ({"lucky-coin": 1}, 1)
    assert (await game.users.balances(7))["sakura_crystals"] == 90
    await game.invariants_hold()


@pytest.mark.parametrize("fault", Fault)
async def test_a_ticket_survives_a_broken_grant(game: Game, fault: Fault) -> None:
    await game.has(7, quartzs=300)
    await bought(game, 7, STAR)
    wish = a_use(7)

    game.house.faults.break_call("RosterService/Grant", fault)
    await insist(lambda: use(game, wish))
    await game.house.settles()
    await game.house.faults.deliver_late()

    assert len(await game.owned(7)) == len(await uses(game)) == 1
    assert await bag(game) == {}
    await game.invariants_hold()


@pytest.mark.parametrize("fault", Fault)
async def test_a_boost_survives_a_broken_payment(game: Game, fault: Fault) -> None:
    await game.has(7, crystals=1, quartzs=30)
    await bought(game, 7, TEA)
    wish = a_use(7, TEA)

    # The first call of the house has paid for it.
    game.house.faults.break_call("WalletService/Apply", fault, nth=2)
    await insist(lambda: use(game, wish))
    await game.house.settles()
    await game.house.faults.deliver_late()

    assert (await game.users.balances(7))["sakura_crystals"] == 121
    await game.invariants_hold()
