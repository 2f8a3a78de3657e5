"""Operators fill the shelves and take items off them: once per act, all or nothing, never without an audit row."""

from functools import partial
from typing import Any

import pytest

from geminya.common.v1.operator_pb2 import Act
from geminya.economy.v1 import shop_pb2 as pb
from tests.integration.economy.shelves import STAR, a_source, bag, bought, shelve, use
from tests.integration.economy.shelves import a_use as a_wish
from tests.support.calls import bad_request, insist, outcomes, refused
from tests.support.game import Game
from tests.support.operators import an_act
from tests.support.races import CALLS, deadlocks
from tests.unit.economy.test_shop import DAMAGES, damaged


async def shelf(game: Game) -> list[dict[str, Any]]:
    """All that an import can touch."""
    return await game.house.rows("SELECT * FROM economy.shop_items ORDER BY item_code")


async def audit(game: Game, action: str) -> list[dict[str, Any]]:
    """The audit rows of one kind."""
    return await game.house.rows(
        "SELECT * FROM economy.audit WHERE action = $1 ORDER BY at", action
    )


async def imports(game: Game, act: Act, *items: pb.SourceItem) -> pb.AdminImportShopResponse:
    """One act; with its id it may come again."""
    return await game.shop.AdminImportShop(pb.AdminImportShopRequest(act=act, items=items))


async def ends(
    game: Game, item_code: str = STAR, act: Act | None = None
) -> pb.AdminEndItemResponse:
    request = pb.AdminEndItemRequest(act=act or an_act(), item_code=item_code)
    return await game.shop.AdminEndItem(request)


def counts(answer: pb.AdminImportShopResponse) -> tuple[int, int, int, bool]:
    return answer.added, answer.changed, answer.unchanged, answer.is_written


# Importing.


async def test_items_come_onto_the_shelf_with_an_audit_row(game: Game) -> None:
    first = await imports(game, an_act("a coin", name="mina"), a_source(), a_source("other"))
    second = await imports(game, an_act("dearer", name="noor"), a_source(price=20), a_source("new"))

    assert counts(first) == (2, 0, 0, True)
    assert counts(second) == (1, 1, 0, True)
    one, two = await audit(game, "import_shop")
    assert (one["user_id"], one["operator"], one["reason"]) == (0, "mina", "a coin")
    assert (one["before"], sorted(one["after"])) == ({}, ["lucky-coin", "other"])
    assert (two["operator"], two["before"].keys()) == ("noor", {"lucky-coin"})
    assert two["before"]["lucky-coin"]["price"] == 10
    assert two["after"]["lucky-coin"]["price"] == 20


async def test_a_dry_run_counts_and_writes_nothing(game: Game) -> None:
    before = await shelf(game)

    answer = await shelve(game, a_source(), a_source(STAR), dry_run=True)

    assert counts(answer) == (1, 1, 0, False)
    assert await shelf(game) == before
    assert await audit(game, "import_shop") == []


async def test_more_than_ten_kinds_of_damage_are_all_named_and_nothing_is_written(
    game: Game,
) -> None:
    before = await shelf(game)

    answer = await shelve(game, a_source("whole"), *damaged(), a_source("whole"))

    named = sorted((one.field, one.item_code) for one in answer.problems)
    assert len(named) == len(DAMAGES) + 1 > 10
    assert sorted(field for field, _ in named) == sorted(
        ["item_code", *(field for _, field, _ in DAMAGES.values())]
    )
    assert {code for _, code in named} == {"whole", *(item.item_code for item in damaged())}
    assert counts(answer) == (0, 0, 0, False)
    assert await shelf(game) == before
    assert await audit(game, "import_shop") == []


@pytest.mark.parametrize("damage", DAMAGES)
async def test_each_damage_alone_stops_a_file(game: Game, damage: str) -> None:
    changed, field, words = DAMAGES[damage]

    for is_dry in (True, False):
        answer = await shelve(game, a_source("whole"), a_source(**changed), dry_run=is_dry)
        [problem] = answer.problems
        assert (problem.field, answer.is_written) == (field, False)
        assert words in problem.reason
    assert await game.house.value("SELECT count(*) FROM economy.shop_items WHERE price = 10") == 0


async def test_a_stock_below_what_is_sold_is_refused(game: Game) -> None:
    await shelve(game, a_source(stock_limit=5))
    await game.users.has(7, crystals=100)
    await bought(game, 7, "lucky-coin", 3)

    [problem] = (await shelve(game, a_source(stock_limit=2))).problems

    assert (problem.field, problem.reason) == ("stock_limit", "is below the 3 that are sold")
    assert (await shelve(game, a_source(stock_limit=3))).is_written
    await game.invariants_hold()


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.AdminImportShopRequest(items=[a_source()]), "act"),
        (pb.AdminImportShopRequest(act=an_act(), items=[]), "items"),
        (pb.AdminImportShopRequest(act=an_act(), items=[a_source()] * 201), "items"),
        (pb.AdminImportShopRequest(act=an_act("x"), items=[a_source()]), "act.operator.reason"),
    ],
)
async def test_an_import_has_a_form(
    game: Game, request_: pb.AdminImportShopRequest, field: str
) -> None:
    before = await shelf(game)

    with bad_request(field):
        await game.shop.AdminImportShop(request_)

    assert await shelf(game) == before


async def test_a_repeated_import_changes_nothing_and_its_act_is_used_up(game: Game) -> None:
    act = an_act()
    await imports(game, act, a_source())

    assert counts(await imports(game, act, a_source())) == (0, 0, 1, True)
    with refused("OP_REUSED"):
        await imports(game, act, a_source(price=99))
    # Also the old file, when another has come meanwhile.
    await imports(game, an_act(), a_source(price=50))
    with refused("OP_REUSED"):
        await imports(game, act, a_source())

    [price] = [row["price"] for row in await shelf(game) if row["item_code"] == "lucky-coin"]
    assert price == 50
    assert len(await audit(game, "import_shop")) == 2


async def test_64_imports_of_one_act_are_one(game: Game) -> None:
    act = an_act()
    items = [a_source("one"), a_source("two"), a_source(STAR, name="Comet")]

    answers, reasons = await outcomes(
        [
            insist(partial(imports, game, act, *items[:: 1 if turn % 2 else -1]), 60)
            for turn in range(CALLS)
        ]
    )

    assert (len(answers), reasons) == (CALLS, [])
    assert sum(answer.added for answer in answers) == 2
    assert sum(answer.changed for answer in answers) == 1
    assert len(await audit(game, "import_shop")) == 1
    assert await deadlocks(game.house) == 0


# Ending.


async def test_an_item_is_taken_off_the_shelf_and_stays_in_bags(game: Game) -> None:
    await game.has(7, quartzs=600)
    await bought(game, 7, STAR)

    answer = await ends(game, act=an_act("a wrong price", name="mina", ticket="T-7"))

    assert (answer.item.item_code, answer.item.is_active) == (STAR, False)
    with refused("ITEM_NOT_ON_SALE"):
        await bought(game, 7, STAR)
    assert await bag(game) == {STAR: 1}
    [row] = await audit(game, "end_item")
    assert (row["user_id"], row["operator"], row["ticket"]) == (0, "mina", "T-7")
    assert row["before"] == {"item_code": STAR, "is_active": True}
    assert row["after"] == {"item_code": STAR, "is_active": False}
    assert len((await use(game, a_wish(7, STAR))).pulls) == 1
    await game.invariants_hold()


async def test_what_cannot_be_ended_is_refused_without_an_audit_row(game: Game) -> None:
    before = await shelf(game)

    with refused("ITEM_NOT_FOUND", item_code="moon-cheese"):
        await ends(game, "moon-cheese")
    with bad_request("item_code"):
        await ends(game, "Moon Cheese")
    with bad_request("act"):
        await game.shop.AdminEndItem(pb.AdminEndItemRequest(item_code=STAR))

    assert await shelf(game) == before
    assert await audit(game, "end_item") == []


async def test_a_repeated_end_answers_the_same_and_does_nothing_more(game: Game) -> None:
    act = an_act()
    first = await ends(game, act=act)
    # Meanwhile it is back on the shelf, which the repeat must not undo.
    await game.house.run("UPDATE economy.shop_items SET is_active = true")

    assert await ends(game, act=act) == first
    with refused("OP_REUSED"):
        await ends(game, "two-star-series", act=act)

    assert await game.house.value("SELECT bool_and(is_active) FROM economy.shop_items")
    assert len(await audit(game, "end_item")) == 1


async def test_64_ends_of_one_act_are_one(game: Game) -> None:
    act = an_act()

    answers, reasons = await outcomes(
        [insist(partial(ends, game, act=act), 60) for _ in range(CALLS)]
    )

    assert (len(answers), reasons) == (CALLS, [])
    assert all(answer == answers[0] for answer in answers)
    assert len(await audit(game, "end_item")) == 1
    assert await deadlocks(game.house) == 0
