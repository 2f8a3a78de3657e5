"""The shelves and the bag: what is seen, what buttons carry, and that all of it fits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_bot import options
from gateway_bot.cogs.inventory import Inventory
from gateway_bot.cogs.shop import Shop
from gateway_bot.pages import Window
from gateway_bot.refusals import Hint
from gateway_bot.views import inventory, shop
from geminya.economy.v1 import shop_pb2 as pb
from geminya.users.v1.account_pb2 import GetAccountResponse
from tests.unit.bot.builders import (
    NOW,
    OWNER,
    a_desk,
    a_pull,
    a_waifu,
    an_account,
    at,
    buttons,
    components,
    crystals,
    quartz,
    refused,
    shown,
)
from tests.unit.bot.stage import Act, Stage, written
from tests.unit.bot.test_views import WILD, fits

LONGEST_CODE, LONGEST_CATEGORY = "a" * 40, "c" * 50


@pytest.fixture
async def stage() -> Any:
    made = Stage()
    yield made
    await made.clients.close()


def an_item(kind: str = "guarantee_ticket", **facts: Any) -> pb.Item:
    usual: dict[str, Any] = {
        "item_code": "falling-star",
        "name": "Falling Star",
        "description": "It lands where it likes.",
        "category": "tickets",
        "item_type": kind,
        "rarity": "rare",
        "price": quartz(300),
        "stock_limit": -1,
        "is_active": True,
        "user_limit_period": "ever",
    }
    return pb.Item(**usual | facts)


def on_shelf(may_buy: int = -1, owned: int = 0, **facts: Any) -> pb.ShelfItem:
    return pb.ShelfItem(item=an_item(**facts), is_on_sale=True, may_buy=may_buy, owned=owned)


def a_window(*rows: Any, has_more: bool = False) -> Any:
    return Window([*rows], has_more)


def disabled(view: Any) -> list[str]:
    return [
        part["label"] for part in components(view) if part["type"] == 2 and part.get("disabled")
    ]


def orders(view: Any) -> list[str]:
    """The labels of the buttons that buy, or ask how many."""
    actions = (f".{shop.BUY}.", f".{shop.ASK}.")
    return [
        label for label, custom_id in buttons(view).items() if any(a in custom_id for a in actions)
    ]


# Shelves.


def test_a_shelf_tells_price_purse_and_category() -> None:
    view = shop.shelf_view(
        a_window(on_shelf(), on_shelf(0, item_code="coin", name="Coin", category="materials")),
        0,
        "",
        [quartz(1200)],
        a_desk(),
    )

    text = shown(view)
    fits(view)
    for words in (
        "Falling Star",
        "Coin",
        "Tickets",
        "Materials",
        "300",
        "1\N{NARROW NO-BREAK SPACE}200",
    ):
        assert words in text
    assert buttons(view) == {}


def test_a_full_page_of_the_longest_items_fits() -> None:
    rows = [
        on_shelf(
            number,
            item_code=f"{LONGEST_CODE[:-2]}{number:02}",
            name=(WILD * 2)[:100],
            description=WILD * 16,
            category=LONGEST_CATEGORY,
            price=crystals(100_000),
        )
        for number in range(shop.PAGE_SIZE)
    ]

    view = shop.shelf_view(
        a_window(*rows, has_more=True), 98, LONGEST_CATEGORY, [crystals(2**53)], a_desk()
    )

    fits(view)
    assert {f"{page}~{LONGEST_CATEGORY}" for page in (97, 99)} <= {
        a_desk().offers.open(OWNER, custom_id).data for custom_id in buttons(view).values()
    }


@pytest.mark.parametrize("page", [0, 1, 999_999])
def test_a_page_button_carries_the_longest_category(page: int) -> None:
    """Page and category travel in the button, beside its signature."""
    desk = a_desk()
    view = shop.shelf_view(
        a_window(on_shelf(), has_more=True), page, LONGEST_CATEGORY, [quartz(1)], desk
    )

    fits(view)
    offers = [desk.offers.open(desk.owner, custom_id) for custom_id in buttons(view).values()]
    assert f"{page + 1}~{LONGEST_CATEGORY}" in [offer.data for offer in offers]


def test_an_empty_shelf_says_so() -> None:
    view = shop.shelf_view(a_window(), 0, "moon", [], a_desk())

    fits(view)
    assert buttons(view) == {}


@pytest.mark.parametrize(
    ("purse", "may_buy", "closed"),
    [
        (300 * 5, -1, []),
        (300 * 5 - 1, -1, [5]),
        (299, -1, [1, 5, 0]),
        (300 * 9, 4, [5]),
        (300 * 9, 0, [1, 5, 0]),
    ],
)
def test_only_what_can_be_bought_can_be_pressed(
    purse: int, may_buy: int, closed: list[int]
) -> None:
    view = shop.item_view(on_shelf(may_buy), [crystals(10**6), quartz(purse)], a_desk())

    fits(view)
    one, five, ask = orders(view)
    labels = {1: one, 5: five, 0: ask}
    assert disabled(view) == [labels[count] for count in closed]


def test_an_item_tells_its_limits() -> None:
    shelf = on_shelf(
        2,
        owned=3,
        stock_limit=50,
        sold=48,
        user_limit=7,
        user_limit_period="week",
        min_rank=4,
        lasts_hours=30,
        end_time=at(NOW + 60),
    )

    text = shown(shop.item_view(shelf, [quartz(1)], a_desk()))

    for words in ("2", "7", "30", "4", f"<t:{NOW + 60}"):
        assert words in text


def test_what_is_not_on_sale_cannot_be_bought() -> None:
    item = an_item()
    item.ClearField("price")

    view = shop.item_view(pb.ShelfItem(item=item, may_buy=-1), [], a_desk())

    fits(view)
    assert orders(view) == []


@given(st.integers(1, 99), st.from_regex(r"[a-z0-9]{1,20}(-[a-z0-9]{1,18})?", fullmatch=True))
def test_a_button_remembers_what_it_buys(quantity: int, item_code: str) -> None:
    assert shop.read_order(shop.order(quantity, item_code)) == (quantity, item_code)


def test_a_receipt_tells_what_was_paid_and_sells_one_more() -> None:
    bought = pb.BuyResponse(
        item=an_item(item_code=LONGEST_CODE, name=WILD),
        quantity=99,
        price=quartz(29_700),
        balances=[crystals(1), quartz(2)],
        owned=10_000,
    )

    view = shop.bought_view(bought, a_desk())

    fits(view)
    assert "99 ×" in shown(view)
    assert len(orders(view)) == 1


@pytest.mark.parametrize("state", ["pending", "completed", "rejected", "refunded"])
def test_the_history_tells_every_state(state: str) -> None:
    one = pb.Purchase(
        name=WILD, quantity=3, price=quartz(900), transaction_status=state, time=at(NOW)
    )

    view = shop.history_view(a_window(*[one] * 16, has_more=True), 3, a_desk())

    fits(view)
    assert len(buttons(view)) == 2


# The bag.


def a_stack(kind: str = "guarantee_ticket", quantity: int = 2, **facts: Any) -> pb.Stack:
    return pb.Stack(item=an_item(kind), quantity=quantity, acquire_time=at(NOW), **facts)


def test_a_bag_tells_how_many_and_until_when() -> None:
    view = inventory.bag_view(
        a_window(a_stack(quantity=3), a_stack(expire_time=at(NOW + 3600))), 0, a_desk()
    )

    fits(view)
    assert "3 × Falling Star" in shown(view).replace("**", "")
    assert f"<t:{NOW + 3600}" in shown(view)
    # Two stacks of one item are one line of the menu.
    [menu] = [part for part in components(view) if part["type"] == 3]
    assert len(menu["options"]) == 1


def test_a_full_page_of_a_bag_fits() -> None:
    rows = [
        pb.Stack(
            item=an_item(item_code=f"item-{number}", name=WILD[:100], description=WILD * 16),
            quantity=2**40,
            expire_time=at(NOW),
        )
        for number in range(inventory.PAGE_SIZE)
    ]

    fits(inventory.bag_view(a_window(*rows, has_more=True), 5, a_desk()))


def test_an_empty_bag_says_so() -> None:
    view = inventory.bag_view(a_window(), 0, a_desk())

    fits(view)
    assert shown(view)


@pytest.mark.parametrize(
    ("kind", "owned", "has_button"),
    [
        ("guarantee_ticket", 1, True),
        ("multi_guarantee_ticket", 1, True),
        ("boost", 1, True),
        ("boost", 0, False),
        ("series_ticket", 1, False),
        ("selectix_ticket", 1, False),
        ("haste", 1, False),
        ("material", 1, False),
    ],
)
def test_a_button_uses_what_needs_no_choice(kind: str, owned: int, has_button: bool) -> None:
    view = inventory.item_view(an_item(kind, item_code=LONGEST_CODE), owned, a_desk())

    fits(view)
    assert any(f".{inventory.USE}." in one for one in buttons(view).values()) is has_button


def test_all_that_came_of_fifteen_tickets_fits() -> None:
    waifus = {number: a_waifu(number, name=WILD, series=WILD) for number in range(15)}
    used = [
        pb.UseItemResponse(
            item=an_item(name=WILD),
            pulls=[a_pull(number, rarity=3, is_new=True)],
            paid=[quartz(20)],
            balances=[quartz(20 * number)],
            risen_rank=number,
            owned=15 - number,
        )
        for number in range(15)
    ]

    view = inventory.used_view(used, waifus, sheet_file=None, note="The bag is empty.")

    fits(view)
    assert "15 ×" in shown(view)
    assert "The bag is empty." in shown(view)
    assert len(inventory.cards(used, waifus)) == inventory.SHEET_CARDS


def test_the_best_cards_are_shown_where_they_are_too_many() -> None:
    pulls = [a_pull(number, rarity=1 + (number > 12)) for number in range(15)]
    used = [pb.UseItemResponse(item=an_item(), pulls=pulls)]

    faces = inventory.cards(used, {})

    assert [face.rarity for face in faces[:2]] == [2, 2]


def test_tea_and_wind_say_what_they_did() -> None:
    tea = pb.UseItemResponse(item=an_item("boost"), paid=[crystals(120)], balances=[crystals(130)])
    wind = pb.UseItemResponse(
        item=an_item("haste"), expedition_name=WILD, ready_time=at(NOW), taken_minutes=90
    )

    for used, words in ((tea, "120"), (wind, "90")):
        view = inventory.used_view([used], {}, sheet_file=None)
        fits(view)
        assert words in shown(view)


# Presses.


BOUGHT = pb.BuyResponse(item=an_item(), quantity=1, price=quartz(300), owned=1)
USED = pb.UseItemResponse(item=an_item("boost"), paid=[crystals(120)], owned=1)


async def test_two_presses_of_a_button_buy_by_one_operation(stage: Stage) -> None:
    Shop(stage)  # type: ignore[arg-type]
    stage.script("account", "GetAccount", GetAccountResponse(account=an_account(collector_rank=4)))
    buy = stage.script("shop", "Buy", BOUGHT)
    custom_id = a_desk().sign(shop.BUY, shop.order(5, LONGEST_CODE))

    [_, act] = [await stage.press(custom_id, Act(number)) for number in range(2)]

    assert [(one.item_code, one.quantity) for one in buy.requests] == [(LONGEST_CODE, 5)] * 2
    assert {one.collector_rank for one in buy.requests} == {4}
    assert len({one.op.op_id for one in buy.requests}) == 1
    fits(act.view)


@pytest.mark.parametrize("typed", ["0", "100", "-1", "ten", "", "1.5"])
async def test_a_form_with_no_quantity_buys_nothing(stage: Stage, typed: str) -> None:
    Shop(stage)  # type: ignore[arg-type]
    buy = stage.script("shop", "Buy", BOUGHT)
    custom_id = a_desk().sign(shop.FORM, "falling-star")

    with pytest.raises(Exception, match="no_quantity"):
        await stage.press(custom_id, Act(data=written(quantity=typed)))

    assert buy.requests == []


async def test_two_presses_use_one_item(stage: Stage) -> None:
    Inventory(stage)  # type: ignore[arg-type]
    use = stage.script("shop", "UseItem", USED)
    custom_id = a_desk().sign(inventory.USE, "morning-blend")

    [_, act] = [await stage.press(custom_id, Act(number)) for number in range(2)]

    assert [one.item_code for one in use.requests] == ["morning-blend"] * 2
    assert len({one.op.op_id for one in use.requests}) == 1
    assert "120" in act.text


async def test_a_row_of_uses_is_parts_of_one_command_and_stops_at_a_refusal(stage: Stage) -> None:
    cog = Inventory(stage)  # type: ignore[arg-type]
    stop = refused("USED_TODAY", "economy.geminya", name="Tea", next_time=str(NOW))
    use = stage.script("shop", "UseItem", USED, USED, stop)
    act = Act()

    await cog.act(act, pb.UseItemRequest(item_code="morning-blend"), 15)  # type: ignore[arg-type]

    assert len(use.requests) == 3
    assert len({one.op.op_id for one in use.requests}) == 3
    assert len({one.op.parent_op_id for one in use.requests}) == 1
    assert "2 ×" in act.text
    fits(act.view)


async def test_what_is_in_no_bag_is_told_so(stage: Stage) -> None:
    stage.script("shop", "ListInventory", pb.ListInventoryResponse())

    with pytest.raises(Hint, match="not_in_bag"):
        await options.own_item_code(stage.clients, 7, "Morning Blend")


def test_an_item_says_what_is_missing_and_leads_back() -> None:
    item = pb.Item(item_code="tea", name="Tea", rarity="common", lasts_hours=168, stock_limit=-1)
    item.price.CopyFrom(quartz(30))
    shelf = pb.ShelfItem(item=item, is_on_sale=True, may_buy=-1)

    poor = shop.item_view(shelf, [quartz(10)], a_desk())
    rich = shop.item_view(shelf, [quartz(90)], a_desk())

    assert "20 quartz** are missing" in shown(poor)
    assert "are missing" not in shown(rich)
    assert "It keeps for 7 days" in shown(rich)
    assert "To the shop" in buttons(poor)
