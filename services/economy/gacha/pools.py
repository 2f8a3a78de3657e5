"""The pool of a banner, page by page: featured waifus first, then by rarity. No I/O."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from chassis.rpc import page
from geminya.economy.v1 import gacha_pb2 as pb
from services.economy.gacha import odds
from services.economy.gacha.rules import MILLION, Table

Place = tuple[int, int, int]
"""Where a waifu stands: not featured, rarity from the highest, number."""


@dataclass(frozen=True, slots=True)
class Member:
    """A waifu of a pool."""

    place: Place
    weight: int

    @property
    def rarity(self) -> int:
        """Her stars."""
        return -self.place[1]


def page_of(request: pb.ListBannerPoolRequest, table: Table) -> pb.ListBannerPoolResponse:
    """The page that was asked for."""
    filters = ("pool", request.banner_id, request.min_rarity)
    key = page.decode(filters, request.page_token, 3)
    size = page.size_of(request.page_size)
    after = None if key is None else tuple(map(page.whole, key))
    members = pool_of(table, request.min_rarity)
    later = (member for member in members if after is None or member.place > after)
    found = list(islice(later, size + 1))
    token = page.encode(filters, found[size - 1].place) if len(found) > size else ""
    return pb.ListBannerPoolResponse(
        waifus=waifus_out(found[:size], table),
        next_page_token=token,
        total_count=sum(len(table.pool[rarity]) for rarity in rarities(table, request.min_rarity)),
    )


def rarities(table: Table, least: int) -> list[int]:
    """The rarities that can be rolled, from the highest."""
    return sorted((rarity for rarity, _ in table.odds if rarity >= least), reverse=True)


def pool_of(table: Table, least: int) -> Iterator[Member]:
    """Everybody, in order."""
    featured = frozenset(table.featured)
    for is_other in (False, True):
        for rarity in rarities(table, least):
            for waifu_id, weight in table.pool[rarity]:
                if (waifu_id not in featured) is is_other:
                    yield Member((int(is_other), -rarity, waifu_id), weight)


def waifus_out(members: Sequence[Member], table: Table) -> list[pb.PoolWaifu]:
    """Members with the chance of each."""
    base = dict(table.odds)
    total = {rarity: sum(weight for _, weight in pool) for rarity, pool in table.pool.items()}
    return [
        pb.PoolWaifu(
            waifu_id=member.place[2],
            rarity=member.rarity,
            is_featured=not member.place[0],
            ppb=odds.ppb(
                Fraction(base[member.rarity] * member.weight, MILLION * total[member.rarity])
            ),
        )
        for member in members
    ]
