"""Something is bought (flow F2 of docs/reliability.md), and an item is used (F3)."""

from typing import ClassVar

from google.protobuf.message import Message

from chassis.clock import Clock, statement_time
from chassis.dice import Dice, Seed
from chassis.operations.operation import Look, Operation, Phase, Save, Step
from chassis.operations.refunds import Kept, Part, Refund
from chassis.operations.refusals import KeptRejection
from chassis.rpc.channel import Channel
from chassis.wire import time_in
from geminya.collection.v1 import roster_pb2
from geminya.common.v1 import money_pb2
from geminya.common.v1.operation_pb2_grpc import OperationServiceStub
from geminya.economy.v1 import gacha_pb2
from geminya.economy.v1 import shop_pb2 as pb
from geminya.expeditions.v1 import expedition_pb2
from geminya.expeditions.v1.expedition_pb2_grpc import ExpeditionServiceStub
from geminya.users.v1 import wallet_pb2
from services.economy.errors import (
    ItemNotFound,
    ItemNotOnSale,
    ItemNotOwned,
    LimitReached,
    RankTooLow,
    SoldOut,
    UsedToday,
)
from services.economy.gacha.banners import Banners, digest_of
from services.economy.gacha.flows import shown
from services.economy.gacha.seeds import FreshSeed, Seals
from services.economy.peers import Roster, Wallet
from services.economy.shop import messages, rules, store

OPEN = Phase(1, pb.BuyTerms)
PUT = Phase(2, pb.Bought)
TAKE = Phase(1, pb.UseTerms)
PAY = Step(1, is_pivot=True, name="pay")
GRANT = Step(2, name="grant")
CHANGE = Step(3, name="change")
HASTEN = Step(4, is_pivot=True, name="hasten")


class BuyFlow:
    """Takes stock, takes the price, and puts the items into the bag."""

    kind: ClassVar[str] = "buy"
    order: ClassVar[type[Message]] = pb.BuyRequest
    answer: ClassVar[type[Message]] = pb.BuyResponse

    def __init__(self, users: Channel, clock: Clock) -> None:
        self.wallet = Wallet(users)
        self.paid = Part(PAY, OperationServiceStub(users))
        self.clock = clock

    async def run(self, op: Operation, order: pb.BuyRequest) -> pb.BuyResponse:
        """The wish, from top to bottom."""
        terms = await op.phase(OPEN, self.open, order)
        try:
            # The pivot: nothing after the payment can be refused.
            paid = await op.step(PAY, self.wallet.Apply, payment(terms))
        except KeptRejection as refusal:
            await op.take_back(refusal, store.TAKE_BACK_BUY)
        bought = await op.phase(PUT, self.put, order, terms)
        return pb.BuyResponse(
            item=terms.item,
            quantity=order.quantity,
            price=terms.price,
            balances=paid.balances,
            owned=bought.owned,
            time=bought.time,
        )

    async def open(self, look: Look, order: pb.BuyRequest) -> Save[pb.BuyTerms]:
        """Takes stock and freezes the price. Only where that did not fit is it looked why."""
        if look.is_again:
            await self.refuse(look, order)
        given = (
            *(order.item_code, order.quantity, statement_time(self.clock)),
            *(self.clock.day_offset, order.collector_rank),
        )
        return Save(pb.BuyTerms(), store.OPEN_BUY, given)

    async def refuse(self, look: Look, order: pb.BuyRequest) -> None:
        """Says why it cannot be bought; nothing when it can."""
        now, offset = statement_time(self.clock), self.clock.day_offset
        row = await store.find_shelf_item(look.tx, order.op.user_id, now, offset, order.item_code)
        if row is None:
            raise ItemNotFound(item_code=order.item_code)
        item = messages.item_out(row.item)
        if not row.is_on_sale:
            raise ItemNotOnSale(name=item.name)
        if item.min_rank > order.collector_rank:
            raise RankTooLow(name=item.name, rank=item.min_rank)
        if item.user_limit and row.had + order.quantity > item.user_limit:
            left = max(0, item.user_limit - row.had)
            raise LimitReached(name=item.name, limit=item.user_limit, left=left)
        if 0 <= item.stock_limit < item.sold + order.quantity:
            raise SoldOut(name=item.name, left=item.stock_limit - item.sold)

    async def put(self, _: Look, order: pb.BuyRequest, terms: pb.BuyTerms) -> Save[pb.Bought]:
        """Completes the purchase."""
        end = rules.stack_end(time_in(terms.time), terms.item.lasts_hours)
        now, offset = statement_time(self.clock), self.clock.day_offset
        given = (order.item_code, order.quantity, end, now, offset)
        return Save(pb.Bought(), store.PUT_BOUGHT, given)

    def refund(self, _: pb.BuyRequest, kept: Kept) -> Refund | None:
        """The price and the stock come back, while nothing is in the bag."""
        terms = kept(OPEN)
        if terms is None or kept(PUT) is not None:
            return None
        change = wallet_pb2.ApplyRequest()
        _put(change, terms.item, terms.price, "mint.refund")
        return Refund(self.paid, [], self.wallet.Apply, change, (store.REFUND_BUY, ()))


class UseFlow:
    """Takes one item out of the bag and lets it act."""

    kind: ClassVar[str] = "use_item"
    order: ClassVar[type[Message]] = pb.UseItemRequest
    answer: ClassVar[type[Message]] = pb.UseItemResponse

    def __init__(
        self,
        users: Channel,
        collection: Channel,
        expeditions: Channel,
        banners: Banners,
        seals: Seals,
        clock: Clock,
    ) -> None:
        self.wallet = Wallet(users)
        self.roster = Roster(collection)
        self.expeditions = ExpeditionServiceStub(expeditions)
        self.banners = banners
        self.seals = seals
        self.clock = clock

    async def run(self, op: Operation, order: pb.UseItemRequest) -> pb.UseItemResponse:
        """The wish, from top to bottom."""
        terms = await op.phase(TAKE, self.take, order)
        told = pb.UseItemResponse(item=terms.item, owned=terms.owned, time=terms.time)
        match terms.item.item_type:
            case rules.BOOST:
                await self.pay(op, terms, told)
            case rules.HASTE:
                await self.hasten(op, order, terms, told)
            case _:
                await self.hand_over(op, terms, told)
        return told

    async def take(self, look: Look, order: pb.UseItemRequest) -> Save[pb.UseTerms]:
        """Takes the item, with all that it decides. A ticket is rolled in the statement that takes it."""
        now, offset = statement_time(self.clock), self.clock.day_offset
        row = await store.find_use(look.tx, order.op.user_id, now, offset, order.item_code)
        if row is None:
            raise ItemNotFound(item_code=order.item_code)
        item = messages.item_out(row.item)
        admit(item, row, messages.choice_in(order))
        given = (order.item_code, now, offset, item.item_type)
        if item.item_type not in rules.TICKETS:
            is_daily = item.item_type == rules.BOOST
            return Save(pb.UseTerms(item=item), store.USE_THING, (*given, is_daily))
        return await self.roll(order, item, row, given)

    async def roll(
        self,
        order: pb.UseItemRequest,
        item: pb.Item,
        row: store.UseRow,
        given: tuple[object, ...],
    ) -> Save[pb.UseTerms]:
        """Whom a ticket brings, once for ever: with the seed that the statement demands to find again."""
        ticket = messages.ticket_in(item)
        catalogue = self.banners.catalogue or await self.banners.read_catalogue()
        pool = rules.pool_of(ticket, messages.choice_in(order), catalogue)
        if not ticket.is_rolled:
            terms = pb.UseTerms(item=item, pulls=pulls_out(pool, ticket.rarity))
            return Save(terms, store.USE_SELECTOR, (*given, pulls_kept(pool, ticket.rarity)))
        fresh = self.seals.fresh() if row.seed_no is None else None
        waifu_ids = rules.roll(pool, ticket.count, Dice(self.seed_of(row, fresh)))
        body = {"waifu_ids": list(pool), "rarity": ticket.rarity, "count": ticket.count}
        chance = (row.seed_no or 1, row.next_nonce or 0)
        first = (fresh.sealed, fresh.digest, fresh.client) if fresh else (None, None, None)
        return Save(
            pb.UseTerms(item=item, pulls=pulls_out(waifu_ids, ticket.rarity)),
            store.USE_TICKET,
            (
                *(*given, pulls_kept(waifu_ids, ticket.rarity), *chance, *first),
                *(digest_of(body), body),
            ),
        )

    def seed_of(self, row: store.UseRow, fresh: FreshSeed | None) -> Seed:
        """The player's dice. Sealed with another key than ours, nothing is taken."""
        sealed = fresh.sealed if fresh else row.sealed_seed
        client = fresh.client if fresh else row.client_seed
        assert sealed is not None
        assert client is not None
        return Seed(self.seals.require(sealed), client, row.next_nonce or 0)

    async def pay(self, op: Operation, terms: pb.UseTerms, told: pb.UseItemResponse) -> None:
        """The pivot of a boost: a vault that is full refuses, and then the item is back in the bag."""
        boost = terms.item.effects.boost
        request = wallet_pb2.ApplyRequest()
        _put(request, terms.item, boost, "mint.boost")
        try:
            paid = await op.step(PAY, self.wallet.Apply, request)
        except KeptRejection as refusal:
            await op.take_back(refusal, store.TAKE_BACK_USE)
        told.paid.append(boost)
        told.balances.extend(paid.balances)

    async def hasten(
        self, op: Operation, order: pb.UseItemRequest, terms: pb.UseTerms, told: pb.UseItemResponse
    ) -> None:
        """The pivot of a haste: what the expeditions refuse puts the item back into the bag."""
        request = expedition_pb2.HastenRequest(
            expedition_id=order.expedition_id, minutes=terms.item.effects.haste_minutes
        )
        try:
            done = await op.step(HASTEN, self.expeditions.Hasten, request)
        except KeptRejection as refusal:
            await op.take_back(refusal, store.TAKE_BACK_USE)
        told.expedition_name = done.name
        told.ready_time.CopyFrom(done.ready_time)
        told.taken_minutes = done.taken_minutes

    async def hand_over(self, op: Operation, terms: pb.UseTerms, told: pb.UseItemResponse) -> None:
        """Hands over whom a ticket brought, and pays for surplus shards. Nothing here can be refused."""
        request = roster_pb2.GrantRequest(waifu_ids=[pull.waifu_id for pull in terms.pulls])
        granted = await op.step(GRANT, self.roster.Grant, request)
        told.pulls.extend(shown(terms.pulls, granted))
        told.risen_rank = granted.risen_rank
        change = wallet_pb2.ApplyRequest(min_collector_rank=granted.risen_rank)
        if granted.surplus_quartzs:
            surplus = money_pb2.Money(
                currency=money_pb2.CURRENCY_QUARTZS, amount=granted.surplus_quartzs
            )
            _put(change, terms.item, surplus, "mint.overflow")
            told.paid.append(surplus)
        if change.changes or change.min_collector_rank:
            paid = await op.step(CHANGE, self.wallet.Apply, change)
            told.balances.extend(paid.balances)


def admit(item: pb.Item, row: store.UseRow, choice: rules.Choice) -> None:
    """Lets an item be used, or says why not."""
    rules.check_usable(item.name, item.item_type, choice)
    if not row.owned:
        raise ItemNotOwned(name=item.name)
    if item.item_type == rules.BOOST and row.is_used_today:
        raise UsedToday(name=item.name, next_time=str(int(row.next_time.timestamp())))


def payment(terms: pb.BuyTerms) -> wallet_pb2.ApplyRequest:
    """The price of a purchase."""
    request = wallet_pb2.ApplyRequest()
    price = money_pb2.Money(currency=terms.price.currency, amount=-terms.price.amount)
    _put(request, terms.item, price, "sink.shop")
    return request


def pulls_out(waifu_ids: tuple[int, ...], rarity: int) -> list[gacha_pb2.Pull]:
    """Pulls as messages; what each became is added once she was handed over."""
    return [gacha_pb2.Pull(waifu_id=waifu_id, rarity=rarity) for waifu_id in waifu_ids]


def pulls_kept(waifu_ids: tuple[int, ...], rarity: int) -> list[dict[str, int]]:
    """The pulls as the record keeps them."""
    return [{"waifu_id": waifu_id, "rarity": rarity} for waifu_id in waifu_ids]


def _put(
    request: wallet_pb2.ApplyRequest, item: pb.Item, money: money_pb2.Money, reason: str
) -> None:
    request.changes.add(
        currency=money.currency,
        amount=money.amount,
        reason=reason,
        subject=f"item:{item.item_code}",
    )
