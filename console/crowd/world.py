"""What all simulated players share: the services, what is open now, and what came of their wishes."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc

from chassis.rpc.status import refusal_of
from console.crowd.services import Services
from geminya.collection.v1.catalog_pb2 import ListPoolRequest, PoolEntry
from geminya.common.v1 import money_pb2
from geminya.economy.v1.gacha_pb2 import Banner, ListBannersRequest
from geminya.economy.v1.shop_pb2 import Item, ListItemsRequest
from geminya.expeditions.v1.atlas_pb2 import GetRotationRequest, Template

CRYSTALS = money_pb2.CURRENCY_SAKURA_CRYSTALS
QUARTZ = money_pb2.CURRENCY_QUARTZS
DAPHINE = money_pb2.CURRENCY_DAPHINE
Code = grpc.StatusCode
AGAIN = frozenset(
    {
        Code.UNAVAILABLE,
        Code.ABORTED,
        Code.CANCELLED,
        Code.DEADLINE_EXCEEDED,
        Code.RESOURCE_EXHAUSTED,
    }
)
"""Codes that say nothing about the outcome: the same call is sent again, as the bot sends it."""
CALL_S = 8.0
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0


def kind_of(request: Any) -> str:
    """What is asked for, in a word."""
    return request.DESCRIPTOR.name.removesuffix("Request")


@dataclass(slots=True)
class World:
    """What is there for everybody."""

    services: Services
    catalog: Any
    """The stub of somebody who may ask for the whole pool; players may not."""
    patience_s: float = 60.0
    """How long a wish is repeated before it counts as lost."""
    shelf: Sequence[Item] = ()
    """What is on sale for quartz."""
    pool: Sequence[PoolEntry] = ()
    """Whoever can be summoned at all."""
    places: Sequence[Template] = ()
    """Where expeditions lead this week."""
    banners: Sequence[Banner] = ()
    wishes: Counter[str] = field(default_factory=Counter)
    """Changes that were asked for, by message."""
    refusals: Counter[str] = field(default_factory=Counter)
    """What the game said no to, by message and reason."""
    troubles: Counter[str] = field(default_factory=Counter)
    """Codes after which a call was repeated."""

    async def look(self) -> None:
        """What is open now."""
        at = self.services
        rotation = await at.atlas.GetRotation(GetRotationRequest())
        self.places = rotation.templates
        open_now = await at.gacha.ListBanners(ListBannersRequest())
        self.banners = [banner for banner in open_now.banners if banner.is_open]
        listed = await at.shop.ListItems(ListItemsRequest(page_size=100))
        self.shelf = [
            one.item for one in listed.items if one.is_on_sale and one.item.price.currency == QUARTZ
        ]
        if not self.pool:
            self.pool = (await self.catalog.ListPool(ListPoolRequest())).entries

    async def ask(self, method: Any, request: Any) -> Any:
        """The answer to a call, repeated on trouble as the bot repeats it; none where the game said no.

        A failure that no repeat will mend goes up, and so does trouble that does not end.
        """
        kind = kind_of(request)
        give_up, pause = time.monotonic() + self.patience_s, FIRST_PAUSE_S
        while True:
            try:
                return await method(request, timeout=CALL_S)
            except grpc.aio.AioRpcError as error:
                refused, code = refusal_of(error), error.code()
                if refused is not None:
                    self.refusals[f"{kind} {refused.reason}"] += 1
                    return None
                if code not in AGAIN or time.monotonic() > give_up:
                    raise
                self.troubles[code.name] += 1
            await asyncio.sleep(pause * random.uniform(0.6, 1.4))  # noqa: S311 - spreads load
            pause = min(pause * 2, LONGEST_PAUSE_S)
