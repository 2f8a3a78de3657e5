"""What items may be, whom tickets bring, and when a stack ends."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.dice import Dice, Seed
from chassis.money import Currency
from console.sources import read_shop
from geminya.economy.v1 import shop_pb2 as pb
from services.economy.errors import ChoiceMissing, ChoiceNotAllowed, ItemNotUsable, PoolEmpty
from services.economy.gacha.rules import Candidate
from services.economy.shop import messages, rules, source
from services.economy.shop.rules import Choice, Ticket
from services.users.wallet.rules import CEILING
from tests.integration.economy.shelves import a_source
from tests.unit.economy.banners import CONTENT, SOMEBODY, seeds

MANY = tuple(Candidate(waifu_id, waifu_id % 3, 3) for waifu_id in range(100, 120))
EVERYBODY = (*SOMEBODY, *MANY)
tickets = st.builds(
    Ticket,
    st.just("Ticket"),
    st.sampled_from([rules.GUARANTEE, rules.SERIES, rules.MULTI]),
    st.integers(1, 3),
    st.integers(1, 10),
)

DAMAGES: dict[str, tuple[dict[str, Any], str, str]] = {
    "code": ({"item_code": "Lucky Coin"}, "item_code", "not a slug"),
    "long code": ({"item_code": "a" * 41}, "item_code", "at most 40"),
    "no name": ({"name": " "}, "name", "empty"),
    "long name": ({"name": "n" * 101}, "name", "longer than 100"),
    "bell": ({"name": "ding\a"}, "name", "not to be read"),
    "long description": ({"description": "d" * 1001}, "description", "longer than 1000"),
    "category": ({"category": "Odds & Ends"}, "category", "not a slug"),
    "rarity": ({"rarity": "mythic"}, "rarity", "'mythic' is none of common"),
    "currency": ({"currency_type": "gold"}, "currency_type", "'gold' is none of"),
    "dear": ({"price": 100_001}, "price", "not between 0 and 100000"),
    "negative price": ({"price": -1}, "price", "-1 is not between"),
    "stock": ({"stock_limit": -2}, "stock_limit", "-2 is neither"),
    "huge stock": ({"stock_limit": 2**31}, "stock_limit", "is neither"),
    "limit": ({"user_limit": -1}, "user_limit", "-1 is not"),
    "period": ({"user_limit_period": "month"}, "user_limit_period", "'month' is none of"),
    "rank": ({"min_rank": -1}, "min_rank", "-1 is not a rank"),
    "lasts": ({"lasts_hours": 8_761}, "lasts_hours", "not between 0 and 8760"),
    "ends first": ({"start_time": 2_000_000, "end_time": 1_000_000}, "end_time", "not after"),
    "no time": ({"start_time": 2**50}, "start_time", "not a time"),
    "type": ({"item_type": "sword"}, "item_type", "'sword' is none of boost, guarantee_ticket"),
    "effects": ({"effects": "[]"}, "effects", "is no JSON object"),
    "no json": ({"effects": "{"}, "effects", "is no JSON object"),
    "strange word": ({"effects": {"boost": 1}}, "effects", "boost means nothing to a material"),
    "missing word": ({"item_type": "haste"}, "effects", "haste_minutes is missing"),
    "stars": (
        {"item_type": "guarantee_ticket", "effects": {"guarantee_rarity": 4}},
        "effects",
        "guarantee_rarity 4 is not 1, 2 or 3",
    ),
    "true stars": (
        {"item_type": "guarantee_ticket", "effects": {"guarantee_rarity": True}},
        "effects",
        "guarantee_rarity True is not 1, 2 or 3",
    ),
    "no choice": (
        {
            "item_type": "series_ticket",
            "effects": {"guarantee_rarity": 2, "choose_series": False},
        },
        "effects",
        "choose_series is not true",
    ),
    "count": (
        {
            "item_type": "multi_guarantee_ticket",
            "effects": {"guarantee_rarity": 3, "summon_count": 11},
        },
        "effects",
        "summon_count 11 is not between 2 and 10",
    ),
    "minutes": (
        {"item_type": "haste", "effects": {"haste_minutes": 0}},
        "effects",
        "haste_minutes 0 is not between",
    ),
    "boost": (
        {"item_type": "boost", "effects": {"boost": 5}},
        "effects",
        "not made of currency_type and amount",
    ),
    "boost of gold": (
        {"item_type": "boost", "effects": {"boost": {"currency_type": "gold", "amount": 5}}},
        "effects",
        "no such currency",
    ),
    "huge boost": (
        {"item_type": "boost", "effects": {"boost": {"currency_type": "daphine", "amount": 11}}},
        "effects",
        "not between 1 and 10 daphine",
    ),
    "money for less": (
        {
            "item_type": "boost",
            "effects": {"boost": {"currency_type": "sakura_crystals", "amount": 10}},
        },
        "effects",
        "boost gives 10 for a price of 10",
    ),
}
"""What is changed of a good item, the field that is named, and words of the reason."""


def damaged() -> list[pb.SourceItem]:
    """An item for every damage, each with a code of its own where that is not the damage."""
    return [
        a_source(**{"item_code": f"coin-{place}"} | changed)
        for place, (changed, _, _) in enumerate(DAMAGES.values())
    ]


def problems_of(
    *items: pb.SourceItem, sold: dict[str, int] | None = None
) -> list[tuple[str, str, str]]:
    """Everything that is wrong: code, field and reason."""
    read, problems = messages.sources_in(items)
    problems += source.check(read, EVERYBODY, sold or {})
    return [(one.item_code, one.field, one.reason) for one in problems]


# Files of operators.


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_is_named_with_its_field(damage: str) -> None:
    changed, field, words = DAMAGES[damage]

    [(code, named, reason)] = problems_of(a_source("whole"), a_source(**changed))

    assert (code, named) == (changed.get("item_code", "lucky-coin"), field)
    assert words in reason


def test_every_damage_of_a_file_is_named_at_once() -> None:
    found = problems_of(*damaged())

    assert sorted(field for _, field, _ in found) == sorted(
        field for _, field, _ in DAMAGES.values()
    )
    assert {code for code, _, _ in found} == {item.item_code for item in damaged()}


def test_every_fault_of_one_item_is_named() -> None:
    found = problems_of(a_source(name="", rarity="", price=-1, item_type=""))

    assert [field for _, field, _ in found] == ["name", "rarity", "price", "item_type"]


def test_a_code_that_stands_twice_or_not_at_all_is_named() -> None:
    assert problems_of(a_source(), a_source()) == [("lucky-coin", "item_code", "stands twice")]
    [(code, field, _)] = problems_of(a_source(), a_source(""))
    assert (code, field) == ("item 2", "item_code")


def test_a_stock_below_what_is_sold_is_named() -> None:
    item = a_source(stock_limit=4)

    assert problems_of(item, sold={"lucky-coin": 4}) == []
    [(_, field, reason)] = problems_of(item, sold={"lucky-coin": 5})
    assert (field, reason) == ("stock_limit", "is below the 5 that are sold")


@pytest.mark.parametrize(
    ("kind", "stars", "catalogue"),
    [("guarantee_ticket", 3, [Candidate(1, 1, 2)]), ("multi_guarantee_ticket", 3, MANY[:9])],
)
def test_a_ticket_that_could_bring_nobody_is_named(
    kind: str, stars: int, catalogue: list[Candidate]
) -> None:
    effects = {"guarantee_rarity": stars}
    if kind == rules.MULTI:
        effects["summon_count"] = 10
    read, _ = messages.sources_in([a_source(item_type=kind, effects=effects)])

    [problem] = source.check(read, catalogue, {})

    assert problem.field == "effects"
    assert f"the catalogue has {sum(one.rarity == stars for one in catalogue)}" in problem.reason


def test_our_own_shop_is_without_fault() -> None:
    """All seven tickets, a boost, a haste, and what expeditions find (docs/game.md)."""
    items = [entry.message for entry in read_shop(CONTENT / "shop.toml")]

    assert problems_of(*items) == []
    kinds = Counter(item.item_type for item in items)
    assert sum(kinds[kind] for kind in rules.TICKETS) == 7
    assert kinds.keys() == rules.TYPES


@given(st.text(max_size=60))
def test_effects_are_an_object_or_none(text: str) -> None:
    effects = source.effects_in(text)

    assert effects is None or isinstance(effects, dict)


def test_effects_that_are_nested_without_end_are_none() -> None:
    assert source.effects_in('{"a":' * 100_000) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
words = st.sampled_from(sorted(set().union(*source.NEEDS.values()))) | st.text(max_size=5)


@given(
    st.sampled_from(sorted(rules.TYPES)),
    st.dictionaries(words, values, max_size=4),
    st.integers(-(2**63), 2**63 - 1),
)
def test_whatever_stands_in_a_file_is_named_and_never_breaks(
    kind: str, effects: dict[str, Any], number: int
) -> None:
    item = a_source(
        item_type=kind,
        effects=json.dumps(effects),
        **dict.fromkeys(("price", "stock_limit", "user_limit", "min_rank", "lasts_hours"), number),
    )

    if problems_of(item):
        return
    # What is let in fits its columns.
    assert set(effects) == source.NEEDS[kind]
    assert -1 <= number <= source.MOST_INT


@pytest.mark.parametrize("currency", Currency)
def test_99_of_the_dearest_are_what_the_wallet_takes(currency: Currency) -> None:
    assert rules.MOST_AT_ONCE * rules.MAX_PRICE[currency] <= CEILING[currency]
    assert rules.MAX_BOOST[currency] <= CEILING[currency]


# Using.


@pytest.mark.parametrize(
    ("kind", "choice", "missing"),
    [
        (rules.SERIES, Choice(), "series"),
        (rules.SERIES, Choice(waifu_id=3), "series"),
        (rules.SELECTOR, Choice(series_id=3), "waifu"),
        (rules.HASTE, Choice(), "expedition"),
    ],
)
def test_what_has_to_be_named_is_asked_for(kind: str, choice: Choice, missing: str) -> None:
    with pytest.raises(ChoiceMissing) as refusal:
        rules.check_usable("Thing", kind, choice)

    assert refusal.value.metadata["choice"] == missing


def test_a_material_does_nothing() -> None:
    with pytest.raises(ItemNotUsable):
        rules.check_usable("Petal", rules.MATERIAL, Choice(1, 1, "x"))


@pytest.mark.parametrize("kind", sorted(rules.TYPES - {rules.MATERIAL}))
def test_with_everything_named_all_else_may_be_used(kind: str) -> None:
    rules.check_usable("Thing", kind, Choice(1, 1, "x"))


@given(tickets, st.integers(0, 3))
def test_a_pool_has_all_that_fit_and_nobody_else(ticket: Ticket, series_id: int) -> None:
    fits = sorted(
        one.waifu_id
        for one in EVERYBODY
        if one.rarity == ticket.rarity
        and (ticket.type != rules.SERIES or one.series_id == series_id)
    )
    if len(fits) < ticket.count:
        with pytest.raises(PoolEmpty):
            rules.pool_of(ticket, Choice(series_id), EVERYBODY)
        return

    assert rules.pool_of(ticket, Choice(series_id), EVERYBODY) == tuple(fits)
    # The order of the catalogue decides nothing.
    assert rules.pool_of(ticket, Choice(series_id), EVERYBODY[::-1]) == tuple(fits)


def test_a_letter_brings_whom_it_names_if_she_fits() -> None:
    letter = Ticket("Letter", rules.SELECTOR, 2)

    assert not letter.is_rolled
    assert rules.pool_of(letter, Choice(waifu_id=21), SOMEBODY) == (21,)
    for waifu_id in (11, 31, 99):
        with pytest.raises(ChoiceNotAllowed):
            rules.pool_of(letter, Choice(waifu_id=waifu_id), SOMEBODY)


@given(st.sets(st.integers(1, 9999), min_size=1, max_size=40), st.data(), seeds)
def test_a_roll_brings_different_ones_of_its_pool(
    pool: set[int], data: st.DataObject, seed: Seed
) -> None:
    count = data.draw(st.integers(1, len(pool)))

    brought = rules.roll(sorted(pool), count, Dice(seed))

    assert len(brought) == len(set(brought)) == count
    assert set(brought) <= pool
    assert rules.roll(sorted(pool), count, Dice(seed)) == brought


def test_each_of_a_pool_is_as_likely() -> None:
    """Ten degrees of freedom and a fixed seed: chi-square stays below 29.6 in 999 of 1000."""
    pool, rolls = range(11), 22_000
    found = Counter(
        waifu_id
        for nonce in range(rolls)
        for waifu_id in rules.roll(pool, 1, Dice(Seed(b"s" * 32, "c", nonce)))
    )

    mean = rolls / len(pool)
    assert sum((found[one] - mean) ** 2 / mean for one in pool) < 29.6


# Stacks that end.


@given(st.integers(0, 2**32), st.integers(1, 8_760))
def test_a_stack_lasts_at_least_its_hours_and_ends_at_a_full_one(time: int, hours: int) -> None:
    moment = datetime.fromtimestamp(time, UTC)

    end = rules.stack_end(moment, hours)

    assert end % 3600 == 0
    lasts = datetime.fromtimestamp(end, UTC) - moment
    assert timedelta(hours=hours) <= lasts < timedelta(hours=hours + 1)


def test_what_lasts_for_ever_has_no_end() -> None:
    assert rules.stack_end(datetime(2026, 1, 1, tzinfo=UTC), 0) == 0
