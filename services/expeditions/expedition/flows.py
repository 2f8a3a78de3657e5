"""Starting, completing and calling back (flows F6, F7 and F8 of docs/reliability.md)."""

import asyncio
import os
from dataclasses import dataclass
from typing import ClassVar

from google.protobuf.message import Message

from chassis.clock import Clock, statement_time
from chassis.money import Currency
from chassis.operations.operation import Look, Operation, Operations, Phase, Save, Step
from chassis.operations.refusals import KeptRejection
from chassis.postgres import Tx
from chassis.rpc.channel import Channel
from chassis.wire import currency_out
from geminya.collection.v1 import roster_pb2
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub
from geminya.common.v1.op_pb2 import Op
from geminya.economy.v1 import shop_pb2
from geminya.economy.v1.shop_pb2_grpc import ShopServiceStub
from geminya.expeditions.v1 import expedition_pb2 as pb
from geminya.users.v1 import wallet_pb2
from geminya.users.v1.wallet_pb2_grpc import WalletServiceStub
from services.expeditions.atlas.memory import AtlasMemory
from services.expeditions.atlas.messages import template_out
from services.expeditions.atlas.rotations import Rotations
from services.expeditions.errors import (
    EquipmentCarried,
    ExpeditionNotFound,
    ExpeditionOver,
    NotReady,
    PartyAway,
    SlotsFull,
    TemplateClosed,
    TemplateRunning,
)
from services.expeditions.expedition import changes, messages, snapshot, store
from services.expeditions.expedition.editions import Editions

OPEN = Phase(1, pb.StartTerms)
DEPART = Phase(2, pb.Departed)
LOCK = Step(1, is_pivot=True, name="lock")

RESOLVE = Phase(1, pb.Resolved)
CLOSE = Phase(2, pb.Ended)
SETTLE = Step(1, name="settle")
PAY = Step(2, name="pay")
STOCK = Step(3, name="stock")

CALL_BACK = Phase(1, pb.CalledBack)
BREAK_OFF = Phase(2, pb.Ended)

SEED_BYTES = 32
OVERFLOW_QUARTZS = 50
"""Paid for a piece of equipment that finds no place."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Where to, who, and with what."""

    template_id: str
    waifu_ids: tuple[int, ...]
    equipment_id: str | None


class Departure:
    """Takes a place, locks the party, and lets it leave with everything frozen."""

    def __init__(
        self,
        collection: Channel,
        atlas: AtlasMemory,
        rotations: Rotations,
        editions: Editions,
        clock: Clock,
    ) -> None:
        self.roster = RosterServiceStub(collection)
        self.atlas = atlas
        self.rotations = rotations
        self.editions = editions
        self.clock = clock

    async def leave(self, op: Operation, terms: pb.StartTerms) -> pb.Expedition:
        """What comes after the place is taken."""
        try:
            # The pivot: whoever is away with somebody else, or not the player's, is refused by the collection.
            party = await op.step(LOCK, self.roster.LockParty, departure(terms))
        except KeptRejection as refusal:
            await op.take_back(refusal, changes.STAY, terms.expedition_id)
        gone = await op.phase(DEPART, self.depart, terms, party)
        gone.expedition.start_time.CopyFrom(gone.start_time)
        gone.expedition.ready_time.CopyFrom(gone.ready_time)
        return gone.expedition

    async def admit(self, look: Look, op: Op, wish: Wish) -> Save[pb.StartTerms]:
        """Takes a place. Only where that did not fit is it looked why."""
        await self.atlas.template(wish.template_id)
        rotation = await self.rotations.current()
        if wish.template_id not in rotation.template_ids:
            raise TemplateClosed(template_id=wish.template_id)
        if look.is_again:
            await self.refuse(look, op.user_id, wish)
        atlas = self.atlas.current
        template = atlas.templates[wish.template_id]
        terms = pb.StartTerms(
            expedition_id=snapshot.expedition_id_of(op.user_id, op.op_id),
            template=template_out(template, is_open=True),
            atlas_version=atlas.version,
            waifu_ids=wish.waifu_ids,
            equipment_id=wish.equipment_id or "",
        )
        given = (
            *(terms.expedition_id, template.name, template.template_id, template.difficulty),
            *(template.duration_hours, atlas.version, wish.waifu_ids, wish.equipment_id),
        )
        return Save(terms, changes.OPEN, given)

    async def refuse(self, look: Look, user_id: int, wish: Wish) -> None:
        """Says what stands in the way; nothing when nothing does."""
        found = await store.find_obstacles(
            look.tx, user_id, wish.template_id, wish.waifu_ids, wish.equipment_id
        )
        if found.is_there:
            raise TemplateRunning(template_id=wish.template_id)
        if found.running >= store.SLOTS:
            raise SlotsFull(limit=store.SLOTS)
        if found.waifu_id is not None:
            raise PartyAway(waifu_id=found.waifu_id)
        if found.is_equipment_away and wish.equipment_id:
            raise EquipmentCarried(equipment_id=wish.equipment_id)

    async def depart(
        self, look: Look, terms: pb.StartTerms, party: roster_pb2.LockPartyResponse
    ) -> Save[pb.Departed]:
        """Freezes who they are, what acts there, and the dice."""
        seed = os.urandom(SEED_BYTES)
        encounters = await self.editions.encounters(look.tx, terms.atlas_version)
        frozen = snapshot.freeze(terms, encounters, party, seed)
        given = (
            *(terms.expedition_id, statement_time(self.clock), messages.kept_out(frozen), seed),
            [one.waifu_id for one in frozen.members],
            [one.star_level for one in frozen.members],
        )
        return Save(
            pb.Departed(expedition=messages.started_out(terms, frozen)), changes.DEPART, given
        )


class StartFlow(Departure):
    """Sends a party to a place."""

    kind: ClassVar[str] = "start_expedition"
    order: ClassVar[type[Message]] = pb.StartExpeditionRequest
    answer: ClassVar[type[Message]] = pb.StartExpeditionResponse

    async def run(
        self, op: Operation, order: pb.StartExpeditionRequest
    ) -> pb.StartExpeditionResponse:
        """The wish, from top to bottom."""
        terms = await op.phase(OPEN, self.open, order)
        return pb.StartExpeditionResponse(expedition=await self.leave(op, terms))

    async def open(self, look: Look, order: pb.StartExpeditionRequest) -> Save[pb.StartTerms]:
        """Takes a place for the party that was named."""
        wish = Wish(order.template_id, tuple(order.waifu_ids), order.equipment_id or None)
        return await self.admit(look, order.op, wish)


class RepeatFlow(Departure):
    """Sends the party of an earlier expedition once more."""

    kind: ClassVar[str] = "repeat_expedition"
    order: ClassVar[type[Message]] = pb.RepeatExpeditionRequest
    answer: ClassVar[type[Message]] = pb.RepeatExpeditionResponse

    async def run(
        self, op: Operation, order: pb.RepeatExpeditionRequest
    ) -> pb.RepeatExpeditionResponse:
        """The wish, from top to bottom."""
        terms = await op.phase(OPEN, self.open, order)
        return pb.RepeatExpeditionResponse(expedition=await self.leave(op, terms))

    async def open(self, look: Look, order: pb.RepeatExpeditionRequest) -> Save[pb.StartTerms]:
        """Takes a place for the party as it was, and for nobody else."""
        row = await find(look, order.op, order.expedition_id)
        waifu_ids = tuple(place["waifu_id"] for place in row.party)
        wish = Wish(row.location, waifu_ids, row.equipped_equipment_id)
        return await self.admit(look, order.op, wish)


class CompleteFlow:
    """Resolves, brings everybody home, pays, hands over and frees the place."""

    kind: ClassVar[str] = "complete_expedition"
    order: ClassVar[type[Message]] = pb.CompleteExpeditionRequest
    answer: ClassVar[type[Message]] = pb.CompleteExpeditionResponse

    def __init__(
        self,
        peers: "Peers",
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
            return await self.follow(order, came.leader_op_id)
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

    async def follow(
        self, order: pb.CompleteExpeditionRequest, leader_op_id: str
    ) -> pb.CompleteExpeditionResponse:
        """The answer of the wish that came first."""
        first = pb.CompleteExpeditionRequest()
        first.CopyFrom(order)
        first.op.op_id = leader_op_id
        return await self.operations.run(self.kind, first)

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


class CancelFlow:
    """Calls a party back and frees everybody."""

    kind: ClassVar[str] = "cancel_expedition"
    order: ClassVar[type[Message]] = pb.CancelExpeditionRequest
    answer: ClassVar[type[Message]] = pb.CancelExpeditionResponse

    def __init__(self, collection: Channel, clock: Clock) -> None:
        self.roster = RosterServiceStub(collection)
        self.clock = clock

    async def run(
        self, op: Operation, order: pb.CancelExpeditionRequest
    ) -> pb.CancelExpeditionResponse:
        """The wish, from top to bottom."""
        called = await op.phase(CALL_BACK, self.call_back, order)
        homecoming = roster_pb2.SettleRequest(expedition_id=order.expedition_id)
        await op.step(SETTLE, self.roster.Settle, homecoming)
        ended = await op.phase(BREAK_OFF, self.break_off, order)
        called.expedition.status = "cancelled"
        called.expedition.end_time.CopyFrom(ended.end_time)
        return pb.CancelExpeditionResponse(expedition=called.expedition)

    async def call_back(self, look: Look, order: pb.CancelExpeditionRequest) -> Save[pb.CalledBack]:
        """Stops the expedition: from here on it can only end."""
        row = await find(look, order.op, order.expedition_id)
        if row.status != "in_progress":
            raise ExpeditionOver(expedition_id=order.expedition_id)
        called = pb.CalledBack(expedition=messages.expedition_out(row))
        return Save(called, changes.CALL_BACK, (order.expedition_id,))

    async def break_off(self, look: Look, order: pb.CancelExpeditionRequest) -> Save[pb.Ended]:
        """Frees the place."""
        given = (order.expedition_id, statement_time(self.clock))
        return Save(pb.Ended(), changes.BREAK_OFF, given)


class Peers:
    """Whoever has a part in the end of an expedition."""

    def __init__(self, users: Channel, collection: Channel, economy: Channel) -> None:
        self.wallet = WalletServiceStub(users)
        self.roster = RosterServiceStub(collection)
        self.shop = ShopServiceStub(economy)


async def find(
    look: Look, op: Op, expedition_id: str, clock: Clock | None = None
) -> store.Expedition:
    """The player's expedition, or `ExpeditionNotFound`."""
    now = None if clock is None else statement_time(clock)
    row = await store.find_expedition(look.tx, op.user_id, expedition_id, now)
    if row is None:
        raise ExpeditionNotFound(expedition_id=expedition_id)
    return row


async def tell(tx: Tx, editions: Editions, row: store.Expedition) -> pb.Report:
    """All that happens, from what was frozen. It takes milliseconds, so others get their turn meanwhile."""
    encounters = await editions.encounters(tx, row.atlas_version)
    frozen = snapshot.thaw(row.expedition_data)
    report = await asyncio.to_thread(
        snapshot.resolve, row.expedition_id, row.seed, frozen, encounters
    )
    return messages.report_out(report, encounters)


def told(row: store.Expedition) -> pb.Resolved:
    """An expedition that was completed before."""
    assert row.final_results is not None
    assert row.settlement is not None
    return pb.Resolved(
        expedition=messages.expedition_out(row),
        report=messages.text_in(row.final_results),
        settlement=messages.settlement_in(row.settlement),
    )


def departure(terms: pb.StartTerms) -> roster_pb2.LockPartyRequest:
    """Who is sent away."""
    return roster_pb2.LockPartyRequest(
        expedition_id=terms.expedition_id,
        waifu_ids=terms.waifu_ids,
        equipment_id=terms.equipment_id,
    )


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
