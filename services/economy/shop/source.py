"""Items as an operator writes them: everything is checked before anything is written. No I/O."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.money import Currency
from services.economy.shop import rules

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
Fault = tuple[str, str]
"""Field and reason."""
CURRENCIES = {currency.value: currency for currency in Currency}
NEEDS: Mapping[str, Set[str]] = {
    rules.GUARANTEE: {"guarantee_rarity"},
    rules.SERIES: {"guarantee_rarity", "choose_series"},
    rules.SELECTOR: {"guarantee_rarity", "choose_character"},
    rules.MULTI: {"guarantee_rarity", "summon_count"},
    rules.BOOST: {"boost"},
    rules.HASTE: {"haste_minutes"},
    rules.MATERIAL: set(),
}
"""Kind of item to the words its effects are made of, all of them."""
MAX_CODE = 40
"""A code travels in buttons, beside what they do and their signature."""
MOST_INT = 2**31 - 1
MAX_HOURS = 8_760
MAX_HASTE_MINUTES = 10_080


@dataclass(frozen=True, slots=True)
class Item:
    """An item as it was written; the fields are the columns of the first design."""

    item_code: str
    name: str
    description: str
    category: str
    item_type: str
    rarity: str
    price: int
    currency_type: str
    effects: Mapping[str, Any] | None
    """None where it is no JSON object."""
    stock_limit: int
    user_limit: int
    user_limit_period: str
    min_rank: int
    is_active: bool
    start_time: datetime | None
    end_time: datetime | None
    lasts_hours: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of one item."""

    item_code: str
    field: str
    reason: str


def effects_in(text: str) -> Mapping[str, Any] | None:
    """The effects as an operator wrote them; none where that is no JSON object."""
    try:
        effects = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return None
    return effects if isinstance(effects, dict) else None


def check(
    items: Sequence[Item], catalogue: Sequence[rules.Candidate], sold: Mapping[str, int]
) -> list[Problem]:
    """Everything that is wrong with the items; `sold` says how many went over the counter already."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, item in enumerate(items, 1):
        found = [*_faults(item, catalogue)]
        if item.item_code in seen:
            found.append(("item_code", "stands twice"))
        seen.add(item.item_code)
        if 0 <= item.stock_limit < sold.get(item.item_code, 0):
            found.append(("stock_limit", f"is below the {sold[item.item_code]} that are sold"))
        problems += [Problem(item.item_code or f"item {place}", *fault) for fault in found]
    return problems


def _faults(item: Item, catalogue: Sequence[rules.Candidate]) -> Iterator[Fault]:
    yield from _word_faults(item)
    yield from _price_faults(item)
    yield from _limit_faults(item)
    if item.item_type not in NEEDS:
        yield "item_type", f"{item.item_type!r} is none of {', '.join(sorted(NEEDS))}"
    elif item.effects is None:
        yield "effects", "is no JSON object"
    else:
        yield from _effect_faults(item, item.effects, catalogue)


def _word_faults(item: Item) -> Iterator[Fault]:
    if not SLUG.fullmatch(item.item_code) or len(item.item_code) > MAX_CODE:
        yield "item_code", f"is not a slug of at most {MAX_CODE} letters: a-z, 0-9, single hyphens"
    if not 0 < len(item.name.strip()) <= 100 or not item.name.isprintable():
        yield "name", "is empty, longer than 100 letters or not to be read"
    if len(item.description) > 1000 or "\0" in item.description:
        yield "description", "is longer than 1000 letters or not to be read"
    if not SLUG.fullmatch(item.category) or len(item.category) > 50:
        yield "category", "is not a slug of at most 50 letters: a-z, 0-9, single hyphens"
    if item.rarity not in rules.CLASSES:
        yield "rarity", f"{item.rarity!r} is none of {', '.join(rules.CLASSES)}"


def _price_faults(item: Item) -> Iterator[Fault]:
    currency = CURRENCIES.get(item.currency_type)
    if currency is None:
        yield "currency_type", f"{item.currency_type!r} is none of {', '.join(CURRENCIES)}"
    elif not 0 <= item.price <= rules.MAX_PRICE[currency]:
        most = rules.MAX_PRICE[currency]
        yield "price", f"{item.price} is not between 0 and {most} {item.currency_type}"


def _limit_faults(item: Item) -> Iterator[Fault]:
    if not -1 <= item.stock_limit <= MOST_INT:
        yield "stock_limit", f"{item.stock_limit} is neither -1 nor a number of items"
    if not 0 <= item.user_limit <= MOST_INT:
        yield "user_limit", f"{item.user_limit} is not a number of items"
    if item.user_limit_period not in rules.PERIODS:
        yield (
            "user_limit_period",
            f"{item.user_limit_period!r} is none of {', '.join(rules.PERIODS)}",
        )
    if not 0 <= item.min_rank <= MOST_INT:
        yield "min_rank", f"{item.min_rank} is not a rank"
    if not 0 <= item.lasts_hours <= MAX_HOURS:
        yield "lasts_hours", f"{item.lasts_hours} is not between 0 and {MAX_HOURS}"
    if item.start_time and item.end_time and item.end_time <= item.start_time:
        yield "end_time", "is not after the start"


def _effect_faults(
    item: Item, effects: Mapping[str, Any], catalogue: Sequence[rules.Candidate]
) -> Iterator[Fault]:
    needs = NEEDS[item.item_type]
    for word in sorted(effects.keys() - needs):
        yield "effects", f"{word} means nothing to a {item.item_type}"
    for word in sorted(needs - effects.keys()):
        yield "effects", f"{word} is missing, and a {item.item_type} needs it"
    for word in sorted(needs & effects.keys()):
        yield from _value_faults(item, word, effects[word])
    if item.item_type in rules.TICKETS and _is_whole(effects.get("guarantee_rarity"), 1, 3):
        yield from _pool_faults(item, effects["guarantee_rarity"], catalogue)


def _value_faults(item: Item, word: str, value: Any) -> Iterator[Fault]:
    match word:
        case "guarantee_rarity" if not _is_whole(value, 1, 3):
            yield "effects", f"guarantee_rarity {value!r} is not 1, 2 or 3"
        case "choose_series" | "choose_character" if value is not True:
            yield "effects", f"{word} is not true"
        case "summon_count" if not _is_whole(value, 2, rules.MULTI_PULLS):
            yield "effects", f"summon_count {value!r} is not between 2 and {rules.MULTI_PULLS}"
        case "haste_minutes" if not _is_whole(value, 1, MAX_HASTE_MINUTES):
            yield "effects", f"haste_minutes {value!r} is not between 1 and {MAX_HASTE_MINUTES}"
        case "boost":
            yield from _boost_faults(item, value)
        case _:
            pass


def _boost_faults(item: Item, boost: Any) -> Iterator[Fault]:
    if not isinstance(boost, dict) or set(boost) != {"currency_type", "amount"}:
        yield "effects", "boost is not made of currency_type and amount"
        return
    currency = CURRENCIES.get(str(boost["currency_type"]))
    if currency is None:
        yield "effects", f"boost of {boost['currency_type']!r}: no such currency"
    elif not _is_whole(boost["amount"], 1, rules.MAX_BOOST[currency]):
        yield "effects", f"boost is not between 1 and {rules.MAX_BOOST[currency]} {currency.value}"
    elif currency.value == item.currency_type and 0 < item.price <= boost["amount"]:
        # Whoever could buy money for less of the same money would never do anything else.
        yield "effects", f"boost gives {boost['amount']} for a price of {item.price}"


def _pool_faults(item: Item, rarity: int, catalogue: Sequence[rules.Candidate]) -> Iterator[Fault]:
    there = sum(waifu.rarity == rarity for waifu in catalogue)
    needed = rules.MULTI_PULLS if item.item_type == rules.MULTI else 1
    if there < needed:
        yield "effects", f"the catalogue has {there} of {rarity} stars, and {needed} are needed"


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
