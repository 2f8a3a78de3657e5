"""A code is redeemed (flow F5 of docs/reliability.md)."""

from typing import ClassVar

from google.protobuf.message import Message

from chassis.clock import Clock, statement_time
from chassis.operations.operation import Look, Operation, Phase, Save, Step
from chassis.operations.refusals import KeptRejection
from chassis.operations.store import MOVE_NOTHING
from chassis.rejection import Rejection
from chassis.rpc.channel import Channel
from chassis.wire import time_in
from geminya.collection.v1 import roster_pb2
from geminya.common.v1 import money_pb2
from geminya.economy.v1 import gift_code_pb2 as pb
from geminya.users.v1 import wallet_pb2
from services.economy.errors import CodeInvalid, CodeRedeemed, CodeTries
from services.economy.gift_code import rules, store
from services.economy.peers import Roster, Wallet

OPEN = Phase(1, pb.RedeemTerms)
PUT = Phase(2, pb.PutItems)
PAY = Step(1, is_pivot=True, name="pay")
GRANT = Step(2, name="grant")
CHANGE = Step(3, name="change")


class RedeemFlow:
    """Takes one use of the code, pays, fills the bag, hands waifus over and pays what comes on top."""

    kind: ClassVar[str] = "redeem"
    order: ClassVar[type[Message]] = pb.RedeemOrder
    answer: ClassVar[type[Message]] = pb.RedeemResponse

    def __init__(self, users: Channel, collection: Channel, clock: Clock) -> None:
        self.wallet = Wallet(users)
        self.roster = Roster(collection)
        self.clock = clock

    async def run(self, op: Operation, order: pb.RedeemOrder) -> pb.RedeemResponse:
        """The wish, from top to bottom."""
        terms = await op.phase(OPEN, self.open, order)
        if terms.refusal:
            # It is kept as decided together with the wrong word that was counted.
            await op.take_back(refusal(terms), MOVE_NOTHING)
        rewards = terms.rewards
        told = pb.RedeemResponse(rewards=rewards, time=terms.time)
        if rewards.money:
            told.balances.extend(await self.pay(op, order, terms))
        if rewards.items:
            told.item_names.update((await op.phase(PUT, self.put, terms)).item_names)
        if rewards.waifu_ids:
            await self.hand_over(op, terms, told)
        return told

    async def open(self, _: Look, order: pb.RedeemOrder) -> Save[pb.RedeemTerms]:
        """Takes one use, or counts a wrong word: the same statement, whatever is wrong."""
        given = (
            *(order.code, statement_time(self.clock)),
            *(rules.SHORT.tries, rules.SHORT.span, rules.LONG.tries, rules.LONG.span),
        )
        return Save(pb.RedeemTerms(), store.OPEN_REDEEM, given)

    async def pay(
        self, op: Operation, order: pb.RedeemOrder, terms: pb.RedeemTerms
    ) -> list[money_pb2.Money]:
        """The pivot: a vault that is full refuses, and then the use of the code is given back."""
        try:
            paid = await op.step(PAY, self.wallet.Apply, payment(terms))
        except KeptRejection as full:
            await op.take_back(full, store.TAKE_BACK, order.code)
        return list(paid.balances)

    async def put(self, _: Look, terms: pb.RedeemTerms) -> Save[pb.PutItems]:
        """Puts the items into the bag."""
        items = terms.rewards.items
        given = (
            [item.item_code for item in items],
            [item.quantity for item in items],
            time_in(terms.time),
        )
        return Save(pb.PutItems(), store.PUT_ITEMS, given)

    async def hand_over(
        self, op: Operation, terms: pb.RedeemTerms, told: pb.RedeemResponse
    ) -> None:
        """Hands the waifus over, and pays for surplus shards."""
        request = roster_pb2.GrantRequest(waifu_ids=terms.rewards.waifu_ids)
        granted = await op.step(GRANT, self.roster.Grant, request)
        told.granted.extend(granted.granted)
        told.surplus_quartzs = granted.surplus_quartzs
        told.risen_rank = granted.risen_rank
        change = rest(terms, granted)
        if change.changes or change.min_collector_rank:
            paid = await op.step(CHANGE, self.wallet.Apply, change)
            del told.balances[:]
            told.balances.extend(paid.balances)


def refusal(terms: pb.RedeemTerms) -> Rejection:
    """Why nothing was taken."""
    match terms.refusal:
        case CodeTries.reason:
            return CodeTries(next_time=str(terms.next_time))
        case CodeRedeemed.reason:
            return CodeRedeemed()
        case _:
            return CodeInvalid()


def payment(terms: pb.RedeemTerms) -> wallet_pb2.ApplyRequest:
    """One line for each currency of the code."""
    request = wallet_pb2.ApplyRequest()
    for money in terms.rewards.money:
        _put(request, terms, money, "mint.code")
    return request


def rest(terms: pb.RedeemTerms, granted: roster_pb2.GrantResponse) -> wallet_pb2.ApplyRequest:
    """Quartz for surplus shards, and the rank."""
    request = wallet_pb2.ApplyRequest(min_collector_rank=granted.risen_rank)
    if granted.surplus_quartzs:
        quartz = money_pb2.Money(
            currency=money_pb2.CURRENCY_QUARTZS, amount=granted.surplus_quartzs
        )
        _put(request, terms, quartz, "mint.overflow")
    return request


def _put(
    request: wallet_pb2.ApplyRequest,
    terms: pb.RedeemTerms,
    money: money_pb2.Money,
    reason: str,
) -> None:
    request.changes.add(
        currency=money.currency,
        amount=money.amount,
        reason=reason,
        subject=f"code:{terms.batch_id}",
    )
