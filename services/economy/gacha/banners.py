"""The banners in memory, as old as two seconds at most, and the tables that do not change at all."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import grpc
import structlog

from chassis.background import again_and_again
from chassis.money import Currency, Money
from chassis.operations.acts import write_audit
from chassis.postgres import Database
from chassis.rpc.channel import Channel
from geminya.collection.v1 import catalog_pb2
from geminya.collection.v1.catalog_pb2_grpc import CatalogServiceStub
from geminya.common.v1.operator_pb2 import Act
from services.economy.errors import BannerNotFound
from services.economy.gacha import rules, store

log = structlog.get_logger()

REFRESH_S = 1.0
TABLES_KEPT = 100
"""A table of a large catalogue takes about a megabyte; the others are read again when they are asked for."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A banner with the version in force."""

    banner: rules.Banner
    version_id: int
    version: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What an import did, or would do."""

    added: int
    changed: int
    unchanged: int


class Banners:
    """Answers from memory; a background task keeps it fresh and makes versions of a new catalogue."""

    def __init__(self, database: Database, collection: Channel) -> None:
        self._database = database
        self._catalog = CatalogServiceStub(collection)
        self._loading = asyncio.Lock()
        self._offers: dict[str, Offer] = {}
        self._tables: dict[int, rules.Table] = {}
        self._catalogue: tuple[rules.Candidate, ...] = ()
        self._version = 0
        """The version of the catalogue that is in memory."""
        self._composed = 0
        """The version that the tables in force were last made of."""

    def all(self) -> list[Offer]:
        """Every banner, the next to end first."""
        return list(self._offers.values())

    def get(self, banner_id: str) -> Offer:
        """The banner, or `BannerNotFound`."""
        offer = self._offers.get(banner_id)
        if offer is None:
            raise BannerNotFound(banner_id=banner_id)
        return offer

    async def table(self, version_id: int) -> rules.Table:
        """The table of a version: it never changes, so it is read once."""
        table = self._tables.pop(version_id, None)
        if table is None:
            body = await store.get_version_body(self._database.bare, version_id)
            table = rules.table_in(body)
        # What was used last stands last; the first one goes.
        self._tables[version_id] = table
        while len(self._tables) > TABLES_KEPT:
            self._tables.pop(next(iter(self._tables)))
        return table

    async def load(self) -> None:
        """Reads every banner, and the tables that came into force."""
        # One after the other: what was read first must not come to stand last.
        async with self._loading:
            rows = await store.list_banners(self._database.bare)
            known = {offer.version_id for offer in self._offers.values()}
            offers: dict[str, Offer] = {}
            for row in rows:
                if row.version_id is not None and row.version is not None:
                    offers[row.id] = Offer(banner_in(row), row.version_id, row.version)
                    if row.version_id not in known:
                        await self.table(row.version_id)
            self._offers = offers

    async def prepare(self) -> None:
        """Takes over what is in force; the catalogue may be away."""
        await self.load()
        await self.follow_catalogue()

    async def keep_fresh(self) -> None:
        """Loads again and again until it is cancelled."""
        await again_and_again(self.prepare, REFRESH_S, away="banners.stale")

    async def follow_catalogue(self) -> None:
        """Makes new versions of the banners whose pool a new catalogue changes.

        Reading and making are two steps: an import may have read the catalogue too, and a database that was
        away must not cost the news.
        """
        try:
            await self.read_catalogue()
        except grpc.aio.AioRpcError as trouble:
            log.warning("banners.catalogue_away", why=trouble.code().name)
        if self._composed != self._version:
            await self._recompose()

    @property
    def catalogue(self) -> Sequence[rules.Candidate]:
        """Who can be pulled at all, as old as two seconds at most; empty while the collection was never reached."""
        return self._catalogue

    async def read_catalogue(self) -> Sequence[rules.Candidate]:
        """Who can be pulled at all, as the collection has it now."""
        request = catalog_pb2.ListPoolRequest(known_version=self._version)
        pool = await self._catalog.ListPool(request)
        if pool.version != self._version:
            self._version = pool.version
            self._catalogue = tuple(
                rules.Candidate(entry.waifu_id, entry.series_id, entry.rarity)
                for entry in pool.entries
            )
        return self._catalogue

    async def save(self, banners: Sequence[rules.Banner], act: Act, *, dry_run: bool) -> Counts:
        """Saves banners and makes their tables the versions in force, all or nothing, with the audit row.

        What is there already is read under the lock: the memory may not know yet what another replica wrote.
        """
        async with self._database.transaction() as tx:
            await store.lock_banners(tx)
            there = {row.id: banner_in(row) for row in await store.list_banners(tx)}
            news = [banner for banner in banners if there.get(banner.banner_id) != banner]
            for banner in news if not dry_run else ():
                body = rules.table_out(rules.compose(banner, self._catalogue))
                await store.save_banner(tx, banner_out(banner))
                await store.put_version(tx, banner.banner_id, digest_of(body), body)
            # The same file again changes nothing and needs no row.
            if news and not dry_run:
                old = {
                    banner.banner_id: there[banner.banner_id]
                    for banner in news
                    if banner.banner_id in there
                }
                await write_audit(
                    tx,
                    act,
                    "import_banners",
                    before={name: banner_out(banner) for name, banner in old.items()},
                    after={banner.banner_id: banner_out(banner) for banner in news},
                )
        if news and not dry_run:
            await self.load()
        changed = sum(banner.banner_id in there for banner in news)
        return Counts(len(news) - changed, changed, len(banners) - len(news))

    async def _recompose(self) -> None:
        """Puts the tables over the catalogue in memory into force; a broken one leaves the old in place."""
        version = self._version
        async with self._database.transaction() as tx:
            await store.lock_banners(tx)
            for row in await store.list_banners(tx):
                try:
                    body = rules.table_out(rules.compose(banner_in(row), self._catalogue))
                except rules.BrokenBanner as broken:
                    log.error("banner.broken", banner_id=row.id, why=str(broken))
                    continue
                await store.put_version(tx, row.id, digest_of(body), body)
        self._composed = version
        await self.load()


def banner_in(row: store.BannerRow) -> rules.Banner:
    """A row as the rules see it."""
    return rules.Banner(
        banner_id=row.id,
        name=row.name,
        type=rules.BannerType(row.type),
        start_time=row.start_time,
        end_time=row.end_time,
        price=Money(Currency(row.currency_type), row.cost),
        description=row.description,
        is_active=row.is_active,
        series_ids=tuple(row.series_ids),
        items=tuple(
            rules.Item(item["item_id"], item["rate_up"], item["drop_rate"]) for item in row.items
        ),
    )


def banner_out(banner: rules.Banner) -> dict[str, object]:
    """A banner as the row it becomes."""
    return {
        "id": banner.banner_id,
        "name": banner.name,
        "type": banner.type.value,
        "start_time": banner.start_time.isoformat(),
        "end_time": banner.end_time.isoformat(),
        "description": banner.description,
        "is_active": banner.is_active,
        "series_ids": list(banner.series_ids),
        "cost": banner.price.amount,
        "currency_type": banner.price.currency.value,
        "items": [
            {"item_id": item.waifu_id, "rate_up": item.is_rate_up, "drop_rate": item.drop_rate}
            for item in banner.items
        ],
    }


def digest_of(body: dict[str, object]) -> bytes:
    """What tells two tables or pools apart."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
