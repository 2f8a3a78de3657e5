"""Banners and catalogues for tests of chance; a test names only what it is about."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from chassis.dice import Dice, Seed
from chassis.money import Currency, Money
from chassis.wire import time_out
from console.sources import read_banners
from geminya.economy.v1 import gacha_pb2 as pb
from services.economy.gacha import importing, rules
from services.economy.gacha.rules import Banner, BannerType, Candidate, Item, Table

CONTENT = Path(__file__).resolve().parents[3] / "content"
CRYSTALS, QUARTZS = Money(Currency.SAKURA_CRYSTALS, 10), Money(Currency.QUARTZS, 20)
SOMEBODY = (
    *(Candidate(waifu_id, 1, 1) for waifu_id in (11, 12, 13, 14)),
    *(Candidate(waifu_id, 1, 2) for waifu_id in (21, 22, 23)),
    *(Candidate(waifu_id, 1, 3) for waifu_id in (31, 32)),
    *(Candidate(waifu_id, 2, 1) for waifu_id in (15, 16)),
    *(Candidate(waifu_id, 2, 2) for waifu_id in (24, 25)),
    *(Candidate(waifu_id, 2, 3) for waifu_id in (33, 34)),
)
"""Two series: the tens digit is the rarity; the last ones of each rarity are of series 2."""

seeds = st.builds(
    Seed, st.binary(min_size=32, max_size=32), st.text(max_size=8), st.integers(0, 99)
)
counts = st.sampled_from([1, 10])
pities = st.integers(0, 49)


def a_banner(kind: str = "standard", *items: Item, **changed: Any) -> Banner:
    """A banner of a type, priced in crystals and open all through 2026."""
    given: dict[str, Any] = {
        "banner_id": "spring",
        "name": "Spring",
        "type": BannerType(kind),
        "start_time": datetime(2026, 1, 1, tzinfo=UTC),
        "end_time": datetime(2027, 1, 1, tzinfo=UTC),
        "price": CRYSTALS,
        "items": items,
    }
    return Banner(**given | changed)


def a_table(
    kind: str = "standard", *items: Item, catalogue: Sequence[Candidate] = SOMEBODY, **changed: Any
) -> Table:
    """The table of such a banner; one that needs a series has series 2."""
    series = {} if kind == "standard" or items else {"series_ids": (2,)}
    return rules.compose(a_banner(kind, *items, **series | changed), catalogue)


tables = st.sampled_from(
    [
        a_table(kind, price=price)
        for kind in ("standard", "rate-up", "limited")
        for price in (CRYSTALS, QUARTZS)
    ]
)


def a_source(
    banner_id: str = "spring", *items: pb.SourceBannerItem, **changed: Any
) -> pb.SourceBanner:
    """The same banner as an operator writes it."""
    given: dict[str, Any] = {
        "name": "Spring",
        "type": "standard",
        "start_time": time_out(datetime(2026, 1, 1, tzinfo=UTC)),
        "end_time": time_out(datetime(2027, 1, 1, tzinfo=UTC)),
        "is_active": True,
        "cost": 10,
        "currency_type": "sakura_crystals",
    }
    return pb.SourceBanner(banner_id=banner_id, items=items, **given | changed)


def an_item(waifu_id: int, drop_rate: int = 0) -> pb.SourceBannerItem:
    """A waifu on a banner, with a share of her own or without."""
    return pb.SourceBannerItem(item_id=waifu_id, drop_rate=drop_rate)


class Unlucky(Dice):
    """Every draw is the lowest: one star as long as chance may decide."""

    def __init__(self) -> None:
        super().__init__(Seed(b"", "", 0))

    def below(self, n: int) -> int:
        return 0


def our_catalogue() -> list[Candidate]:
    """The project's own waifus, as far as chance cares."""
    with (CONTENT / "waifus.csv").open(encoding="utf-8-sig", newline="") as file:
        return [
            Candidate(int(row["waifu_id"]), int(row["series_id"]), int(row["rarity"]))
            for row in csv.DictReader(file)
        ]


def our_banners() -> list[Banner]:
    """The project's own banners."""
    sources = [entry.message for entry in read_banners(CONTENT / "banners.toml")]
    banners, problems = importing.read(sources, our_catalogue())
    assert not problems
    return banners
