"""An awakening survives everything: one daphine for one waifu, whenever a process dies (suites T2, T3)."""

import pytest

from geminya.collection.v1 import roster_pb2 as pb
from geminya.common.v1.operator_pb2 import Operator
from tests.integration.collection.builders import a_grant
from tests.support.calls import an_op, insist, refused
from tests.support.faults import Fault, every_moment
from tests.support.game import Game

WAIFU = 1_000_001
APPLY = "WalletService/Apply"


def a_wish(player: int) -> pb.AwakenRequest:
    return pb.AwakenRequest(op=an_op(player), waifu_id=WAIFU)


async def has(game: Game, player: int, daphine: int) -> None:
    await game.users.has(player, crystals=1, daphine=daphine)
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


async def state(game: Game, player: int) -> tuple[bool, bool, int]:
    """Awake, marked, daphine left."""
    [row] = await game.house.rows(
        "SELECT is_awakened, awakening_op FROM collection.user_waifus WHERE user_id = $1", player
    )
    left = (await game.users.balances(player))["daphine"]
    return row["is_awakened"], row["awakening_op"] is not None, left


@pytest.mark.timeout(180)
async def test_an_awakening_survives_a_crash_at_every_moment(game: Game) -> None:
    await has(game, 1, 2)
    names = await game.house.moments_of(lambda: game.roster.Awaken(a_wish(1), timeout=8))
    assert [name.split()[-1].rpartition(".")[2] for name in names if "commit" in name] == [
        "open_awakening",
        "apply",
        "wake",
        "finish_operation",
    ]

    for moment in every_moment(len(names)):
        player, wish = 100 + moment, a_wish(100 + moment)
        await has(game, player, 2)
        async with game.house.dies_at(moment):
            await game.roster.Awaken(wish, timeout=8)
        assert game.house.has_died, moment
        await game.house.wakes_up()

        answer = await insist(lambda wish=wish: game.roster.Awaken(wish, timeout=8))
        assert answer.owned.is_awakened
        assert await state(game, player) == (True, False, 1)
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_a_refused_awakening_leaves_no_mark_whenever_a_process_dies(game: Game) -> None:
    await has(game, 1, 0)

    async def in_vain() -> None:
        with refused("INSUFFICIENT_FUNDS"):
            await game.roster.Awaken(a_wish(1), timeout=8)

    count = len(await game.house.moments_of(in_vain))
    for moment in every_moment(count):
        player, wish = 100 + moment, a_wish(100 + moment)
        await has(game, player, 0)
        async with game.house.dies_at(moment):
            await game.roster.Awaken(wish, timeout=8)
        await game.house.wakes_up()

        with refused("INSUFFICIENT_FUNDS", currency="daphine", price="1", balance="0"):
            await insist(lambda wish=wish: game.roster.Awaken(wish, timeout=8))
        assert await state(game, player) == (False, False, 0)
    await game.invariants_hold()


@pytest.mark.parametrize("fault", Fault)
async def test_an_awakening_survives_a_broken_payment(game: Game, fault: Fault) -> None:
    await has(game, 7, 2)
    wish = a_wish(7)

    game.house.faults.break_call(APPLY, fault)
    await insist(lambda: game.roster.Awaken(wish, timeout=8))
    await game.house.settles()
    await game.house.faults.deliver_late()

    assert await state(game, 7) == (True, False, 1)
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_an_operators_gift_survives_a_crash_at_every_moment(game: Game) -> None:
    """With surplus, so that all of its steps take place."""

    def gift(player: int) -> pb.AdminGiveWaifuRequest:
        operator = Operator(name="Mio", reason="a lost parcel")
        return pb.AdminGiveWaifuRequest(
            op=an_op(player), operator=operator, waifu_id=WAIFU, copies=30
        )

    async def fresh(player: int) -> pb.AdminGiveWaifuRequest:
        await game.users.has(player, crystals=1)
        return gift(player)

    first = await fresh(1)
    names = await game.house.moments_of(lambda: game.roster.AdminGiveWaifu(first, timeout=8))
    expected = (await game.users.balances(1))["quartzs"]
    assert expected > 0

    for moment in every_moment(len(names)):
        player = 100 + moment
        request = await fresh(player)
        async with game.house.dies_at(moment):
            await game.roster.AdminGiveWaifu(request, timeout=8)
        await game.house.wakes_up()

        await insist(lambda request=request: game.roster.AdminGiveWaifu(request, timeout=8))
        assert await game.owned(player) == {WAIFU: 6}
        assert (await game.users.balances(player))["quartzs"] == expected
        assert (
            await game.house.value(
                "SELECT count(*) FROM collection.audit WHERE user_id = $1", player
            )
            == 1
        )
    await game.invariants_hold()


async def test_a_grant_in_between_does_not_disturb_an_awakening(game: Game) -> None:
    await has(game, 7, 1)
    wish = a_wish(7)
    count = len(await game.house.moments_of(lambda: _another(game)))
    assert count

    async with game.house.dies_at(2):
        await game.roster.Awaken(wish, timeout=8)
    await game.house.start()
    await game.roster.Grant(a_grant(WAIFU, WAIFU, player=7, step=3))
    await game.house.wakes_up()

    assert (await insist(lambda: game.roster.Awaken(wish, timeout=8))).owned.is_awakened
    assert await state(game, 7) == (True, False, 0)


async def _another(game: Game) -> None:
    await has(game, 1, 1)
    await game.roster.Awaken(a_wish(1), timeout=8)
