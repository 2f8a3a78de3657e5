"""One simulated player: what it has and knows, and the single things it can do."""

import random
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from chassis.wire import time_in
from console.crowd.world import QUARTZ, World, kind_of
from geminya.collection.v1 import bond_pb2, roster_pb2
from geminya.common.v1.money_pb2 import Money
from geminya.common.v1.op_pb2 import Op
from geminya.economy.v1 import gacha_pb2, mission_pb2, shop_pb2
from geminya.expeditions.v1 import expedition_pb2
from geminya.expeditions.v1.atlas_pb2 import Template
from geminya.users.v1 import account_pb2

W = TypeVar("W", bound=World)
PARTY = 3
SAYINGS = ("Good morning!", "Thank you for yesterday.", "How was the road?", "I brought you news.")
CHEAP_GIFTS = ("rice_crackers", "black_coffee", "wildflowers", "jasmine_tea")
GIFT_PRICE = 20
"""Enough for each of the cheap gifts."""
ANY_RANK = 99


@dataclass(slots=True)
class Away:
    """A party on its way."""

    expedition_id: str
    ready: datetime
    waifus: Sequence[int]


@dataclass(slots=True)
class Player(Generic[W]):
    """A player with dice of its own."""

    world: W
    number: int
    dice: random.Random
    user_id: int = 0
    epoch: int = 1
    purse: dict[int, int] = field(default_factory=dict)
    waifus: dict[int, bool] = field(default_factory=dict)
    """Own ones, and whether they are awake."""
    away: list[Away] = field(default_factory=list)

    async def enter(self, discord_id: int) -> bool:
        """Opens an academy, or comes back to it; whether it is a new one."""
        request = account_pb2.EnterRequest(discord_id=discord_id)
        entered = await self.world.ask(self.world.services.account.Enter, request)
        self.user_id, self.epoch = entered.user_id, entered.epoch
        return entered.is_new

    async def change(self, method: Any, request: Any) -> Any:
        """The answer to a wish that changes something; none where the game said no."""
        op = Op(op_id=self.new_op_id(), user_id=self.user_id, epoch=self.epoch)
        request.op.CopyFrom(op)
        self.world.wishes[kind_of(request)] += 1
        answer = await self.world.ask(method, request)
        self.note(getattr(answer, "balances", ()))
        return answer

    def new_op_id(self) -> str:
        """The id of the next wish."""
        return str(uuid.uuid4())

    def note(self, balances: Iterable[Money]) -> None:
        """Remembers what is in the purse."""
        self.purse.update({money.currency: money.amount for money in balances})

    def has(self, currency: int) -> int:
        """What is in the purse."""
        return self.purse.get(currency, 0)

    def welcome(self, waifu_ids: Iterable[int]) -> None:
        """Whoever came lives here now."""
        for waifu_id in waifu_ids:
            self.waifus.setdefault(waifu_id, False)

    def banner_of(self, currency: int) -> gacha_pb2.Banner:
        """An open banner with a price in this currency."""
        return self.dice.choice(
            [one for one in self.world.banners if one.price.currency == currency]
        )

    @property
    def at_home(self) -> list[int]:
        """Waifus who are not on their way."""
        busy = {waifu for party in self.away for waifu in party.waifus}
        return [waifu for waifu in self.waifus if waifu not in busy]

    # Single things to do.

    async def claim_daily(self) -> None:
        """The daily reward."""
        await self.change(self.world.services.account.ClaimDaily, account_pb2.ClaimDailyRequest())

    async def summon_from(self, banner: gacha_pb2.Banner, count: int) -> None:
        """One summon."""
        request = gacha_pb2.SummonRequest(banner_id=banner.banner_id, count=count)
        summon = await self.change(self.world.services.gacha.Summon, request)
        if summon:
            self.welcome(pull.waifu_id for pull in summon.pulls)

    async def depart(self, place: Template, party: Sequence[int]) -> None:
        """One party leaves."""
        request = expedition_pb2.StartExpeditionRequest(
            template_id=place.template_id, waifu_ids=party
        )
        started = await self.change(self.world.services.expeditions.StartExpedition, request)
        if started:
            trip = started.expedition
            self.away.append(Away(trip.expedition_id, time_in(trip.ready_time), party))

    async def bring_home(self, party: Away) -> None:
        """Completes an expedition."""
        request = expedition_pb2.CompleteExpeditionRequest(expedition_id=party.expedition_id)
        done = await self.change(self.world.services.expeditions.CompleteExpedition, request)
        if done and party in self.away:
            self.away.remove(party)

    async def talk_to(self, friend: int) -> None:
        """A few words."""
        talk = bond_pb2.TalkRequest(waifu_id=friend, message=self.dice.choice(SAYINGS))
        await self.change(self.world.services.bond.Talk, talk)

    async def give_to(self, friend: int) -> None:
        """A small gift."""
        gift = bond_pb2.GiveGiftRequest(waifu_id=friend, gift_id=self.dice.choice(CHEAP_GIFTS))
        await self.change(self.world.services.bond.GiveGift, gift)

    async def wake(self, waifu: int) -> None:
        """Awakens somebody."""
        request = roster_pb2.AwakenRequest(waifu_id=waifu)
        woken = await self.change(self.world.services.roster.Awaken, request)
        self.waifus[waifu] = woken is not None

    async def buy(self, item: shop_pb2.Item) -> None:
        """One of a thing in the shop."""
        request = shop_pb2.BuyRequest(item_code=item.item_code, quantity=1, collector_rank=ANY_RANK)
        await self.change(self.world.services.shop.Buy, request)

    async def bag(self) -> Sequence[shop_pb2.Stack]:
        """What is in the bag."""
        request = shop_pb2.ListInventoryRequest(user_id=self.user_id)
        found = await self.world.ask(self.world.services.shop.ListInventory, request)
        return found.stacks if found else ()

    async def use(self, use: shop_pb2.UseItemRequest) -> None:
        """Uses a thing."""
        used = await self.change(self.world.services.shop.UseItem, use)
        if not used:
            return
        self.welcome(pull.waifu_id for pull in used.pulls)
        for party in self.away:
            if party.expedition_id == use.expedition_id:
                party.ready = time_in(used.ready_time)

    def use_of(self, item: shop_pb2.Item) -> shop_pb2.UseItemRequest | None:
        """How a thing is used; none where it cannot be."""
        effects, request = item.effects, shop_pb2.UseItemRequest(item_code=item.item_code)
        if effects.haste_minutes:
            if not self.away:
                return None
            request.expedition_id = self.dice.choice(self.away).expedition_id
        elif effects.guarantee_rarity:
            able = [one for one in self.world.pool if one.rarity == effects.guarantee_rarity]
            chosen = self.dice.choice(able)
            request.series_id = chosen.series_id if effects.choose_series else 0
            request.waifu_id = chosen.waifu_id if effects.choose_character else 0
        elif not effects.HasField("boost"):
            return None
        return request

    async def claim(self) -> None:
        """Claims what is done of the missions; who looks in vain has only looked."""
        missions = self.world.services.missions
        request = mission_pb2.ListMissionsRequest(user_id=self.user_id)
        known = await self.world.ask(missions.ListMissions, request)
        if known and any(one.completed and not one.claimed for one in known.missions):
            await self.change(missions.ClaimAllMissions, mission_pb2.ClaimAllMissionsRequest())

    def can_give(self) -> bool:
        """Whether a small gift is within reach."""
        return bool(self.waifus) and self.has(QUARTZ) >= GIFT_PRICE
