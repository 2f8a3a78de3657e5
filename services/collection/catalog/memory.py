"""The catalogue as every reader sees it: one version in memory, until a newer one is imported."""

import asyncio
from collections.abc import Iterable

import structlog

from chassis.background import again_and_again
from chassis.postgres import Database
from services.collection.catalog import store
from services.collection.catalog.rules import Catalog

LOOK_INTERVAL_S = 1.0

log = structlog.get_logger()


class CatalogMemory:
    """Holds the newest catalogue that this process has seen."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loading = asyncio.Lock()
        self.current = Catalog.of(0, [], [])

    async def load(self) -> Catalog:
        """Takes the newest catalogue over."""
        async with self._loading:
            loaded = await store.load(self._database.bare)
            if loaded.version > self.current.version:
                self.current = loaded
                log.info(
                    "catalog.loaded",
                    version=loaded.version,
                    series=len(loaded.series),
                    waifus=len(loaded.waifus),
                )
            return self.current

    async def look(self) -> None:
        """Loads when there is a newer version."""
        if await store.get_version(self._database.bare) > self.current.version:
            await self.load()

    async def watch(self) -> None:
        """Looks every second, for as long as the process lives."""
        await again_and_again(self.look, LOOK_INTERVAL_S, away="catalog.unseen")

    async def knowing(self, waifu_ids: Iterable[int]) -> Catalog:
        """A catalogue with all these waifus, who may have come with an import a moment ago."""
        if all(waifu_id in self.current.waifus for waifu_id in waifu_ids):
            return self.current
        return await self.load()

    async def knowing_series(self, series_ids: Iterable[int]) -> Catalog:
        """A catalogue with all these series."""
        if all(series_id in self.current.series for series_id in series_ids):
            return self.current
        return await self.load()
