"""A party comes home (flow F7 of docs/reliability.md)."""

from typing import ClassVar

from google.protobuf.message import Message

from chassis.clock import Clock, statement_time
from chassis.money import Currency
from chassis.operations.operation import Look, Operation, Operations, Phase, Save, Step
from chassis.rpc.channel import Channel
from chassis.wire import currency_out
from geminya.collection.v1 import roster_pb2
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub
from geminya.economy.v1 import shop_pb2
from geminya.economy.v1.shop_pb2_grpc import ShopServiceStub
from geminya.expeditions.v1 import expedition_pb2 as pb
from geminya.users.v1 import wallet_pb2
from geminya.users.v1.wallet_pb2_grpc import WalletServiceStub
from services.expeditions.errors import ExpeditionOver, NotReady
from services.expeditions.expedition import changes, messages, snapshot
from services.expeditions.expedition.editions import Editions
from services.expeditions.expedition.flows.looks import find, tell, told

RESOLVE = Phase(1, pb.Resolved)
CLOSE = Phase(2, pb.Ended)
SETTLE = Step(1, name="settle")
PAY = Step(2, name="pay")
STOCK = Step(3, name="stock")

OVERFLOW_QUARTZS = 50
"""Paid for a piece of equipment that finds no place."""


class Peers:
    """Whoever has a part in the end of an expedition."""

    def __init__(self, users: Channel, collection: Channel, economy: Channel) -> None:
        self.wallet = WalletServiceStub(users)
        self.roster = RosterServiceStub(collection)
        self.shop = ShopServiceStub(economy)


class CompleteFlow:
    """Resolves, brings everybody home, pays, hands over and frees the place."""

    kind: ClassVar[str] = "complete_expedition"
    order: ClassVar[type[Message]] = pb.CompleteExpeditionRequest
    answer: ClassVar[type[Message]] = pb.CompleteExpeditionResponse

    def __init__(
        self,
        peers: Peers,
        operations: Operations,
        editions: Editions,
        clock: Clock,
    ) -> None:
        self.peers = peers
        self.operations = operations
        self.editions = editions
        self.clock = clock

    async def run(
        self, op: Operation, order: pb.CompleteExpeditionRequest
    ) -> pb.CompleteExpeditionResponse:
        """The wish, from top to bottom. There is no pivot: whoever is over is never refused."""
        came = await op.phase(RESOLVE, self.resolve, order)
        if came.leader_op_id:
            # The wish that came first has the answer, whatever larger wish it or this one is a part of.
            return await self.operations.join(order.op.user_id, came.leader_op_id)
        if came.HasField("settlement"):
            return answer(came, came.settlement)
        home = await op.step(SETTLE, self.peers.roster.Settle, homecoming(came))
        settlement = settled(home)
        payment = payout(came, settlement)
        if payment.changes:
            paid = await op.step(PAY, self.peers.wallet.Apply, payment)
            settlement.balances.extend(paid.balances)
        await op.step(STOCK, self.peers.shop.Settle, stock(came))
        ended = await op.phase(CLOSE, self.close, came, settlement)
        return answer(completed(came, ended), ended.settlement)

    async def resolve(self, look: Look, order: pb.CompleteExpeditionRequest) -> Save[pb.Resolved]:
        """Decides everything, once and for ever; or finds out who did."""
        now = statement_time(self.clock)
        row = await find(look, order.op, order.expedition_id, self.clock)
        if row.status == "completed":
            return Save(told(row))
        if row.status == "completing":
            return Save(pb.Resolved(leader_op_id=row.closing_op_id or ""))
        if row.status != "in_progress":
            raise ExpeditionOver(expedition_id=order.expedition_id)
        if not row.is_ready:
            raise NotReady(ready_time=row.ends_at)
        report = await tell(look.tx, self.editions, row)
        came = pb.Resolved(expedition=messages.expedition_out(row), report=report)
        home = [messages.kept_out(one) for one in report.members]
        logs = messages.logs_kept(report)
        given = (order.expedition_id, now, messages.text_out(report), logs, home)
        return Save(came, changes.RESOLVE, given)

    async def close(
        self, look: Look, came: pb.Resolved, settlement: pb.Settlement
    ) -> Save[pb.Ended]:
        """Frees the place, and keeps what became of the rewards."""
        given = (
            *(came.expedition.expedition_id, statement_time(self.clock)),
            messages.kept_out(settlement),
        )
        return Save(pb.Ended(settlement=settlement), changes.CLOSE, given)


def homecoming(came: pb.Resolved) -> roster_pb2.SettleRequest:
    """Who comes home, and the piece that was found."""
    tally = came.report.tally
    return roster_pb2.SettleRequest(
        expedition_id=came.expedition.expedition_id,
        is_completed=True,
        award_equipment_id=snapshot.award_id_of(came.expedition.expedition_id),
        failures=tally.failures + tally.mishaps,
        successes=tally.successes + tally.greats,
    )


def settled(home: roster_pb2.SettleResponse) -> pb.Settlement:
    """What became of the piece."""
    settlement = pb.Settlement(is_full=home.is_full)
    if home.HasField("awarded"):
        settlement.awarded.CopyFrom(home.awarded)
    if home.is_full:
        settlement.overflow_quartzs = OVERFLOW_QUARTZS
    return settlement


def payout(came: pb.Resolved, settlement: pb.Settlement) -> wallet_pb2.ApplyRequest:
    """The money that was found, with what is paid for a piece without a place."""
    rewards, request = came.report.rewards, wallet_pb2.ApplyRequest()
    amounts = {
        Currency.SAKURA_CRYSTALS: rewards.crystals,
        Currency.QUARTZS: rewards.quartzs + settlement.overflow_quartzs,
        Currency.DAPHINE: rewards.daphine,
    }
    for currency, amount in amounts.items():
        if amount:
            request.changes.add(
                currency=currency_out(currency),
                amount=amount,
                reason="mint.loot",
                subject=f"expedition:{came.expedition.template_id}",
            )
    return request


def stock(came: pb.Resolved) -> shop_pb2.SettleRequest:
    """The items, and one more expedition for the missions."""
    items = sorted(came.report.rewards.items.items())
    return shop_pb2.SettleRequest(
        items=[shop_pb2.ItemAmount(item_code=code, quantity=count) for code, count in items],
        completed_expeditions=1,
    )


def completed(came: pb.Resolved, ended: pb.Ended) -> pb.Resolved:
    """The expedition as it stands once everything is handed over."""
    expedition = came.expedition
    expedition.status = "completed"
    expedition.outcome = came.report.outcome
    expedition.end_time.CopyFrom(ended.end_time)
    for traveller, home in zip(expedition.travellers, came.report.members, strict=True):
        traveller.final_hp, traveller.final_mp = home.final_hp, home.final_mp
    return came


def answer(came: pb.Resolved, settlement: pb.Settlement) -> pb.CompleteExpeditionResponse:
    """What the player is told; the same for everybody who asks."""
    return pb.CompleteExpeditionResponse(
        expedition=came.expedition, report=came.report, settlement=settlement
    )
