"""A file of banners is checked as a whole: everything wrong in it is named, and then nothing is taken."""

from collections.abc import Callable
from typing import Any

import pytest

from chassis.money import Currency
from geminya.economy.v1 import gacha_pb2 as pb
from services.economy.gacha import importing
from services.economy.gacha.banners import banner_out
from services.economy.gacha.importing import MAX_COST, Problem
from services.economy.gacha.rules import MILLION, Banner
from services.users.wallet.rules import CEILING
from tests.unit.economy.banners import SOMEBODY, a_source, an_item

Damage = Callable[[pb.SourceBanner], None]


def a_rate_up(banner_id: str = "spring", **changed: Any) -> pb.SourceBanner:
    """A whole banner, to be damaged."""
    return a_source(banner_id, an_item(31), **{"type": "rate-up", "series_ids": [2], **changed})


def read(*sources: pb.SourceBanner) -> tuple[list[Banner], list[Problem]]:
    return importing.read(sources, SOMEBODY)


def changes(**changed: object) -> Damage:
    def damage(source: pb.SourceBanner) -> None:
        for field, value in changed.items():
            setattr(source, field, value)

    return damage


def items(*added: pb.SourceBannerItem, kind: str = "rate-up", series: int = 0) -> Damage:
    def damage(source: pb.SourceBanner) -> None:
        source.type = kind
        del source.items[:], source.series_ids[:]
        source.items.extend(added)
        source.series_ids.extend([series] if series else [])

    return damage


def no_start(source: pb.SourceBanner) -> None:
    source.ClearField("start_time")


def no_time_at_all(source: pb.SourceBanner) -> None:
    source.start_time.seconds = 10**14


def ends_first(source: pb.SourceBanner) -> None:
    source.end_time.CopyFrom(source.start_time)


def unknown_series(source: pb.SourceBanner) -> None:
    source.series_ids.append(99)


DAMAGES = [
    pytest.param(changes(banner_id="Spring!"), "banner_id", "not a slug", id="id"),
    pytest.param(changes(banner_id="a" * 49), "banner_id", "at most 48", id="long id"),
    pytest.param(changes(name=" "), "name", "empty", id="no name"),
    pytest.param(changes(name="n" * 256), "name", "255", id="long name"),
    pytest.param(changes(type="rateup"), "type", "'rateup' is none of", id="type"),
    pytest.param(changes(currency_type="gold"), "currency_type", "'gold'", id="currency"),
    pytest.param(changes(cost=0), "cost", "0 is not between 1 and 1000000", id="free"),
    pytest.param(
        changes(currency_type="daphine", cost=1001), "cost", "1 and 1000 daphine", id="dear"
    ),
    pytest.param(no_start, "start_time", "needed", id="no start"),
    pytest.param(no_time_at_all, "start_time", "between the years", id="no time"),
    pytest.param(ends_first, "end_time", "not after the start", id="ends first"),
    pytest.param(unknown_series, "series_ids", "nobody of series 99", id="unknown series"),
    pytest.param(items(an_item(99)), "item_id", "no waifu 99", id="unknown waifu"),
    pytest.param(items(an_item(31), an_item(31)), "item_id", "stands twice", id="waifu twice"),
    pytest.param(items(an_item(31, -1)), "drop_rate", "-1 is not between", id="negative share"),
    pytest.param(
        items(an_item(31, 600_000), an_item(32, 600_000)), "drop_rate", "over a million", id="over"
    ),
    pytest.param(
        items(an_item(31, 600_000), kind="limited", series=0),
        "series_ids",
        "nobody of 2 stars",
        id="empty pool",
    ),
    pytest.param(
        items(an_item(31, 600_000), an_item(21), kind="premium"),
        "drop_rate",
        "nobody has the rest",
        id="share left over",
    ),
]


@pytest.mark.parametrize(("damage", "field", "words"), DAMAGES)
def test_a_damage_is_named_with_its_field_and_its_banner(
    damage: Damage, field: str, words: str
) -> None:
    source = a_rate_up()
    damage(source)

    banners, problems = read(a_rate_up("whole"), source)

    assert [banner.banner_id for banner in banners] == ["whole"]
    [problem] = problems
    assert (problem.banner_id, problem.field) == (source.banner_id, field)
    assert words in problem.reason


def test_every_damage_of_a_file_is_named_at_once() -> None:
    sources = []
    for n, damage in enumerate(DAMAGES):
        source = a_rate_up(f"banner-{n}")
        damage.values[0](source)
        sources.append(source)

    banners, problems = read(*sources)

    assert banners == []
    assert [problem.banner_id for problem in problems] == [source.banner_id for source in sources]


def test_every_fault_of_one_banner_is_named() -> None:
    _, problems = read(a_rate_up(name="", type="", cost=-1))

    assert [problem.field for problem in problems] == ["name", "type", "cost"]


def test_a_banner_without_an_id_is_named_by_its_place() -> None:
    _, problems = read(a_rate_up("spring"), a_rate_up(""))

    assert problems[0].banner_id == "banner 2"


def test_an_id_that_stands_twice_is_named() -> None:
    _, problems = read(a_rate_up("spring"), a_rate_up("spring"))

    assert problems == [Problem("spring", "banner_id", "stands twice")]


@pytest.mark.parametrize("currency", Currency)
def test_ten_at_the_highest_price_are_still_what_the_wallet_takes(currency: Currency) -> None:
    """A price over the ceiling once parked every summon of its banner."""
    assert 10 * MAX_COST[currency.value] <= CEILING[currency]


def test_a_banner_is_read_as_it_was_written() -> None:
    source = a_rate_up(name=" Spring ", description="\nFor a year.\n")
    source.series_ids[:] = [2, 1, 2]
    source.items.extend([an_item(21, MILLION // 2), pb.SourceBannerItem(item_id=11, rate_up=True)])

    [banner], _ = read(source)

    assert (banner.name, banner.description) == ("Spring", "For a year.")
    assert banner.series_ids == (1, 2)
    assert [(item.waifu_id, item.drop_rate) for item in banner.items] == [
        (11, None),
        (21, 500_000),
        (31, None),
    ]


def test_whoever_stands_on_a_rate_up_banner_is_featured() -> None:
    [rate_up], _ = read(a_rate_up(type="rate-up"))
    [limited], _ = read(a_rate_up(type="limited"))

    assert [item.is_rate_up for item in rate_up.items] == [True]
    assert [item.is_rate_up for item in limited.items] == [False]


def test_the_same_banner_written_in_another_order_is_the_same() -> None:
    first, second = a_rate_up(), a_rate_up()
    first.items.extend([an_item(21), an_item(22)])
    second.items.extend([an_item(22), an_item(21)])

    [one], _ = read(first)
    [other], _ = read(second)

    assert one == other
    assert banner_out(one) == banner_out(other)
