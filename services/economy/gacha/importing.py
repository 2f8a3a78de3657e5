"""Banners as an operator writes them: everything is checked before anything is written. No I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chassis.money import Currency, Money
from chassis.rpc.checks import SLUG
from chassis.wire import time_in
from geminya.economy.v1 import gacha_pb2 as pb
from services.economy.errors import BannerEmpty
from services.economy.gacha import rules

MAX_COST = 1_000_000
TYPES = {kind.value for kind in rules.BannerType}
CURRENCIES = {currency.value for currency in Currency}


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
    if not SLUG.fullmatch(source.banner_id) or len(source.banner_id) > 64:
        yield "banner_id", "is not a slug of at most 64 letters: a-z, 0-9, single hyphens"
    if not 0 < len(source.name.strip()) <= 255:
        yield "name", "is empty or longer than 255 letters"
    if source.type not in TYPES:
        yield "type", f"{source.type!r} is none of {', '.join(sorted(TYPES))}"
    if source.currency_type not in CURRENCIES:
        yield (
            "currency_type",
            f"{source.currency_type!r} is none of {', '.join(sorted(CURRENCIES))}",
        )
    if not 1 <= source.cost <= MAX_COST:
        yield "cost", f"{source.cost} is not between 1 and {MAX_COST}"
    if not source.HasField("start_time") or not source.HasField("end_time"):
        yield "start_time", "start and end are both needed"
    elif time_in(source.end_time) <= time_in(source.start_time):
        yield "end_time", "is not after the start"
    yield from _item_faults(source, catalogue)


def _item_faults(
    source: pb.SourceBanner, catalogue: Sequence[rules.Candidate]
) -> Iterator[tuple[str, str]]:
    series = {candidate.series_id for candidate in catalogue}
    rarities = {candidate.waifu_id: candidate.rarity for candidate in catalogue}
    for series_id in source.series_ids:
        if series_id not in series:
            yield "series_ids", f"the catalogue has nobody of series {series_id}"
    shares: dict[int, int] = {}
    seen: set[int] = set()
    for item in source.items:
        if item.item_id not in rarities:
            yield "item_id", f"the catalogue has no waifu {item.item_id}"
            continue
        if item.item_id in seen:
            yield "item_id", f"{item.item_id} stands twice"
        seen.add(item.item_id)
        if not 0 <= item.drop_rate <= rules.MILLION:
            yield "drop_rate", f"{item.drop_rate} is not between 0 and {rules.MILLION}"
        rarity = rarities[item.item_id]
        shares[rarity] = shares.get(rarity, 0) + item.drop_rate
    for rarity, share in shares.items():
        if share > rules.MILLION:
            yield "drop_rate", f"the shares of {rarity} stars add up to {share}, over a million"


def _pool_faults(
    banner: rules.Banner, catalogue: Sequence[rules.Candidate]
) -> Iterator[tuple[str, str]]:
    try:
        rules.compose(banner, catalogue)
    except BannerEmpty as empty:
        yield "series_ids", f"nobody of {empty.metadata['rarity']} stars can be pulled"
    except ValueError as error:
        yield "items", str(error)


def _banner(source: pb.SourceBanner) -> rules.Banner:
    return rules.Banner(
        banner_id=source.banner_id,
        name=source.name.strip(),
        type=rules.BannerType(source.type),
        start_time=time_in(source.start_time),
        end_time=time_in(source.end_time),
        price=Money(Currency(source.currency_type), source.cost),
        description=source.description.strip(),
        is_active=source.is_active,
        series_ids=tuple(sorted(set(source.series_ids))),
        items=tuple(
            rules.Item(item.item_id, item.rate_up, item.drop_rate or None)
            for item in sorted(source.items, key=lambda item: item.item_id)
        ),
    )
