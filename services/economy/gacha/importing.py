"""Banners as an operator writes them: everything is checked before anything is written. No I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.money import Currency, Money
from chassis.rpc.checks import SLUG
from chassis.wire import time_in
from geminya.economy.v1 import gacha_pb2 as pb
from services.economy.gacha import rules

MAX_COST = {
    Currency.SAKURA_CRYSTALS.value: 1_000_000,
    Currency.QUARTZS.value: 100_000,
    Currency.DAPHINE.value: 1_000,
}
"""The wallet takes at most ten times this in one call, and a ten-summon is one."""
ID_LETTERS = 48
"""Of a banner: it travels in buttons, beside a page or a count."""
TYPES = {kind.value for kind in rules.BannerType}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field of one banner."""

    banner_id: str
    field: str
    reason: str


def read(
    sources: Sequence[pb.SourceBanner], catalogue: Sequence[rules.Candidate]
) -> tuple[list[rules.Banner], list[Problem]]:
    """The banners and everything that is wrong with them; a banner with a problem is not among them."""
    banners: list[rules.Banner] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, source in enumerate(sources, 1):
        name = source.banner_id or f"banner {place}"
        found = [Problem(name, *what) for what in _faults(source, catalogue)]
        if source.banner_id in seen:
            found.append(Problem(name, "banner_id", "stands twice"))
        seen.add(source.banner_id)
        if not found:
            banner = _banner(source)
            found = [Problem(name, *what) for what in _pool_faults(banner, catalogue)]
            banners += [] if found else [banner]
        problems += found
    return banners, problems


def _faults(
    source: pb.SourceBanner, catalogue: Sequence[rules.Candidate]
) -> Iterator[tuple[str, str]]:
    """What is wrong with the fields, one by one."""
    if not SLUG.fullmatch(source.banner_id) or len(source.banner_id) > ID_LETTERS:
        yield (
            "banner_id",
            f"is not a slug of at most {ID_LETTERS} letters: a-z, 0-9, single hyphens",
        )
    if not 0 < len(source.name.strip()) <= 255:
        yield "name", "is empty or longer than 255 letters"
    if source.type not in TYPES:
        yield "type", f"{source.type!r} is none of {', '.join(sorted(TYPES))}"
    highest = MAX_COST.get(source.currency_type, 0)
    if not highest:
        yield "currency_type", f"{source.currency_type!r} is none of {', '.join(sorted(MAX_COST))}"
    elif not 1 <= source.cost <= highest:
        yield "cost", f"{source.cost} is not between 1 and {highest} {source.currency_type}"
    yield from _time_faults(source)
    yield from _item_faults(source, catalogue)


def _time_faults(source: pb.SourceBanner) -> Iterator[tuple[str, str]]:
    times: dict[str, datetime] = {}
    for field in ("start_time", "end_time"):
        if not source.HasField(field):
            yield field, "is needed"
            continue
        try:
            times[field] = time_in(getattr(source, field))
        except (ValueError, OverflowError):
            yield field, "is not a time between the years 1 and 9999"
    if len(times) == 2 and times["end_time"] <= times["start_time"]:
        yield "end_time", "is not after the start"


def _item_faults(
    source: pb.SourceBanner, catalogue: Sequence[rules.Candidate]
) -> Iterator[tuple[str, str]]:
    series = {candidate.series_id for candidate in catalogue}
    waifus = {candidate.waifu_id for candidate in catalogue}
    for series_id in source.series_ids:
        if series_id not in series:
            yield "series_ids", f"the catalogue has nobody of series {series_id}"
    seen: set[int] = set()
    for item in source.items:
        if item.item_id not in waifus:
            yield "item_id", f"the catalogue has no waifu {item.item_id}"
        if item.item_id in seen:
            yield "item_id", f"{item.item_id} stands twice"
        seen.add(item.item_id)
        if not 0 <= item.drop_rate <= rules.MILLION:
            yield "drop_rate", f"{item.drop_rate} is not between 0 and {rules.MILLION}"


def _pool_faults(
    banner: rules.Banner, catalogue: Sequence[rules.Candidate]
) -> Iterator[tuple[str, str]]:
    try:
        rules.compose(banner, catalogue)
    except rules.BrokenBanner as broken:
        yield broken.field, broken.reason


def _banner(source: pb.SourceBanner) -> rules.Banner:
    kind = rules.BannerType(source.type)
    return rules.Banner(
        banner_id=source.banner_id,
        name=source.name.strip(),
        type=kind,
        start_time=time_in(source.start_time),
        end_time=time_in(source.end_time),
        price=Money(Currency(source.currency_type), source.cost),
        description=source.description.strip(),
        is_active=source.is_active,
        series_ids=tuple(sorted(set(source.series_ids))),
        # Whoever stands on a rate-up banner is featured (docs/game.md).
        items=tuple(
            rules.Item(
                item.item_id,
                item.rate_up or kind is rules.BannerType.RATE_UP,
                item.drop_rate or None,
            )
            for item in sorted(source.items, key=lambda item: item.item_id)
        ),
    )
