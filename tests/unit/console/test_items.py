"""Items of the shop as rows."""

import pytest

from console.items import item_facts, item_row
from geminya.common.v1.money_pb2 import CURRENCY_QUARTZS, CURRENCY_SAKURA_CRYSTALS, Money
from geminya.economy.v1.shop_pb2 import Item, ItemEffects, ShelfItem


def facts(**given: object) -> dict[str, object]:
    return item_facts(ShelfItem(item=Item(stock_limit=-1, **given)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("effects", "does"),
    [
        (ItemEffects(), None),
        (ItemEffects(guarantee_rarity=3), "summons 1 of 3 stars"),
        (
            ItemEffects(guarantee_rarity=2, choose_series=True),
            "summons 1 of 2 stars, the player names a series",
        ),
        (
            ItemEffects(guarantee_rarity=1, choose_character=True),
            "summons 1 of 1 stars, the player names a waifu",
        ),
        (ItemEffects(guarantee_rarity=3, summon_count=10), "summons 10 of 3 stars"),
        (
            ItemEffects(boost=Money(currency=CURRENCY_SAKURA_CRYSTALS, amount=120)),
            "pays 120 crystals once a day",
        ),
        (ItemEffects(haste_minutes=120), "brings a party back 120 minutes sooner"),
    ],
)
def test_an_item_says_what_it_does(effects: ItemEffects, does: str | None) -> None:
    assert facts(effects=effects)["does"] == does


def test_what_has_no_price_or_limit_says_so() -> None:
    row = facts()

    assert (row["price"], row["stock"], row["player_limit"]) == (None, None, None)
    assert (row["starts"], row["ends"], row["lasts_hours"]) == (None, None, None)


@pytest.mark.parametrize(
    ("period", "limit"), [("day", "3 a day"), ("week", "3 a week"), ("ever", "3 ever")]
)
def test_a_limit_names_its_time(period: str, limit: str) -> None:
    assert facts(user_limit=3, user_limit_period=period)["player_limit"] == limit


def test_a_price_is_told_with_its_currency() -> None:
    item = Item(price=Money(currency=CURRENCY_QUARTZS, amount=25), stock_limit=0)

    row = item_row(ShelfItem(item=item))

    assert (row["price"], row["stock"]) == ("25 quartz", 0)
