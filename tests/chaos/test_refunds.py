"""A parked operation is paid back exactly once, or goes on, whenever a process dies (decision 0022)."""

from typing import Any

import grpc
import pytest

from geminya.collection.v1 import roster_pb2
from geminya.common.v1 import admin_pb2 as pb
from geminya.economy.v1 import gacha_pb2, shop_pb2
from tests.chaos.test_bond import GIFT, WAIFU, give, has
from tests.integration.collection.bonds import a_gift
from tests.integration.economy.shelves import a_buy, a_source, bag, buy, purchases, shelve, sold
from tests.support.calls import an_op, fails_with, insist, outcomes, refused
from tests.support.faults import Fault, every_moment
from tests.support.game import Game, a_summon
from tests.support.operators import a_refund, a_retry, admin_of

APPLY = "WalletService/Apply"
GRANT = "RosterService/Grant"
PAID, ROLLED, GRANTED = 3, 5, 7
"""Moments of a summon; a gift and an awakening are paid at the same one."""


async def parked(game: Game, schema: str, op_id: str) -> None:
    """Something happened that must not: an operator has to look."""
    await game.house.run(
        f"UPDATE {schema}.operation SET parked = true, trouble = 'a test' WHERE op_id = $1", op_id
    )
    if not game.house.running:
        await game.house.start()
    admin = admin_of(game.house, schema)
    await insist(lambda: admin.AdminListFeatures(pb.AdminListFeaturesRequest()))


async def a_parked_summon(game: Game, player: int = 7, moment: int = PAID) -> Any:
    """A summon that stands after this moment, parked."""
    wish = a_summon(player)
    await insist(lambda: game.gacha.GetPity(gacha_pb2.GetPityRequest(user_id=player)))
    async with game.house.dies_at(moment):
        await game.summon(wish)
    assert game.house.has_died
    await parked(game, "economy", wish.op.op_id)
    return wish


async def refund(game: Game, wish: Any, service: str = "economy", **given: Any) -> Any:
    return await admin_of(game.house, service).AdminRefundOperation(
        a_refund(wish, **given), timeout=10
    )


async def lines_of(game: Game, wish: Any) -> list[tuple[int, str, int]]:
    rows = await game.house.rows(
        "SELECT step, reason, amount FROM users.ledger WHERE op_id = $1 ORDER BY version, currency",
        wish.op.op_id,
    )
    return [tuple(row.values()) for row in rows]


@pytest.mark.parametrize("moment", [PAID, ROLLED])
async def test_a_parked_summon_is_paid_back_once_and_ends(game: Game, moment: int) -> None:
    await game.has(7, crystals=150)
    wish = await a_parked_summon(game, moment=moment)
    request = a_refund(wish)
    admin = admin_of(game.house, "economy")

    answer = await admin.AdminRefundOperation(request, timeout=10)

    assert [money.amount for money in answer.refunded] == [100]
    assert answer.operation.state == 5
    assert not answer.operation.is_parked
    assert (90, "mint.refund", 100) in await lines_of(game, wish)
    assert (await game.users.balances(7))["sakura_crystals"] == 150
    # The same act again is the same act; another one comes too late; and the player reads what happened.
    assert await admin.AdminRefundOperation(request, timeout=10) == answer
    with refused("OPERATION_FINAL"):
        await refund(game, wish)
    with refused("OPERATION_FINAL"):
        await admin.AdminRetryOperation(a_retry(wish))
    with refused("REFUNDED"):
        await insist(lambda: game.summon(wish))
    assert await game.owned(7) == {}
    [row] = await game.house.rows("SELECT * FROM economy.audit")
    assert (row["action"], row["user_id"], row["operator"]) == ("refund", 7, "keeper")
    assert row["before"]["op_id"] == wish.op.op_id
    await game.invariants_hold()


async def test_a_late_grant_finds_its_step_closed(game: Game) -> None:
    await game.has(7, crystals=150)
    wish = await a_parked_summon(game, moment=ROLLED)
    await refund(game, wish)

    late = roster_pb2.GrantRequest(op=an_op(7, step=2, op_id=wish.op.op_id), waifu_ids=[1_000_001])
    with refused("OP_REUSED"):
        await game.roster.Grant(late)

    assert await game.owned(7) == {}
    await game.invariants_hold()


async def test_what_was_handed_over_is_not_refunded_and_goes_on(game: Game) -> None:
    await game.has(7, crystals=150)
    wish = await a_parked_summon(game, moment=GRANTED)

    with refused("NOTHING_TO_REFUND"):
        await refund(game, wish)
    assert await game.house.rows("SELECT * FROM economy.audit") == []
    await admin_of(game.house, "economy").AdminRetryOperation(a_retry(wish))
    await game.house.settles()

    assert len((await game.summon(wish)).pulls) == 10
    await game.invariants_hold()


async def test_a_grant_that_comes_between_look_and_close_ends_the_refund(game: Game) -> None:
    await game.has(7, crystals=150)
    wish = await a_parked_summon(game, moment=GRANTED)
    # As if the look had come before the grant.
    await game.house.run(
        """UPDATE economy.operation SET state = 9, frozen = frozen || '{"9": {}}',
        lease_until = now() - interval '1 s' WHERE op_id = $1""",
        wish.op.op_id,
    )

    await game.house.running["economy"].sweeper.sweep()

    [row] = await game.house.rows("SELECT * FROM economy.operation")
    assert (row["state"], row["parked"]) == (2, True)
    assert "handed over in the last moment" in row["trouble"]
    assert (90, "mint.refund", 100) not in await lines_of(game, wish)
    await admin_of(game.house, "economy").AdminRetryOperation(a_retry(wish))
    await game.house.settles()
    assert len((await game.summon(wish)).pulls) == 10
    await game.invariants_hold()


async def test_what_was_not_paid_or_is_not_parked_is_not_refunded(game: Game) -> None:
    await game.has(7, crystals=500)
    unpaid, done = a_summon(), a_summon()
    await game.summon(done)
    # The answer comes before the last mark, which is a moment too.
    await game.house.quiet()
    async with game.house.dies_at(1):
        await game.summon(unpaid)
    await game.house.start()

    with refused("NOT_PARKED"):
        await insist(lambda: refund(game, unpaid))
    await parked(game, "economy", unpaid.op.op_id)
    with refused("NOTHING_TO_REFUND"):
        await refund(game, unpaid)
    with refused("OPERATION_FINAL"):
        await refund(game, done)
    with refused("OPERATION_NOT_FOUND"):
        await refund(game, a_summon())
    other = a_summon(8, op_id=unpaid.op.op_id)
    with refused("OPERATION_NOT_FOUND"):
        await refund(game, other)

    await admin_of(game.house, "economy").AdminRetryOperation(a_retry(unpaid))
    await game.house.settles()
    assert len((await game.summon(unpaid)).pulls) == 10
    assert await game.house.rows("SELECT * FROM economy.audit WHERE action = 'refund'") == []
    await game.invariants_hold()


@pytest.mark.timeout(180)
async def test_a_refund_survives_a_crash_at_every_moment(game: Game) -> None:
    await game.has(1, crystals=150)
    wish = await a_parked_summon(game, 1, ROLLED)
    names = await game.house.moments_of(lambda: refund(game, wish))
    commits = [name.split()[-1].rpartition(".")[2] for name in names if "commit" in name]
    assert [name for name in commits if not name.startswith(("find_", "is_"))] == [
        "begin_refund", "transaction", "apply", "move_operation",
    ]  # fmt: skip

    for moment in every_moment(len(names)):
        player = 100 + moment
        await game.has(player, crystals=150)
        wish = await a_parked_summon(game, player, PAID if moment % 2 else ROLLED)
        request = a_refund(wish)
        async with game.house.dies_at(moment):
            await admin_of(game.house, "economy").AdminRefundOperation(request, timeout=10)
        assert game.house.has_died, (moment, names)
        await game.house.start()
        await game.house.leases_end()
        for _ in range(3):
            await game.house.running["economy"].sweeper.sweep()

        admin = admin_of(game.house, "economy")
        answer = await insist(
            lambda admin=admin, request=request: admin.AdminRefundOperation(request, timeout=10)
        )
        assert [money.amount for money in answer.refunded] == [100]
        assert (await game.users.balances(player))["sakura_crystals"] == 150
        assert [line for line in await lines_of(game, wish) if line[0] == 90] == [
            (90, "mint.refund", 100)
        ]
    await game.invariants_hold()


async def test_64_refunds_at_once_are_one(game: Game) -> None:
    await game.has(7, crystals=150)
    wish = await a_parked_summon(game)
    admin = admin_of(game.house, "economy")

    requests = [a_refund(wish) for _ in range(64)]
    answers, reasons = await outcomes(
        [
            insist(lambda request=request: admin.AdminRefundOperation(request, timeout=20))
            for request in requests
        ]
    )

    assert len(answers) == 1
    assert set(reasons) <= {"OPERATION_FINAL", "REFUND_BEGUN", "NOT_PARKED"}
    assert len(reasons) == 63
    assert (await game.users.balances(7))["sakura_crystals"] == 150
    assert len(await game.house.rows("SELECT * FROM economy.audit")) == 1
    await game.invariants_hold()


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("call", [APPLY, "OperationService/CloseStep"])
async def test_a_refund_survives_broken_calls(game: Game, fault: Fault, call: str) -> None:
    await game.has(7, crystals=150)
    wish = await a_parked_summon(game)
    request = a_refund(wish)

    game.house.faults.break_call(call, fault)
    admin = admin_of(game.house, "economy")
    answer = await insist(lambda: admin.AdminRefundOperation(request, timeout=10))
    await game.house.settles()
    await game.house.faults.deliver_late()

    assert answer.operation.state == 5
    assert (await game.users.balances(7))["sakura_crystals"] == 150
    await game.invariants_hold()


async def test_a_full_wallet_makes_a_refund_wait(game: Game) -> None:
    await game.has(7, crystals=150)
    wish = await a_parked_summon(game)
    await game.house.run("UPDATE users.users SET sakura_crystals = 9007199254740991 WHERE id = 7")

    with fails_with(grpc.StatusCode.UNAVAILABLE):
        await refund(game, wish)

    admin = admin_of(game.house, "economy")
    [brief] = (
        await admin.AdminListOperations(pb.AdminListOperationsRequest(is_parked=True))
    ).operations
    assert "WALLET_FULL" in brief.trouble
    with refused("REFUND_BEGUN"):
        await admin.AdminRetryOperation(a_retry(wish))
    assert brief.is_parked


async def test_a_parked_gift_is_paid_back_and_not_counted(game: Game) -> None:
    await has(game, 7, 100)
    wish = a_gift(GIFT, WAIFU, 7)
    async with game.house.dies_at(PAID):
        await give(game, wish)
    await parked(game, "collection", wish.op.op_id)

    answer = await refund(game, wish, "collection")

    assert [money.amount for money in answer.refunded] == [15]
    assert (await game.users.balances(7))["quartzs"] == 100
    assert await game.house.value("SELECT gifts_today FROM collection.user_waifus") == 0
    await game.invariants_hold()
    await give(game, a_gift(GIFT, WAIFU, 7))
    await game.invariants_hold()


async def test_a_parked_awakening_is_paid_back_and_she_is_free(game: Game) -> None:
    await has(game, 7, 0)
    await game.house.run("UPDATE users.users SET daphine = 1 WHERE id = 7")
    await game.house.run(
        """
        INSERT INTO users.ledger (user_id, version, currency, op_id, step, reason, amount, balance_after)
        SELECT 7, wallet_version, 'daphine', gen_random_uuid(), 0, 'mint.start', 1, 1
        FROM users.users WHERE id = 7
        """
    )
    wish = roster_pb2.AwakenRequest(op=an_op(7), waifu_id=WAIFU)
    async with game.house.dies_at(PAID):
        await game.roster.Awaken(wish)
    await parked(game, "collection", wish.op.op_id)

    await refund(game, wish, "collection")

    assert (await game.users.balances(7))["daphine"] == 1
    assert await game.house.value("SELECT awakening_op FROM collection.user_waifus") is None
    await game.invariants_hold()
    answer = await game.roster.Awaken(roster_pb2.AwakenRequest(op=an_op(7), waifu_id=WAIFU))
    assert answer.owned.is_awakened
    await game.invariants_hold()


# Purchases.

BOUGHT_PAID, BOUGHT_PUT = 3, 5
"""Moments of a purchase: the price is taken; the items are in the bag."""


async def a_parked_purchase(game: Game, player: int = 7, moment: int = BOUGHT_PAID) -> Any:
    """Two coins of a stock of 9 that stand after this moment, parked."""
    wish = a_buy(player, quantity=2)
    await insist(lambda: game.shop.GetItem(shop_pb2.GetItemRequest(item_code=wish.item_code)))
    async with game.house.dies_at(moment):
        await buy(game, wish)
    assert game.house.has_died
    await parked(game, "economy", wish.op.op_id)
    return wish


async def test_the_moments_of_a_purchase_are_known(game: Game) -> None:
    await shelve(game, a_source(stock_limit=9))
    await game.has(7, crystals=100)

    names = await game.house.moments_of(lambda: buy(game, a_buy(7)))

    assert names[BOUGHT_PAID - 1] == "commit users apply"
    assert names[BOUGHT_PUT - 1] == "commit economy put_bought"


async def test_a_parked_purchase_is_paid_back_and_its_stock_is_free(game: Game) -> None:
    await shelve(game, a_source(stock_limit=9))
    await game.has(7, crystals=100)
    wish = await a_parked_purchase(game)
    assert (await sold(game), await purchases(game)) == (2, ["pending"])

    answer = await refund(game, wish)

    assert [money.amount for money in answer.refunded] == [20]
    assert (await game.users.balances(7))["sakura_crystals"] == 100
    assert (await bag(game), await sold(game), await purchases(game)) == ({}, 0, ["refunded"])
    with refused("REFUNDED"):
        await insist(lambda: buy(game, wish))
    await game.invariants_hold()


async def test_what_is_in_the_bag_is_not_refunded(game: Game) -> None:
    await shelve(game, a_source(stock_limit=9))
    await game.has(7, crystals=100)
    wish = await a_parked_purchase(game, moment=BOUGHT_PUT)

    with refused("NOTHING_TO_REFUND"):
        await refund(game, wish)
    await admin_of(game.house, "economy").AdminRetryOperation(a_retry(wish))
    await game.house.settles()

    assert (await insist(lambda: buy(game, wish))).owned == 2
    assert (await bag(game), await sold(game)) == ({"lucky-coin": 2}, 2)
    await game.invariants_hold()


@pytest.mark.timeout(240)
async def test_a_refund_of_a_purchase_survives_a_crash_at_every_moment(game: Game) -> None:
    await shelve(game, a_source(stock_limit=9))
    await game.has(1, crystals=100)
    wish = await a_parked_purchase(game, 1)
    names = await game.house.moments_of(lambda: refund(game, wish))
    assert len(names) > 6

    for moment in every_moment(len(names)):
        player = 100 + moment
        await game.has(player, crystals=100)
        wish = await a_parked_purchase(game, player)
        request = a_refund(wish)
        async with game.house.dies_at(moment):
            await admin_of(game.house, "economy").AdminRefundOperation(request, timeout=10)
        assert game.house.has_died, (moment, names)
        await game.house.start()
        await game.house.leases_end()
        for _ in range(3):
            await game.house.running["economy"].sweeper.sweep()

        admin = admin_of(game.house, "economy")
        answer = await insist(
            lambda admin=admin, request=request: admin.AdminRefundOperation(request, timeout=10)
        )
        assert [money.amount for money in answer.refunded] == [20]
        assert (await game.users.balances(player))["sakura_crystals"] == 100
        assert await purchases(game, player) == ["refunded"]
        # A stock of 9 would not last for all of them, if one refund forgot to give it back.
        assert (await bag(game, player), await sold(game)) == ({}, 0)
    await game.invariants_hold()
