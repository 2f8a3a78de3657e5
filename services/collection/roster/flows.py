"""What a player pays for in the roster, and what an operator gives (flows F9 and F1's end)."""

from typing import ClassVar

from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from chassis.money import Currency, Money
from chassis.operations.operation import Look, Operation, Phase, Save, Step
from chassis.operations.refunds import Kept, Part, Refund
from chassis.operations.refusals import KeptRejection
from chassis.rpc.channel import Channel
from chassis.wire import currency_out, money_in, money_out
from geminya.collection.v1 import roster_pb2 as pb
from geminya.common.v1.operation_pb2_grpc import OperationServiceStub
from geminya.users.v1 import wallet_pb2
from geminya.users.v1.wallet_pb2_grpc import WalletServiceStub
from services.collection.catalog.memory import CatalogMemory
from services.collection.errors import (
    AlreadyAwakened,
    AwakeningUnderWay,
    WaifuNotFound,
    WaifuNotOwned,
)
from services.collection.roster import rules, store
from services.collection.roster.grant import Grants

OPEN = Phase(1, pb.AwakenTerms)
WAKE = Phase(2, pb.OwnedWaifu)
PAY = Step(1, is_pivot=True, name="pay")

AUDIT = Phase(1, Empty)
GRANT = Step(2, name="grant")
CHANGE = Step(3, name="change")


class AwakenFlow:
    """Marks her, takes one daphine, wakes her: once and for ever."""

    kind: ClassVar[str] = "awaken"
    order: ClassVar[type[Message]] = pb.AwakenRequest
    answer: ClassVar[type[Message]] = pb.AwakenResponse

    def __init__(self, users: Channel) -> None:
        self.wallet = WalletServiceStub(users)
        self.paid = Part(PAY, OperationServiceStub(users))

    async def run(self, op: Operation, order: pb.AwakenRequest) -> pb.AwakenResponse:
        """The wish, from top to bottom."""
        terms = await op.phase(OPEN, self.open, order)
        try:
            # The pivot: nothing after the payment can be refused.
            paid = await op.step(PAY, self.wallet.Apply, payment(terms, order.waifu_id))
        except KeptRejection as refusal:
            await op.take_back(refusal, store.UNMARK_AWAKENING, order.waifu_id)
        owned = await op.phase(WAKE, self.wake, order)
        return pb.AwakenResponse(owned=owned, balances=paid.balances)

    async def open(self, look: Look, order: pb.AwakenRequest) -> Save[pb.AwakenTerms]:
        """Marks her as being awakened. Only where that did not fit is it looked why."""
        if look.is_again:
            await refuse_awakening(look, order.op.user_id, order.waifu_id)
        terms = pb.AwakenTerms(price=money_out(rules.AWAKENING))
        return Save(terms, store.OPEN_AWAKENING, (order.waifu_id,))

    async def wake(self, _: Look, order: pb.AwakenRequest) -> Save[pb.OwnedWaifu]:
        """Wakes her and takes the mark off."""
        return Save(pb.OwnedWaifu(), store.WAKE, (order.waifu_id,))

    def refund(self, order: pb.AwakenRequest, kept: Kept) -> Refund | None:
        """The daphine comes back and the mark goes, while she is not awake."""
        terms = kept(OPEN)
        if terms is None or kept(WAKE) is not None:
            return None
        change = a_change(money_in(terms.price), 1, "mint.refund", order.waifu_id)
        undo = (store.UNMARK_AWAKENING, (order.waifu_id,))
        return Refund(self.paid, [], self.wallet.Apply, change, undo)


async def refuse_awakening(look: Look, user_id: int, waifu_id: int) -> None:
    """Says why she cannot be awakened; nothing when she can."""
    state = await store.find_awakening(look.tx, user_id, waifu_id)
    if state is None:
        raise WaifuNotOwned(waifu_id=waifu_id)
    if state.is_awakened:
        raise AlreadyAwakened(waifu_id=waifu_id)
    if state.is_under_way:
        raise AwakeningUnderWay(waifu_id=waifu_id)


def payment(terms: pb.AwakenTerms, waifu_id: int) -> wallet_pb2.ApplyRequest:
    """The price of an awakening."""
    return a_change(money_in(terms.price), -1, "sink.awaken", waifu_id)


def a_change(money: Money, sign: int, reason: str, waifu_id: int) -> wallet_pb2.ApplyRequest:
    """One change of the wallet, for one waifu."""
    change = wallet_pb2.Change(
        currency=currency_out(money.currency),
        amount=sign * money.amount,
        reason=reason,
        subject=f"waifu:{waifu_id}",
    )
    return wallet_pb2.ApplyRequest(changes=[change])


class GiveWaifuFlow:
    """Writes down who gives and why, hands the waifu over, pays what comes on top."""

    kind: ClassVar[str] = "give_waifu"
    order: ClassVar[type[Message]] = pb.AdminGiveWaifuRequest
    answer: ClassVar[type[Message]] = pb.AdminGiveWaifuResponse

    def __init__(self, users: Channel, memory: CatalogMemory, grants: Grants) -> None:
        self.wallet = WalletServiceStub(users)
        self.memory = memory
        self.grants = grants

    async def run(
        self, op: Operation, order: pb.AdminGiveWaifuRequest
    ) -> pb.AdminGiveWaifuResponse:
        """The gift, from top to bottom. Nothing of it can be refused once it is written down."""
        await op.phase(AUDIT, self.audit, order)
        copies = pb.GrantRequest(waifu_ids=[order.waifu_id] * (order.copies or 1))
        granted = await op.step(GRANT, self.grants.grant, copies)
        change = rest(order.waifu_id, granted)
        if change.changes or change.min_collector_rank:
            await op.step(CHANGE, self.wallet.Apply, change)
        return pb.AdminGiveWaifuResponse(granted=granted.granted[0], risen_rank=granted.risen_rank)

    async def audit(self, look: Look, order: pb.AdminGiveWaifuRequest) -> Save[Empty]:
        """Writes the audit row, with what the player had of her."""
        catalog = await self.memory.knowing([order.waifu_id])
        if order.waifu_id not in catalog.waifus:
            raise WaifuNotFound(waifu_id=order.waifu_id)
        by = order.operator
        given = (order.waifu_id, order.copies or 1, by.name, by.reason, by.ticket)
        return Save(Empty(), store.AUDIT_GIVE, given)


def rest(waifu_id: int, granted: pb.GrantResponse) -> wallet_pb2.ApplyRequest:
    """Surplus shards as quartz, and the rank."""
    request = wallet_pb2.ApplyRequest(min_collector_rank=granted.risen_rank)
    if granted.surplus_quartzs:
        surplus = Money(Currency.QUARTZS, granted.surplus_quartzs)
        request.MergeFrom(a_change(surplus, 1, "mint.overflow", waifu_id))
    return request
