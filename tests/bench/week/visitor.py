"""One simulated player: sessions full of wishes, made as the bot makes them."""

import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import grpc

from chassis.rpc.status import refusal_of
from chassis.wire import time_in
from geminya.collection.v1 import bond_pb2, catalog_pb2, equipment_pb2, roster_pb2
from geminya.common.v1 import money_pb2
from geminya.common.v1.op_pb2 import Op
from geminya.economy.v1 import gacha_pb2, gift_code_pb2, mission_pb2, shop_pb2
from geminya.economy.v1.gift_code_pb2_grpc import GiftCodeServiceStub
from geminya.economy.v1.mission_pb2_grpc import MissionServiceStub
from geminya.economy.v1.shop_pb2_grpc import ShopServiceStub
from geminya.expeditions.v1 import atlas_pb2, expedition_pb2
from geminya.users.v1 import account_pb2
from tests.bench.week.habits import Habit, happens
from tests.support.calls import insist
from tests.support.game import Game

CRYSTALS = money_pb2.CURRENCY_SAKURA_CRYSTALS
QUARTZ = money_pb2.CURRENCY_QUARTZS
DAPHINE = money_pb2.CURRENCY_DAPHINE
PARTY = 3
PATIENCE_S = 60.0
SAYINGS = ("Good morning!", "Thank you for yesterday.", "How was the road?", "I brought you news.")
CHEAP_GIFTS = ("rice_crackers", "black_coffee", "wildflowers", "jasmine_tea")


@dataclass(slots=True)
class World:
    """What all visitors share."""

    game: Game
    codes: Any = None
    """The stub of gift codes."""
    words: list[str] = field(default_factory=list)
    """Codes that go round, for everybody."""
    missions: Any = None
    """The stub of missions."""
    shop: Any = None
    """The stub of the shop."""
    shelf: Sequence[shop_pb2.Item] = ()
    """What is on sale for quartz."""
    pool: Sequence[catalog_pb2.PoolEntry] = ()
    """Whoever can be summoned at all."""
    places: Sequence[atlas_pb2.Template] = ()
    """Where expeditions lead this week."""
    banners: Sequence[gacha_pb2.Banner] = ()
    wishes: Counter[str] = field(default_factory=Counter)
    """What was asked for, by message."""
    refusals: Counter[str] = field(default_factory=Counter)

    async def look(self) -> None:
        """What is open now."""
        stub = self.game.house.stub
        self.codes = self.codes or stub(GiftCodeServiceStub, "economy", None)
        self.missions = self.missions or stub(MissionServiceStub, "economy", None)
        self.shop = self.shop or stub(ShopServiceStub, "economy", None)
        rotation = await self.game.atlas.GetRotation(atlas_pb2.GetRotationRequest())
        self.places = rotation.templates
        open_now = await self.game.gacha.ListBanners(gacha_pb2.ListBannersRequest())
        self.banners = [banner for banner in open_now.banners if banner.is_open]
        listed = await self.shop.ListItems(shop_pb2.ListItemsRequest(page_size=100))
        self.shelf = [
            one.item for one in listed.items if one.is_on_sale and one.item.price.currency == QUARTZ
        ]
        if not self.pool:
            known = await self.game.catalog.ListPool(catalog_pb2.ListPoolRequest())
            self.pool = known.entries


@dataclass(slots=True)
class Away:
    """A party on its way."""

    expedition_id: str
    ready: datetime
    waifus: Sequence[int]


@dataclass(slots=True)
class Visitor:
    """A player with a habit and dice of their own."""

    world: World
    number: int
    habit: Habit
    dice: random.Random
    user_id: int = 0
    purse: dict[int, int] = field(default_factory=dict)
    waifus: dict[int, bool] = field(default_factory=dict)
    """Own ones, and whether they are awake."""
    away: list[Away] = field(default_factory=list)
    mail: list[str] = field(default_factory=list)
    """Codes that nobody else got."""
    redeemed: set[str] = field(default_factory=set)
    last_daily: int = -1
    _wished: int = 0

    async def enter(self) -> None:
        """Opens an academy."""
        request = account_pb2.EnterRequest(discord_id=10**15 + self.number)
        self.user_id = (await self.world.game.users.account.Enter(request)).user_id

    async def session(self, day: int, now: datetime) -> None:
        """Everything the player does in one sitting, in the order of habit."""
        request = account_pb2.GetAccountRequest(user_id=self.user_id)
        self.note((await self.world.game.users.account.GetAccount(request)).account.balances)
        steps: tuple[Callable[[], Awaitable[None]], ...] = (
            self.redeem,
            self.summon,
            self.befriend,
            self.tinker,
            self.spend_quartz,
            self.use_items,
            self.claim,
        )
        await self.daily(day)
        await self.bring_home(now)
        for step in steps:
            await step()
        await self.send_away()

    # Wishes.

    async def wish(self, method: Any, request: Any) -> Any:
        """The answer, or none where the game said no; trouble is asked again, and a bug goes up."""
        self._wished += 1
        name = uuid.uuid5(uuid.NAMESPACE_OID, f"week {self.number} {self._wished}")
        request.op.CopyFrom(Op(op_id=str(name), user_id=self.user_id, epoch=1))
        kind = request.DESCRIPTOR.name.removesuffix("Request")
        self.world.wishes[kind] += 1
        try:
            answer = await insist(lambda: method(request, timeout=8), PATIENCE_S)
        except grpc.aio.AioRpcError as error:
            refused = refusal_of(error)
            if refused is None:
                raise
            self.world.refusals[f"{kind} {refused.reason}"] += 1
            return None
        self.note(getattr(answer, "balances", ()))
        return answer

    def note(self, balances: Iterable[money_pb2.Money]) -> None:
        """Remembers what is in the purse."""
        self.purse.update({money.currency: money.amount for money in balances})

    def has(self, currency: int) -> int:
        """What is in the purse."""
        return self.purse.get(currency, 0)

    # Habits.

    async def daily(self, day: int) -> None:
        """The daily reward, in the first session of a day."""
        if self.last_daily != day:
            self.last_daily = day
            await self.wish(
                self.world.game.users.account.ClaimDaily, account_pb2.ClaimDailyRequest()
            )

    async def bring_home(self, now: datetime) -> None:
        """Completes every expedition whose time is over."""
        for party in [party for party in self.away if party.ready <= now]:
            request = expedition_pb2.CompleteExpeditionRequest(expedition_id=party.expedition_id)
            if await self.wish(self.world.game.expeditions.CompleteExpedition, request):
                self.away.remove(party)

    async def send_away(self) -> None:
        """Sends parties of whoever is at home to places that are not too far."""
        busy = {waifu for party in self.away for waifu in party.waifus}
        near = [p for p in self.world.places if p.duration_hours <= self.habit.longest_hours]
        free = [waifu for waifu in self.waifus if waifu not in busy]
        self.dice.shuffle(free)
        for place in self.dice.sample(near, min(len(near), self.habit.parties - len(self.away))):
            party, free = free[:PARTY], free[PARTY:]
            if party:
                await self.depart(place, party)

    async def depart(self, place: atlas_pb2.Template, party: Sequence[int]) -> None:
        """One party leaves."""
        request = expedition_pb2.StartExpeditionRequest(
            template_id=place.template_id, waifu_ids=party
        )
        started = await self.wish(self.world.game.expeditions.StartExpedition, request)
        if started:
            trip = started.expedition
            self.away.append(Away(trip.expedition_id, time_in(trip.ready_time), party))

    async def summon(self) -> None:
        """Ten-summons as long as there are crystals beyond the reserve."""
        for _ in range(self.habit.most_summons):
            banner = self.banner_of(CRYSTALS)
            if self.has(CRYSTALS) - 10 * banner.price.amount < self.habit.reserve:
                return
            await self.summon_from(banner, 10)

    async def summon_from(self, banner: gacha_pb2.Banner, count: int) -> None:
        """One summon."""
        request = gacha_pb2.SummonRequest(banner_id=banner.banner_id, count=count)
        summon = await self.wish(self.world.game.gacha.Summon, request)
        if summon:
            self.welcome(pull.waifu_id for pull in summon.pulls)

    def banner_of(self, currency: int) -> gacha_pb2.Banner:
        """An open banner with a price in this currency."""
        fitting = [one for one in self.world.banners if one.price.currency == currency]
        return self.dice.choice(fitting)

    def welcome(self, waifu_ids: Iterable[int]) -> None:
        """Whoever came lives here now."""
        for waifu_id in waifu_ids:
            self.waifus.setdefault(waifu_id, False)

    async def befriend(self) -> None:
        """Talks, and small gifts."""
        if not self.waifus:
            return
        bond, friend = self.world.game.bond, self.dice.choice([*self.waifus][:3])
        for _ in range(self.habit.talks):
            talk = bond_pb2.TalkRequest(waifu_id=friend, message=self.dice.choice(SAYINGS))
            await self.wish(bond.Talk, talk)
        for _ in range(self.habit.gifts):
            if self.has(QUARTZ) >= 20:
                gift = bond_pb2.GiveGiftRequest(
                    waifu_id=friend, gift_id=self.dice.choice(CHEAP_GIFTS)
                )
                await self.wish(bond.GiveGift, gift)

    async def tinker(self) -> None:
        """Wakes somebody, or makes one good piece out of two."""
        game = self.world.game
        asleep = [waifu for waifu, is_awake in self.waifus.items() if not is_awake]
        if asleep and self.has(DAPHINE) and happens(self.dice, self.habit.tinkers):
            request = roster_pb2.AwakenRequest(waifu_id=asleep[0])
            self.waifus[asleep[0]] = await self.wish(game.roster.Awaken, request) is not None
        if happens(self.dice, self.habit.tinkers):
            request = equipment_pb2.ListEquipmentRequest(user_id=self.user_id)
            pieces = (await game.equipment.ListEquipment(request)).equipment
            if len(pieces) >= 2 and len(pieces[0].sub_slots) < 5:
                unlock = equipment_pb2.UnlockSubSlotRequest(
                    equipment_id=pieces[0].equipment_id,
                    consumed_equipment_id=pieces[-1].equipment_id,
                )
                await self.wish(game.equipment.UnlockSubSlot, unlock)

    async def redeem(self) -> None:
        """Tries the codes that go round, now and then with a slip of the finger, and those that came by mail."""
        heard = [
            word
            for word in self.world.words
            if word not in self.redeemed and happens(self.dice, self.habit.redeems)
        ]
        for word in heard:
            if happens(self.dice, 10):
                await self.type_code(word[:-1])
            self.redeemed.add(word)
            await self.type_code(word)
        while self.mail:
            await self.type_code(self.mail.pop())

    async def type_code(self, word: str) -> None:
        """Redeems a code, if it is one."""
        request = gift_code_pb2.RedeemRequest(code=word)
        answer = await self.wish(self.world.codes.Redeem, request)
        if answer:
            self.welcome(answer.rewards.waifu_ids)

    async def spend_quartz(self) -> None:
        """A visit to the shop, or a banner that is priced in quartz."""
        if not happens(self.dice, self.habit.shops):
            return
        left = self.has(QUARTZ) - self.habit.quartz_reserve
        banner, goods = (
            self.banner_of(QUARTZ),
            [item for item in self.world.shelf if item.price.amount <= left],
        )
        if goods and happens(self.dice, 70):
            request = shop_pb2.BuyRequest(
                item_code=self.dice.choice(goods).item_code, quantity=1, collector_rank=99
            )
            await self.wish(self.world.shop.Buy, request)
        elif banner.price.amount <= left:
            await self.summon_from(banner, 1)

    async def use_items(self) -> None:
        """Opens the bag, and uses one of each thing that does something."""
        if not happens(self.dice, self.habit.shops):
            return
        request = shop_pb2.ListInventoryRequest(user_id=self.user_id)
        for stack in (await self.world.shop.ListInventory(request)).stacks:
            if (use := self.use_of(stack.item)) is not None:
                used = await self.wish(self.world.shop.UseItem, use)
                if used:
                    self.welcome(pull.waifu_id for pull in used.pulls)

    def use_of(self, item: shop_pb2.Item) -> shop_pb2.UseItemRequest | None:
        """How the item is used; none where it cannot be."""
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
        request = mission_pb2.ListMissionsRequest(user_id=self.user_id)
        known = (await self.world.missions.ListMissions(request)).missions
        if any(one.completed and not one.claimed for one in known):
            await self.wish(
                self.world.missions.ClaimAllMissions, mission_pb2.ClaimAllMissionsRequest()
            )
