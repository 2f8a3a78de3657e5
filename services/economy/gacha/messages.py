"""Banners, odds and summons as messages."""

from collections import Counter
from collections.abc import Sequence, Set
from datetime import datetime
from fractions import Fraction

from chassis.money import Currency, Money
from chassis.wire import money_out, time_out
from geminya.economy.v1 import gacha_pb2 as pb
from services.economy.gacha import odds, rules, store
from services.economy.gacha.banners import Offer
from services.economy.gacha.budget import Source
from services.economy.gacha.operator_store import VersionRow
from services.economy.gacha.simulation import Cost

DIGEST_LETTERS = 16
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


def version_out(row: VersionRow) -> pb.BannerVersion:
    """A version of a banner."""
    return pb.BannerVersion(
        version=row.version,
        is_in_force=row.is_in_force,
        create_time=time_out(row.created_at),
        summon_count=row.summon_count,
        digest=row.digest.hex()[:DIGEST_LETTERS],
    )


def cost_out(cost: Cost, price: Money) -> pb.ObtainCost:
    """What a thing takes, in pulls and in money."""
    return pb.ObtainCost(
        what=cost.what,
        mean_pulls_milli=round(1000 * cost.mean),
        half_pulls=cost.half,
        most_pulls=cost.most,
        mean_price_milli=round(1000 * cost.mean * price.amount),
    )


def day_out(sources: Sequence[Source], price: Money) -> pb.AdminSimulateBannerResponse:
    """An ordinary day in the banner's currency: all of it is spent on this banner."""
    whole = sum((source.amount for source in sources), Fraction(0))
    spent = pb.Flow(name="pulls on this banner", amount_milli=-round(1000 * whole))
    return pb.AdminSimulateBannerResponse(
        income=[
            *(pb.Flow(name=one.name, amount_milli=round(1000 * one.amount)) for one in sources),
            spent,
        ],
        pulls_per_day_milli=round(1000 * whole / price.amount),
    )
