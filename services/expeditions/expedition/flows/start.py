"""A party leaves (flow F6 of docs/reliability.md)."""

import os
from dataclasses import dataclass
from typing import ClassVar

from google.protobuf.message import Message

from chassis.clock import Clock, statement_time
from chassis.operations.operation import Look, Operation, Phase, Save, Step
from chassis.operations.refusals import KeptRejection
from chassis.rpc.channel import Channel
from geminya.collection.v1 import roster_pb2
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub
from geminya.common.v1.op_pb2 import Op
from geminya.expeditions.v1 import expedition_pb2 as pb
from services.expeditions.atlas.memory import AtlasMemory
from services.expeditions.atlas.messages import template_out
from services.expeditions.atlas.rotations import Rotations
from services.expeditions.errors import (
    EquipmentCarried,
    PartyAway,
    SlotsFull,
    TemplateClosed,
    TemplateRunning,
)
from services.expeditions.expedition import changes, messages, snapshot, store
from services.expeditions.expedition.editions import Editions
from services.expeditions.expedition.flows.looks import find

OPEN = Phase(1, pb.StartTerms)
DEPART = Phase(2, pb.Departed)
LOCK = Step(1, is_pivot=True, name="lock")

SEED_BYTES = 32

Order = pb.StartExpeditionRequest | pb.RepeatExpeditionRequest


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

    async def leave(self, op: Operation, order: Order, terms: pb.StartTerms) -> pb.Expedition:
        """What comes after the place is taken."""
        try:
            # The pivot: whoever is away with somebody else, or not the player's, is refused by the collection.
            party = await op.step(LOCK, self.roster.LockParty, departure(terms))
        except KeptRejection as refusal:
            await op.take_back(refusal, changes.STAY, terms.expedition_id)
        gone = await op.phase(DEPART, self.depart, order, terms, party)
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
        self,
        look: Look,
        order: Order,
        terms: pb.StartTerms,
        party: roster_pb2.LockPartyResponse,
    ) -> Save[pb.Departed]:
        """Freezes who they are, what acts there, and the dice; notes who wants to hear of their return."""
        seed = os.urandom(SEED_BYTES)
        encounters = await self.editions.encounters(look.tx, terms.atlas_version)
        frozen = snapshot.freeze(terms, encounters, party, seed)
        given = (
            *(terms.expedition_id, statement_time(self.clock), messages.kept_out(frozen), seed),
            [one.waifu_id for one in frozen.members],
            [one.star_level for one in frozen.members],
            snapshot.notice_id_of(terms.expedition_id),
            order.notice.channel_id if order.HasField("notice") else None,
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
        return pb.StartExpeditionResponse(expedition=await self.leave(op, order, terms))

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
        return pb.RepeatExpeditionResponse(expedition=await self.leave(op, order, terms))

    async def open(self, look: Look, order: pb.RepeatExpeditionRequest) -> Save[pb.StartTerms]:
        """Takes a place for the party as it was, and for nobody else."""
        row = await find(look, order.op, order.expedition_id)
        waifu_ids = tuple(place["waifu_id"] for place in row.party)
        wish = Wish(row.location, waifu_ids, row.equipped_equipment_id)
        return await self.admit(look, order.op, wish)


def departure(terms: pb.StartTerms) -> roster_pb2.LockPartyRequest:
    """Who is sent away."""
    return roster_pb2.LockPartyRequest(
        expedition_id=terms.expedition_id,
        waifu_ids=terms.waifu_ids,
        equipment_id=terms.equipment_id,
    )
