"""A talk, and a gift that is bought as it is given (flow F9 of docs/reliability.md)."""

from dataclasses import replace
from datetime import date
from typing import ClassVar

from google.protobuf.message import Message

from chassis.clock import Clock, statement_time
from chassis.money import Currency, Money
from chassis.operations.operation import Look, Operation, Phase, Save, Step
from chassis.operations.refunds import Kept, Part, Refund
from chassis.operations.refusals import KeptRejection
from chassis.rpc.channel import Channel
from chassis.wire import currency_out, money_in, money_out, time_in
from geminya.collection.v1 import bond_pb2 as pb
from geminya.common.v1.op_pb2 import Op
from geminya.common.v1.operation_pb2_grpc import OperationServiceStub
from geminya.users.v1 import wallet_pb2
from geminya.users.v1.wallet_pb2_grpc import WalletServiceStub
from services.collection.activity import done
from services.collection.bond import rules, store
from services.collection.bond.memory import BondMemory
from services.collection.bond.responders import Responder
from services.collection.catalog.memory import CatalogMemory
from services.collection.catalog.rules import Waifu
from services.collection.errors import GiftedEnough, GiftNotFound, TalkedEnough, WaifuNotOwned

OPEN_TALK = Phase(1, pb.TalkTerms)
SAVE_TALK = Phase(2, pb.TalkResponse)

OPEN_GIFT = Phase(1, pb.GiftTerms)
GIVE = Phase(2, pb.GiveGiftResponse)
PAY = Step(1, is_pivot=True, name="pay")


class TalkFlow:
    """Counts the talk, lets her answer, keeps what was said and how it moved her."""

    kind: ClassVar[str] = "talk"
    order: ClassVar[type[Message]] = pb.TalkRequest
    answer: ClassVar[type[Message]] = pb.TalkResponse

    def __init__(
        self, catalog: CatalogMemory, memory: BondMemory, responder: Responder, clock: Clock
    ) -> None:
        self.catalog = catalog
        self.memory = memory
        self.responder = responder
        self.clock = clock

    async def run(self, op: Operation, order: pb.TalkRequest) -> pb.TalkResponse:
        """The wish, from top to bottom."""
        terms = await op.phase(OPEN_TALK, self.open, order)
        # Between the phases: whoever answers may take seconds, and nothing is locked meanwhile.
        scene = await self.scene(order, terms)
        reply = await self.responder.reply(scene)
        said = await op.phase(SAVE_TALK, self.save, order, terms, scene, reply)
        op.wake()
        return said

    async def open(self, look: Look, order: pb.TalkRequest) -> Save[pb.TalkTerms]:
        """Counts the talk and freezes how the two stand. Only where that did not fit is it looked why."""
        rules.check_message(order.message)
        if look.is_again:
            await self.refuse(look, order)
        waifu, bond = await find_waifu(self.catalog, order.waifu_id), self.memory.bond
        given = (
            *(order.waifu_id, statement_time(self.clock), self.clock.day_offset),
            *(bond.limits.talks, bond.limits.all_talks, bond.mood.fade_per_hour),
            *(month_and_day(waifu.birthday), store.HEARD_BEFORE),
        )
        return Save(pb.TalkTerms(), store.OPEN_TALK, given)

    async def refuse(self, look: Look, order: pb.TalkRequest) -> None:
        """Says why she cannot be talked to; nothing when she can."""
        limits = self.memory.bond.limits
        day = await find_day(look, order.op.user_id, order.waifu_id, self.clock)
        for used, limit in ((day.talks, limits.talks), (day.all_talks, limits.all_talks)):
            if used >= limit:
                raise TalkedEnough(limit=limit, next_time=seconds(day))

    async def scene(self, order: pb.TalkRequest, terms: pb.TalkTerms) -> rules.Scene:
        """All that the answer is made from."""
        return rules.Scene(
            op_id=order.op.op_id,
            waifu=await find_waifu(self.catalog, order.waifu_id),
            mood=terms.mood,
            bond_level=terms.bond_level,
            time=time_in(terms.time) + self.clock.day_offset,
            message=rules.check_message(order.message),
            history=[rules.Exchange(one.message, one.reply) for one in terms.history],
            is_first=terms.is_first,
            is_birthday=terms.is_birthday,
        )

    async def save(
        self,
        look: Look,
        order: pb.TalkRequest,
        terms: pb.TalkTerms,
        scene: rules.Scene,
        reply: str,
    ) -> Save[pb.TalkResponse]:
        """Keeps the talk, and what it does to her."""
        bond = self.memory.bond
        if look.is_again:
            reply = await self.another(look, order, scene, reply)
        tone = rules.tone_of(bond, scene.message)
        change = rules.talk_mood_change(bond, tone, terms.bond_level, is_birthday=terms.is_birthday)
        kept = pb.TalkResponse(
            reply=reply,
            talks_left=terms.talks_left,
            all_talks_left=terms.all_talks_left,
            time=terms.time,
        )
        moved = feeling(bond, order.waifu_id, self.clock, change, rules.talk_points(bond, tone))
        said = (scene.message, reply, terms.is_birthday)
        return Save(kept, store.SAVE_TALK, (*moved, *said, *happened(order.op, "talk", terms)))

    async def another(
        self, look: Look, order: pb.TalkRequest, scene: rules.Scene, reply: str
    ) -> str:
        """The answer, or another one where she has said it to somebody faster meanwhile."""
        latest = await store.list_exchanges(look.tx, order.op.user_id, order.waifu_id)
        if not latest or latest[-1].reply != reply:
            return reply
        history = [rules.Exchange(one.message, one.reply) for one in latest]
        return rules.talk_reply(self.memory.bond, replace(scene, history=history))


class GiftFlow:
    """Counts the gift, takes its price, and gives it."""

    kind: ClassVar[str] = "gift"
    order: ClassVar[type[Message]] = pb.GiveGiftRequest
    answer: ClassVar[type[Message]] = pb.GiveGiftResponse

    def __init__(
        self, users: Channel, catalog: CatalogMemory, memory: BondMemory, clock: Clock
    ) -> None:
        self.wallet = WalletServiceStub(users)
        self.paid = Part(PAY, OperationServiceStub(users))
        self.catalog = catalog
        self.memory = memory
        self.clock = clock

    async def run(self, op: Operation, order: pb.GiveGiftRequest) -> pb.GiveGiftResponse:
        """The wish, from top to bottom."""
        terms = await op.phase(OPEN_GIFT, self.open, order)
        try:
            # The pivot: nothing after the payment can be refused.
            paid = await op.step(PAY, self.wallet.Apply, payment(order, terms))
        except KeptRejection as refusal:
            opened = (order.waifu_id, time_in(terms.time), self.clock.day_offset)
            await op.take_back(refusal, store.UNCOUNT_GIFT, *opened)
        given = await op.phase(GIVE, self.give, order, terms)
        op.wake()
        given.balances.extend(paid.balances)
        return given

    async def open(self, look: Look, order: pb.GiveGiftRequest) -> Save[pb.GiftTerms]:
        """Counts the gift and freezes its price. Only where that did not fit is it looked why."""
        bond = self.memory.bond
        gift = bond.gift.get(order.gift_id)
        if gift is None:
            raise GiftNotFound(gift_id=order.gift_id)
        if look.is_again:
            await self.refuse(look, order)
        waifu = await find_waifu(self.catalog, order.waifu_id)
        terms = pb.GiftTerms(
            price=money_out(Money(Currency.QUARTZS, gift.price)),
            gift_name=gift.name,
            is_favorite=order.gift_id in rules.favorite_gift_ids(bond, waifu),
        )
        given = (
            *(order.waifu_id, statement_time(self.clock), self.clock.day_offset),
            *(bond.limits.gifts, bond.mood.fade_per_hour, month_and_day(waifu.birthday)),
        )
        return Save(terms, store.OPEN_GIFT, given)

    async def refuse(self, look: Look, order: pb.GiveGiftRequest) -> None:
        """Says why she takes no gift; nothing when she does."""
        limit = self.memory.bond.limits.gifts
        day = await find_day(look, order.op.user_id, order.waifu_id, self.clock)
        if day.gifts >= limit:
            raise GiftedEnough(limit=limit, next_time=seconds(day))

    async def give(
        self, look: Look, order: pb.GiveGiftRequest, terms: pb.GiftTerms
    ) -> Save[pb.GiveGiftResponse]:
        """Keeps the gift, and what it does to her."""
        bond, price = self.memory.bond, money_in(terms.price).amount
        reply = await self.reply(look, order, terms)
        is_favorite, is_birthday = terms.is_favorite, terms.is_birthday
        kept = pb.GiveGiftResponse(
            gift_id=order.gift_id,
            gift_name=terms.gift_name,
            reply=reply,
            gifts_left=terms.gifts_left,
            price=terms.price,
            time=terms.time,
            is_favorite=is_favorite,
            is_birthday=is_birthday,
        )
        change = rules.gift_mood_change(bond, is_favorite=is_favorite, is_birthday=is_birthday)
        points = rules.gift_points(bond, price, is_favorite=is_favorite, is_birthday=is_birthday)
        moved = feeling(bond, order.waifu_id, self.clock, change, points)
        given = (order.gift_id, price, is_favorite, is_birthday, reply)
        return Save(kept, store.GIVE, (*moved, *given, *happened(order.op, "gift", terms)))

    def refund(self, order: pb.GiveGiftRequest, kept: Kept) -> Refund | None:
        """The price comes back and the gift is not counted, while it is not given."""
        terms = kept(OPEN_GIFT)
        if terms is None or kept(GIVE) is not None:
            return None
        change = a_change(order, terms, 1, "mint.refund")
        opened = (order.waifu_id, time_in(terms.time), self.clock.day_offset)
        return Refund(self.paid, [], self.wallet.Apply, change, (store.UNCOUNT_GIFT, opened))

    async def reply(self, look: Look, order: pb.GiveGiftRequest, terms: pb.GiftTerms) -> str:
        """What she says to it; not what she said to the gift before, which may have been given meanwhile."""
        before = terms.last_reply
        if look.is_again:
            before = await store.find_gift_reply(look.tx, order.op.user_id, order.waifu_id)
        scene = rules.Scene(
            op_id=order.op.op_id,
            waifu=await find_waifu(self.catalog, order.waifu_id),
            mood=terms.mood,
            bond_level=terms.bond_level,
            time=time_in(terms.time) + self.clock.day_offset,
            is_birthday=terms.is_birthday,
        )
        return rules.gift_reply(
            self.memory.bond, scene, terms.gift_name, before, is_favorite=terms.is_favorite
        )


def payment(order: pb.GiveGiftRequest, terms: pb.GiftTerms) -> wallet_pb2.ApplyRequest:
    """The price of a gift."""
    return a_change(order, terms, -1, "sink.gift")


def a_change(
    order: pb.GiveGiftRequest, terms: pb.GiftTerms, sign: int, reason: str
) -> wallet_pb2.ApplyRequest:
    """The price as a change of the wallet, there or back."""
    price = money_in(terms.price)
    change = wallet_pb2.Change(
        currency=currency_out(price.currency),
        amount=sign * price.amount,
        reason=reason,
        subject=f"gift:{order.gift_id}@{order.waifu_id}",
    )
    return wallet_pb2.ApplyRequest(changes=[change])


async def find_waifu(catalog: CatalogMemory, waifu_id: int) -> Waifu:
    """The waifu; who is in no catalogue can be nobody's."""
    found = (await catalog.knowing([waifu_id])).waifus.get(waifu_id)
    if found is None:
        raise WaifuNotOwned(waifu_id=waifu_id)
    return found


async def find_day(look: Look, user_id: int, waifu_id: int, clock: Clock) -> store.Day:
    """What she had of the day, if she is the player's; else `WaifuNotOwned`."""
    now, offset = statement_time(clock), clock.day_offset
    day = await store.find_day(look.tx, user_id, waifu_id, now, offset)
    if day is None:
        raise WaifuNotOwned(waifu_id=waifu_id)
    return day


def feeling(
    bond: rules.Bond, waifu_id: int, clock: Clock, mood_change: int, points: int
) -> tuple[object, ...]:
    """What the statements of `store.FEELING` are given."""
    words = bond.mood.word
    return (
        *(waifu_id, statement_time(clock), mood_change, points, bond.mood.fade_per_hour),
        *(bond.levels, [word.least for word in words], [word.name for word in words]),
    )


def happened(op: Op, kind: str, terms: pb.TalkTerms | pb.GiftTerms) -> tuple[object, ...]:
    """The fact that it happened, on the day in whose count it is."""
    return (time_in(terms.time), *done(op, kind))


def month_and_day(birthday: date | None) -> str | None:
    """A birthday as the statements compare it."""
    return birthday and birthday.strftime("%m-%d")


def seconds(day: store.Day) -> str:
    """When the next day begins, as refusals tell times."""
    return str(int(day.next_time.timestamp()))
