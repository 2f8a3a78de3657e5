"""What may be meant so on a banner and is worth a second look. No I/O."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from chassis.money import Currency, Money
from services.economy.gacha.importing import Problem
from services.economy.gacha.rules import TOP, Banner, BannerType, Candidate, Table, compose

USUAL: Mapping[BannerType, Money] = {
    BannerType.STANDARD: Money(Currency.SAKURA_CRYSTALS, 10),
    BannerType.RATE_UP: Money(Currency.SAKURA_CRYSTALS, 10),
    BannerType.LIMITED: Money(Currency.QUARTZS, 20),
    BannerType.PREMIUM: Money(Currency.QUARTZS, 100),
}
"""What a pull of each type costs usually (docs/game.md)."""
FARTHEST_PRICE = 2
"""Twice as dear or half as dear is still usual."""
SHORTEST = timedelta(hours=24)
NAMED = 5
"""So many waifus are named in one warning."""

Fault = tuple[str, str]


def warnings(
    banners: Sequence[Banner],
    others: Sequence[Banner],
    catalogue: Sequence[Candidate],
    now: datetime,
) -> list[Problem]:
    """Everything that looks odd about whole banners, beside the other banners that there are."""
    given = {banner.banner_id for banner in banners}
    beside = [*banners, *(other for other in others if other.banner_id not in given)]
    return [
        Problem(banner.banner_id, *fault)
        for banner in banners
        for fault in _faults(banner, beside, catalogue, now)
    ]


def _faults(
    banner: Banner, beside: Sequence[Banner], catalogue: Sequence[Candidate], now: datetime
) -> Iterator[Fault]:
    yield from _price_faults(banner)
    yield from _window_faults(banner, now)
    table = compose(banner, catalogue)
    yield from _pool_faults(banner, catalogue, table)
    yield from _overlaps(banner, beside)


def _price_faults(banner: Banner) -> Iterator[Fault]:
    usual, price = USUAL[banner.type], banner.price
    if price.currency is not usual.currency:
        yield (
            "currency_type",
            f"a {banner.type.value} banner is usually paid in {usual.currency.value}",
        )
    elif not usual.amount <= price.amount * FARTHEST_PRICE <= usual.amount * FARTHEST_PRICE**2:
        yield (
            "cost",
            f"{price.amount} is far from the usual {usual.amount} of a {banner.type.value} banner",
        )


def _window_faults(banner: Banner, now: datetime) -> Iterator[Fault]:
    length = banner.end_time - banner.start_time
    if banner.is_active and banner.end_time <= now:
        yield "end_time", "is over already, and the banner is switched on"
    if length < SHORTEST:
        yield "end_time", f"it is open for {length} only"


def _pool_faults(banner: Banner, catalogue: Sequence[Candidate], table: Table) -> Iterator[Fault]:
    on_banner = _on_banner(banner, catalogue)
    there = {waifu_id for pool in table.pool.values() for waifu_id, _ in pool}
    if lost := sorted(on_banner.keys() - there):
        yield "items", f"nobody can pull {_named(lost)}"
    named = {item.waifu_id for item in banner.items}
    if low := sorted(named - set(table.featured) & there):
        yield "items", f"not featured on a {banner.type.value} banner: {_named(low)}"
    if banner.type is BannerType.STANDARD:
        if banner.series_ids:
            yield "series_ids", "a standard banner has everybody: series change nothing"
        return
    if not any(on_banner.get(waifu_id) == TOP for waifu_id in table.featured):
        yield "items", "nobody of three stars is featured"


def _overlaps(banner: Banner, beside: Sequence[Banner]) -> Iterator[Fault]:
    """Another banner of the same type that is open at the same time and features the same ones."""
    for other in beside:
        same = _featured(banner) & _featured(other)
        if (
            other.banner_id != banner.banner_id
            and other.type is banner.type
            and banner.is_active
            and other.is_active
            and same
            and other.start_time < banner.end_time
            and banner.start_time < other.end_time
        ):
            yield "start_time", f"{other.banner_id} features the same at the same time"


def _featured(banner: Banner) -> set[tuple[str, int]]:
    """What a banner is about."""
    return {("waifu", item.waifu_id) for item in banner.items} | {
        ("series", series_id) for series_id in banner.series_ids
    }


def _on_banner(banner: Banner, catalogue: Sequence[Candidate]) -> dict[int, int]:
    """Whoever stands on the banner, with her rarity."""
    named = {item.waifu_id for item in banner.items}
    return {
        c.waifu_id: c.rarity
        for c in catalogue
        if c.waifu_id in named or c.series_id in banner.series_ids
    }


def _named(waifu_ids: Sequence[int]) -> str:
    more = f" and {len(waifu_ids) - NAMED} more" if len(waifu_ids) > NAMED else ""
    return ", ".join(map(str, waifu_ids[:NAMED])) + more
