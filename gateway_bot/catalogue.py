"""Waifus by number, for messages that only know the number: asked once, kept for a minute."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import grpc
import structlog

from geminya.collection.v1.catalog_pb2 import GetWaifuRequest, Waifu

if TYPE_CHECKING:
    from geminya.collection.v1.catalog_pb2_grpc import CatalogServiceAsyncStub

log = structlog.get_logger()

KEPT_S = 60.0
KEPT_WAIFUS = 4_000
AT_ONCE = 16


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
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def waifus(self, waifu_ids: Iterable[int]) -> Mapping[int, Waifu]:
        """The waifus with these numbers. Who cannot be asked for now is left out.

        What happened is told even when the names are not at hand.
        """
        wanted = list(dict.fromkeys(waifu_ids))
        found = await asyncio.gather(*(self._waifu(waifu_id) for waifu_id in wanted))
        return {waifu.waifu_id: waifu for waifu in found if waifu is not None}

    async def _waifu(self, waifu_id: int) -> Waifu | None:
        until, waifu = self._kept.get(waifu_id, (0.0, None))
        if waifu is not None and self._now() < until:
            return waifu
        try:
            async with self._slots:
                answer = await self._catalog.GetWaifu(GetWaifuRequest(waifu_id=waifu_id))
        except grpc.aio.AioRpcError as error:
            log.warning("waifu.nameless", waifu_id=waifu_id, code=error.code().name)
            return waifu
        self._keep(answer.waifu)
        return answer.waifu

    def _keep(self, waifu: Waifu) -> None:
        self._kept[waifu.waifu_id] = (self._now() + KEPT_S, waifu)
        self._kept.move_to_end(waifu.waifu_id)
        while len(self._kept) > KEPT_WAIFUS:
            self._kept.popitem(last=False)
