"""Banners as rows that a person or a program reads."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from console.player_facts import moment
from console.sources import read_banners
from console.trouble import Trouble
from geminya.common.v1.money_pb2 import Currency
from geminya.economy.v1 import gacha_pb2 as pb

MOST_BANNERS = 100
"""Of one file."""


def read_file(file: Path) -> list[pb.SourceBanner]:
    """The banners of a file."""
    sources = [entry.message for entry in read_banners(file)]
    if not 1 <= len(sources) <= MOST_BANNERS:
        raise Trouble(f"{file} holds {len(sources)} banners; it should be 1 to {MOST_BANNERS}")
    return sources


def banner_row(banner: pb.Banner) -> dict[str, Any]:
    """A banner in a list."""
    return {
        "banner_id": banner.banner_id,
        "name": banner.name,
        "type": pb.BannerType.Name(banner.type).removeprefix("BANNER_TYPE_").lower(),
        "price": banner.price.amount,
        "currency": _currency(banner),
        "starts": moment(banner.start_time),
        "ends": moment(banner.end_time),
        "is_active": banner.is_active,
        "is_open": banner.is_open,
        "version": banner.version,
    }


def banner_facts(banner: pb.Banner, odds: pb.GetOddsResponse) -> dict[str, Any]:
    """Everything about one banner."""
    return {
        **banner_row(banner),
        "description": banner.description,
        "series": list(banner.series_ids),
        "featured": list(banner.featured_waifu_ids),
        "pity_after": odds.pity_limit or None,
        "pulls_per_three_star": odds.mean_pulls_milli / 1000,
        "promise_of_ten_lifts": _percent(odds.guarantee_ppm),
    }


def odds_rows(odds: pb.GetOddsResponse) -> list[dict[str, Any]]:
    """The chances by rarity, the best first."""
    return [
        {
            "rarity": one.rarity,
            "a_pull": _percent(one.base_ppm),
            "with_pity": _percent(one.effective_ppm),
            "waifus": one.waifu_count,
            "featured_of_these": _percent(one.featured_ppm),
        }
        for one in sorted(odds.rarities, key=lambda one: -one.rarity)
    ]


def version_row(version: pb.BannerVersion) -> dict[str, Any]:
    """A version in a list."""
    return {
        "version": version.version,
        "is_in_force": version.is_in_force,
        "since": moment(version.create_time),
        "summons": version.summon_count,
        "digest": version.digest,
    }


def finding_rows(findings: Iterable[pb.BannerProblem]) -> list[dict[str, Any]]:
    """Problems or warnings in a list."""
    return [
        {"banner_id": one.banner_id, "field": one.field, "reason": one.reason} for one in findings
    ]


def counts_of(found: pb.AdminImportBannersResponse) -> dict[str, Any]:
    """What an import did, or would do."""
    return {
        "added": found.added,
        "changed": found.changed,
        "unchanged": found.unchanged,
        "is_written": found.is_written,
    }


def simulation_of(found: pb.AdminSimulateBannerResponse) -> dict[str, Any]:
    """What a banner costs and gives."""
    return {
        "odds": odds_rows(found.odds),
        "costs": [
            {
                "what": one.what,
                "pulls": one.mean_pulls_milli / 1000,
                "half_have_it_after": one.half_pulls,
                "nine_of_ten_after": one.most_pulls,
                "price": one.mean_price_milli / 1000,
            }
            for one in found.costs
        ],
        "day": _day(found.income),
        "price_per_three_star": found.price_per_three_star_milli / 1000,
        "pulls_a_day": found.pulls_per_day_milli / 1000,
    }


def _day(flows: Sequence[pb.Flow]) -> list[dict[str, Any]]:
    return [{"what": one.name, "amount": one.amount_milli / 1000} for one in flows]


def _currency(banner: pb.Banner) -> str:
    return Currency.Name(banner.price.currency).removeprefix("CURRENCY_").lower()


def _percent(ppm: int) -> str:
    return f"{ppm / 10_000:g} %"
