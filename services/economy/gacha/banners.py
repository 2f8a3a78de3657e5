"""The banners in memory, as old as two seconds at most, and the tables that do not change at all."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from chassis.money import Currency, Money
from chassis.postgres import Database, DatabaseTrouble
from chassis.rpc.channel import Channel
from geminya.collection.v1 import catalog_pb2
from geminya.collection.v1.catalog_pb2_grpc import CatalogServiceStub
from services.economy.errors import BannerEmpty, BannerNotFound
from services.economy.gacha import rules, store

log = structlog.get_logger()

REFRESH_S = 1.0
TABLES_KEPT = 500


@dataclass(frozen=True, slots=True)
class Offer:
    """A banner with the version in force."""

    banner: rules.Banner
    version_id: int
    version: int


class Banners:
    """Answers from memory; a background task keeps it fresh and makes versions of a new catalogue."""

    def __init__(self, database: Database, collection: Channel) -> None:
        self._database = database
        self._catalog = CatalogServiceStub(collection)
        self._offers: dict[str, Offer] = {}
        self._tables: dict[int, rules.Table] = {}
        self._catalogue: tuple[rules.Candidate, ...] = ()
        self._version = 0

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
        table = self._tables.get(version_id)
        if table is None:
            body = await store.get_version_body(self._database.bare, version_id)
            table = self._tables[version_id] = rules.table_in(body)
            while len(self._tables) > TABLES_KEPT:
                self._tables.pop(next(iter(self._tables)))
        return table

    async def load(self) -> None:
        """Reads every banner and the tables in force."""
        rows = await store.list_banners(self._database.bare)
        offers: dict[str, Offer] = {}
        for row in rows:
            if row.version_id is not None and row.version is not None:
                await self.table(row.version_id)
                offers[row.id] = Offer(banner_in(row), row.version_id, row.version)
        self._offers = offers

    async def prepare(self) -> None:
        """The first load; the catalogue may still be away."""
        await self.load()
        await self._follow_catalogue()

    async def keep_fresh(self) -> None:
        """Loads again and again until it is cancelled."""
        while True:
            await asyncio.sleep(REFRESH_S)
            try:
                await self.load()
                await self._follow_catalogue()
            except DatabaseTrouble as trouble:
                log.warning("banners.stale", why=str(trouble))

    async def catalogue(self) -> Sequence[rules.Candidate]:
        """Who can be pulled at all, as the collection has it now."""
        await self._read_catalogue()
        return self._catalogue

    async def write(self, banners: Sequence[rules.Banner]) -> None:
        """Saves banners and makes their tables the versions in force, all or nothing."""
        async with self._database.transaction() as tx:
            await store.lock_banners(tx)
            for banner in banners:
                await store.save_banner(tx, banner_out(banner))
                body = rules.table_out(rules.compose(banner, self._catalogue))
                await store.put_version(tx, banner.banner_id, digest_of(body), body)
        await self.load()

    async def _follow_catalogue(self) -> None:
        try:
            is_new = await self._read_catalogue()
        except Exception as trouble:
            log.warning("banners.catalogue_away", why=type(trouble).__name__)
            return
        if is_new:
            await self._recompose()

    async def _read_catalogue(self) -> bool:
        request = catalog_pb2.ListPoolRequest(known_version=self._version)
        pool = await self._catalog.ListPool(request)
        if pool.version == self._version:
            return False
        self._version = pool.version
        self._catalogue = tuple(
            rules.Candidate(entry.waifu_id, entry.series_id, entry.rarity) for entry in pool.entries
        )
        return True

    async def _recompose(self) -> None:
        """A new catalogue makes new versions of the banners whose pool it changes."""
        async with self._database.transaction() as tx:
            await store.lock_banners(tx)
            for row in await store.list_banners(tx):
                try:
                    body = rules.table_out(rules.compose(banner_in(row), self._catalogue))
                except BannerEmpty as empty:
                    log.error("banner.empty", banner_id=row.id, why=str(empty))
                    continue
                await store.put_version(tx, row.id, digest_of(body), body)
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
    """What tells two tables apart."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
