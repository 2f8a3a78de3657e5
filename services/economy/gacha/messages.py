"""Banners, odds and summons as messages."""

from collections import Counter
from collections.abc import Set
from datetime import datetime
from fractions import Fraction

from chassis.money import Currency, Money
from chassis.wire import money_out, time_out
from geminya.economy.v1 import gacha_pb2 as pb
from services.economy.gacha import odds, rules, store
from services.economy.gacha.banners import Offer

TYPES = {
    rules.BannerType.STANDARD: pb.BANNER_TYPE_STANDARD,
    rules.BannerType.RATE_UP: pb.BANNER_TYPE_RATE_UP,
    rules.BannerType.LIMITED: pb.BANNER_TYPE_LIMITED,
    rules.BannerType.PREMIUM: pb.BANNER_TYPE_PREMIUM,
}


def banner_out(offer: Offer, table: rules.Table, now: datetime) -> pb.Banner:
    """A banner with whom it features."""
    banner = offer.banner
    return pb.Banner(
        banner_id=banner.banner_id,
        name=banner.name,
        type=TYPES[banner.type],
        description=banner.description,
        start_time=time_out(banner.start_time),
        end_time=time_out(banner.end_time),
        is_active=banner.is_active,
        price=money_out(banner.price),
        series_ids=banner.series_ids,
        featured_waifu_ids=table.featured,
        is_open=banner.is_open(now),
        version=offer.version,
    )


def odds_out(offer: Offer, table: rules.Table) -> pb.GetOddsResponse:
    """The published chances of a banner."""
    found = odds.odds_of(table)
    return pb.GetOddsResponse(
        banner_id=offer.banner.banner_id,
        version=offer.version,
        rarities=[rarity_out(rarity, frozenset(table.featured)) for rarity in found.rarities],
        pity_limit=rules.PITY_LIMIT if table.has_pity else 0,
        mean_pulls_milli=round(found.mean_pulls * 1000),
        guarantee_ppm=odds.ppm(found.guarantee),
    )


def rarity_out(rarity: odds.RarityOdds, featured: Set[int]) -> pb.RarityOdds:
    """One rarity: by name who is featured or has a share of her own; the others by the chance of one."""
    others = Counter(share for waifu_id, share in rarity.members if waifu_id not in featured)
    usual = others.most_common(1)[0][0] if others else Fraction(0)
    named = [
        (waifu_id, share)
        for waifu_id, share in rarity.members
        if waifu_id in featured or share != usual
    ]
    return pb.RarityOdds(
        rarity=rarity.rarity,
        base_ppm=odds.ppm(rarity.base),
        effective_ppm=odds.ppm(rarity.effective),
        waifu_count=len(rarity.members),
        featured_ppm=odds.ppm(sum((share for _, share in named), Fraction(0))),
        featured=[
            pb.WaifuOdds(waifu_id=waifu_id, ppb=odds.ppb(share * rarity.base))
            for waifu_id, share in named
        ],
        other_ppb=odds.ppb(usual * rarity.base),
    )


def summon_out(row: store.SummonRow) -> pb.Summon:
    """One summon of the record."""
    return pb.Summon(
        op_id=row.op_id,
        banner_id=row.banner_id,
        banner_name=row.banner_name,
        price=money_out(Money(Currency(row.currency_type), row.price)),
        pulls=[pb.Pull(**pull) for pull in row.pulls],
        pity_before=row.pity_before,
        pity_after=row.pity_after,
        time=time_out(row.at),
    )
