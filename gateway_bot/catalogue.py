"""Waifus by number, for messages that only know the number: asked once, kept for a minute."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import grpc
import structlog

from geminya.collection.v1.catalog_pb2 import BatchGetWaifusRequest, Waifu

if TYPE_CHECKING:
    from geminya.collection.v1.catalog_pb2_grpc import CatalogServiceAsyncStub

log = structlog.get_logger()

KEPT_S = 60.0
KEPT_WAIFUS = 4_000
BATCH = 100


class Catalogue:
    """The names and faces of waifus."""

    def __init__(
        self,
        catalog: "CatalogServiceAsyncStub",
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalog = catalog
        self._now = now
        self._kept: OrderedDict[int, tuple[float, Waifu]] = OrderedDict()

    async def waifus(self, waifu_ids: Iterable[int]) -> Mapping[int, Waifu]:
        """The waifus with these numbers. Who cannot be asked for now is left out.

        What happened is told even when the names are not at hand.
        """
        wanted = list(dict.fromkeys(waifu_ids))
        now = self._now()
        missing = [waifu_id for waifu_id in wanted if self._kept.get(waifu_id, (0.0,))[0] <= now]
        batches = [missing[start : start + BATCH] for start in range(0, len(missing), BATCH)]
        await asyncio.gather(*(self._ask(batch) for batch in batches))
        # One that could not be asked for again is still known by her old name.
        return {waifu_id: self._kept[waifu_id][1] for waifu_id in wanted if waifu_id in self._kept}

    async def _ask(self, waifu_ids: list[int]) -> None:
        request = BatchGetWaifusRequest(waifu_ids=waifu_ids)
        try:
            answer = await self._catalog.BatchGetWaifus(request)
        except grpc.aio.AioRpcError as error:
            log.warning("waifus.nameless", count=len(waifu_ids), code=error.code().name)
            return
        for waifu in answer.waifus:
            self._keep(waifu)

    def _keep(self, waifu: Waifu) -> None:
        self._kept[waifu.waifu_id] = (self._now() + KEPT_S, waifu)
        self._kept.move_to_end(waifu.waifu_id)
        while len(self._kept) > KEPT_WAIFUS:
            self._kept.popitem(last=False)
