"""Parties of this service: who could go, locked when an expedition starts, settled when it ends.

Each in one statement.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from chassis.clock import Clock, statement_time
from chassis.operations.once import Once
from chassis.postgres import Tx
from chassis.rpc import page
from chassis.rpc.page import BadRequest
from chassis.rpc.status import Violation
from geminya.collection.v1 import roster_pb2 as pb
from services.collection.bond.memory import BondMemory
from services.collection.bond.rules import Bond, journey_mood_change
from services.collection.equipment.forge import Forge
from services.collection.equipment.rules import MAX_EQUIPMENT
from services.collection.equipment.store import Piece
from services.collection.errors import EquipmentNotFound
from services.collection.party import store

CANDIDATES = 500
"""On a page, when nobody asks for another number."""
LARGEST_ID = 2**31 - 1


class Parties:
    """Sends parties away and brings them home."""

    def __init__(self, once: Once, forge: Forge, bonds: BondMemory, clock: Clock) -> None:
        self._once = once
        self._forge = forge
        self._bonds = bonds
        self._clock = clock

    async def candidates(
        self, tx: Tx, request: pb.ListCandidatesRequest
    ) -> pb.ListCandidatesResponse:
        """Who could go, as they would be locked."""
        refuse_twins(request.waifu_ids)
        token = ("candidates", [*request.waifu_ids], request.equipment_id)
        key = page.decode(token, request.page_token, 1)
        size = request.page_size or CANDIDATES
        found = await store.list_candidates(
            *(tx, request.user_id, [*request.waifu_ids], request.equipment_id or None),
            after=0 if key is None else within(page.whole(key[0])),
            most=size + 1,
        )
        if request.equipment_id and found.piece is None:
            raise EquipmentNotFound(equipment_id=request.equipment_id)
        piece = None if found.piece is None else Piece.kept(found.piece)
        shown = found.members[:size]
        has_more = len(found.members) > size
        return pb.ListCandidatesResponse(
            candidates=[
                pb.Candidate(member=pb.PartyMember(**one["member"]), is_away=one["is_away"])
                for one in shown
            ],
            next_page_token=page.encode(token, (shown[-1]["member"]["waifu_id"],))
            if has_more
            else "",
            equipment=piece and await self._forge.show(piece),
            is_equipment_away=piece is not None and piece.is_away,
        )

    async def lock(self, request: pb.LockPartyRequest) -> pb.LockPartyResponse:
        """Locks all of a party, or refuses; tells how each of them goes."""
        refuse_twins(request.waifu_ids)
        kept = await self._once.run(
            request,
            store.LOCK_PARTY,
            request.expedition_id,
            [*request.waifu_ids],
            request.equipment_id or None,
        )
        piece = kept["piece"]
        return pb.LockPartyResponse(
            members=[pb.PartyMember(**member) for member in kept["members"]],
            equipment=piece and await self._forge.show(Piece.kept(piece)),
        )

    async def settle(self, request: pb.SettleRequest) -> pb.SettleResponse:
        """Brings a party home with what it found; a piece that finds no place is told of."""
        kept = await self._once.run(
            request,
            store.SETTLE,
            *self._award(request.award_equipment_id),
            request.expedition_id,
            *self._mood(self._bonds.bond, request),
        )
        piece = kept["piece"]
        return pb.SettleResponse(
            awarded=piece and await self._forge.show(Piece.kept(piece)), is_full=kept["is_full"]
        )

    def _award(self, equipment_id: str) -> tuple[object, ...]:
        """The piece to award, with the effect that follows from its id."""
        effect = asdict(self._forge.roll_main(equipment_id)) if equipment_id else None
        return equipment_id or None, effect, MAX_EQUIPMENT

    def _mood(self, bond: Bond, request: pb.SettleRequest) -> tuple[object, ...]:
        """How the way they had moves the mood of everybody."""
        change = 0
        if request.is_completed:
            change = journey_mood_change(bond, request.successes, request.failures)
        words: Sequence[Any] = bond.mood.word
        return (
            *(change, statement_time(self._clock), bond.mood.fade_per_hour),
            *([word.least for word in words], [word.name for word in words]),
        )


def refuse_twins(waifu_ids: Sequence[int]) -> None:
    """Nobody goes along twice."""
    if len(set(waifu_ids)) < len(waifu_ids):
        raise BadRequest(Violation("waifu_ids", "names somebody twice"))


def within(waifu_id: int) -> int:
    """A key that a waifu can have."""
    return max(0, min(waifu_id, LARGEST_ID))
