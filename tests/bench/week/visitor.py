"""One simulated player of the week: sessions full of wishes, in the order of habit."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from chassis.settings import SERVICES
from console.crowd.player import PARTY, Player
from console.crowd.services import Services
from console.crowd.world import CRYSTALS, DAPHINE, QUARTZ, World
from geminya.collection.v1 import equipment_pb2
from geminya.economy.v1 import gift_code_pb2
from geminya.users.v1 import account_pb2
from tests.bench.week.habits import Habit, happens
from tests.support.game import Game


@dataclass(slots=True)
class Week(World):
    """What all visitors share, and the codes that go round."""

    words: list[str] = field(default_factory=list)
    """For everybody."""

    @classmethod
    def of(cls, game: Game) -> "Week":
        """The week of a house."""
        channels = {name: game.house.channel(name) for name in SERVICES}
        return cls(Services(channels), game.catalog)


@dataclass(slots=True, kw_only=True)
class Visitor(Player[Week]):
    """A player with a habit; the same wishes have the same ids in every run."""

    habit: Habit
    mail: list[str] = field(default_factory=list)
    """Codes that nobody else got."""
    redeemed: set[str] = field(default_factory=set)
    last_daily: int = -1
    _wished: int = 0

    def new_op_id(self) -> str:
        """What chance depends on is the same in every run."""
        self._wished += 1
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"week {self.number} {self._wished}"))

    async def arrive(self) -> None:
        """Opens an academy."""
        await self.enter(10**15 + self.number)

    async def session(self, day: int, now: datetime) -> None:
        """Everything the player does in one sitting, in the order of habit."""
        request = account_pb2.GetAccountRequest(user_id=self.user_id)
        account = self.world.services.account
        self.note((await account.GetAccount(request)).account.balances)
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
        for party in [party for party in self.away if party.ready <= now]:
            await self.bring_home(party)
        for step in steps:
            await step()
        await self.send_away()

    # Habits.

    async def daily(self, day: int) -> None:
        """The daily reward, in the first session of a day."""
        if self.last_daily != day:
            self.last_daily = day
            await self.claim_daily()

    async def send_away(self) -> None:
        """Sends parties of whoever is at home to places that are not too far."""
        near = [p for p in self.world.places if p.duration_hours <= self.habit.longest_hours]
        free = self.at_home
        self.dice.shuffle(free)
        for place in self.dice.sample(near, min(len(near), self.habit.parties - len(self.away))):
            party, free = free[:PARTY], free[PARTY:]
            if party:
                await self.depart(place, party)

    async def summon(self) -> None:
        """Ten-summons as long as there are crystals beyond the reserve."""
        for _ in range(self.habit.most_summons):
            banner = self.banner_of(CRYSTALS)
            if self.has(CRYSTALS) - 10 * banner.price.amount < self.habit.reserve:
                return
            await self.summon_from(banner, 10)

    async def befriend(self) -> None:
        """Talks, and small gifts."""
        if not self.waifus:
            return
        friend = self.dice.choice([*self.waifus][:3])
        for _ in range(self.habit.talks):
            await self.talk_to(friend)
        for _ in range(self.habit.gifts):
            if self.can_give():
                await self.give_to(friend)

    async def tinker(self) -> None:
        """Wakes somebody, or makes one good piece out of two."""
        equipment = self.world.services.equipment
        asleep = [waifu for waifu, is_awake in self.waifus.items() if not is_awake]
        if asleep and self.has(DAPHINE) and happens(self.dice, self.habit.tinkers):
            await self.wake(asleep[0])
        if happens(self.dice, self.habit.tinkers):
            request = equipment_pb2.ListEquipmentRequest(user_id=self.user_id)
            pieces = (await equipment.ListEquipment(request)).equipment
            if len(pieces) >= 2 and len(pieces[0].sub_slots) < 5:
                unlock = equipment_pb2.UnlockSubSlotRequest(
                    equipment_id=pieces[0].equipment_id,
                    consumed_equipment_id=pieces[-1].equipment_id,
                )
                await self.change(equipment.UnlockSubSlot, unlock)

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
        answer = await self.change(self.world.services.codes.Redeem, request)
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
            await self.buy(self.dice.choice(goods))
        elif banner.price.amount <= left:
            await self.summon_from(banner, 1)

    async def use_items(self) -> None:
        """Opens the bag, and uses one of each thing that does something."""
        if not happens(self.dice, self.habit.shops):
            return
        for stack in await self.bag():
            if (use := self.use_of(stack.item)) is not None:
                await self.use(use)
