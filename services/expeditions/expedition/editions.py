"""Encounters as they were: an expedition meets those that were in the atlas when it began."""

from chassis.postgres import Tx
from services.expeditions.atlas import store
from services.expeditions.atlas.memory import AtlasMemory
from services.expeditions.atlas.rules import Encounter

MOST_KEPT = 8
"""Editions in memory. Expeditions last less than a day, and imports are rare."""


class Editions:
    """Reads each edition once; what was kept of a version never changes."""

    def __init__(self, atlas: AtlasMemory) -> None:
        self._atlas = atlas
        self._read: dict[int, tuple[Encounter, ...]] = {}

    async def encounters(self, tx: Tx, version: int) -> tuple[Encounter, ...]:
        """The encounters of a version of the atlas."""
        current = self._atlas.current
        if current.version == version:
            return tuple(current.encounters.values())
        if version not in self._read:
            found = tuple(await store.find_edition(tx, version))
            while len(self._read) >= MOST_KEPT:
                del self._read[next(iter(self._read))]
            self._read[version] = found
        return self._read[version]
