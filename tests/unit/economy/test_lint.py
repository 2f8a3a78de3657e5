"""What looks odd on a banner is told; what is as it should be is not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.money import Currency, Money
from services.economy.gacha import lint
from services.economy.gacha.rules import Banner, BannerType, Item
from tests.unit.economy.banners import SOMEBODY, a_banner, our_banners, our_catalogue

NOW = datetime(2026, 7, 1, tzinfo=UTC)
RATE_UP = a_banner("rate-up", Item(31, is_rate_up=True))


def found(banner: Banner, *others: Banner) -> list[tuple[str, str]]:
    warnings = lint.warnings([banner], others, SOMEBODY, NOW)
    assert {warning.banner_id for warning in warnings} <= {banner.banner_id}
    return [(warning.field, warning.reason) for warning in warnings]


def a_rate_up(**changed: Any) -> Banner:
    return a_banner("rate-up", *changed.pop("items", RATE_UP.items), **changed)


def test_our_own_banners_are_not_odd() -> None:
    assert lint.warnings(our_banners(), [], our_catalogue(), NOW) == []


@pytest.mark.parametrize(
    "banner",
    [
        a_banner("standard"),
        RATE_UP,
        a_rate_up(price=Money(Currency.SAKURA_CRYSTALS, 5)),
        a_rate_up(price=Money(Currency.SAKURA_CRYSTALS, 20)),
        a_rate_up(end_time=NOW, is_active=False),
        a_banner("limited", Item(31), Item(21), price=Money(Currency.QUARTZS, 20)),
        a_banner("premium", Item(31), Item(21), price=Money(Currency.QUARTZS, 100)),
    ],
)
def test_a_usual_banner_has_no_warning(banner: Banner) -> None:
    assert found(banner) == []


@pytest.mark.parametrize(
    ("banner", "field", "words"),
    [
        (a_rate_up(price=Money(Currency.SAKURA_CRYSTALS, 4)), "cost", "4 is far from the usual 10"),
        (a_rate_up(price=Money(Currency.SAKURA_CRYSTALS, 21)), "cost", "21 is far from"),
        (a_rate_up(price=Money(Currency.QUARTZS, 10)), "currency_type", "usually paid in sakura"),
        (a_rate_up(end_time=NOW), "end_time", "is over already"),
        (
            a_rate_up(start_time=NOW, end_time=NOW + timedelta(hours=23)),
            "end_time",
            "open for 23:00:00 only",
        ),
        (a_rate_up(items=(Item(11), Item(21))), "items", "nobody of three stars is featured"),
        (
            a_banner("premium", Item(31), Item(21), Item(11), price=Money(Currency.QUARTZS, 100)),
            "items",
            "nobody can pull 11",
        ),
        (
            a_banner(
                "limited", Item(31, False, 10**6), Item(32), Item(21),
                price=Money(Currency.QUARTZS, 20),
            ),
            "items",
            "nobody can pull 32",
        ),
        (
            a_banner("limited", Item(31), Item(21), Item(11), price=Money(Currency.QUARTZS, 20)),
            "items",
            "not featured on a limited banner: 11",
        ),
        (a_banner("standard", Item(31)), "items", "not featured on a standard banner: 31"),
        (a_banner("standard", series_ids=(2,)), "series_ids", "series change nothing"),
    ],
)  # fmt: skip
def test_what_is_odd_is_told_with_its_field(banner: Banner, field: str, words: str) -> None:
    warnings = found(banner)

    assert [name for name, reason in warnings if words in reason] == [field]


def test_a_banner_that_repeats_another_is_told() -> None:
    same = a_rate_up(banner_id="copy", start_time=NOW, end_time=NOW + timedelta(days=9))

    assert found(same, RATE_UP) == [("start_time", "spring features the same at the same time")]
    assert found(RATE_UP, RATE_UP) == []


@pytest.mark.parametrize(
    "other",
    [
        a_rate_up(banner_id="off", is_active=False),
        a_rate_up(
            banner_id="later",
            start_time=RATE_UP.end_time,
            end_time=RATE_UP.end_time + timedelta(days=9),
        ),
        a_rate_up(banner_id="another", items=(Item(32, is_rate_up=True),)),
        a_banner("limited", Item(31), Item(21), banner_id="kind"),
    ],
)
def test_banners_side_by_side_are_not_odd(other: Banner) -> None:
    assert found(RATE_UP, other) == []


def test_every_type_has_a_usual_price() -> None:
    assert lint.USUAL.keys() == set(BannerType)
