"""The atlas as every reader sees it: one version in memory, until a newer one is imported."""

import asyncio

import structlog

from chassis.background import again_and_again
from chassis.postgres import Database
from services.expeditions.atlas import store
from services.expeditions.atlas.rules import Atlas, Template
from services.expeditions.errors import TemplateNotFound

LOOK_INTERVAL_S = 1.0

log = structlog.get_logger()


class AtlasMemory:
    """Holds the newest atlas that this process has seen."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loading = asyncio.Lock()
        self.current = Atlas.of(0, [], [], {})

    async def load(self) -> Atlas:
        """Takes the newest atlas over."""
        async with self._loading:
            loaded = await store.load(self._database.bare)
            if loaded.version > self.current.version:
                self.current = loaded
                log.info(
                    "atlas.loaded",
                    version=loaded.version,
                    templates=len(loaded.templates),
                    encounters=len(loaded.encounters),
                )
            return self.current

    async def look(self) -> None:
        """Loads when there is a newer version."""
        if await store.get_version(self._database.bare) > self.current.version:
            await self.load()

    async def watch(self) -> None:
        """Looks every second, for as long as the process lives."""
        await again_and_again(self.look, LOOK_INTERVAL_S, away="atlas.unseen")

    async def template(self, template_id: str) -> Template:
        """The template, which may have come with an import a moment ago, or `TemplateNotFound`."""
        found = self.current.templates.get(template_id)
        if found is None:
            await self.look()
            found = self.current.templates.get(template_id)
        if found is None:
            raise TemplateNotFound(template_id=template_id)
        return found
