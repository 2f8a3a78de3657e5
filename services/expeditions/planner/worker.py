"""What the worker processes run: from plain values and serialized messages to serialized messages."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from geminya.collection.v1 import equipment_pb2, roster_pb2
from geminya.expeditions.v1 import planner_pb2 as pb
from services.expeditions.atlas.rules import Encounter, Template
from services.expeditions.expedition.messages import strength_out
from services.expeditions.expedition.rules import Member, Party
from services.expeditions.expedition.snapshot import carried, member_in, member_out
from services.expeditions.planner import messages, rules

JOURNEYS = 300
MOST_SUITED = 100


@dataclass(frozen=True, slots=True)
class Question:
    """Where to, who could go, and with what."""

    template: Template
    encounters: tuple[Encounter, ...]
    atlas_version: int
    pages: tuple[bytes, ...]
    """`ListCandidatesResponse` as it came: reading it is left to the worker."""
    equipment_id: str

    def read(self) -> list[roster_pb2.ListCandidatesResponse]:
        """The pages."""
        return [roster_pb2.ListCandidatesResponse.FromString(page) for page in self.pages]

    def place(self, equipment: equipment_pb2.Equipment) -> rules.Place:
        """The place, with what a party would carry there."""
        return rules.Place.of(self.template, self.encounters, carried(equipment))

    def seed(self, party: Party) -> bytes:
        """The dice of the journeys: the same question gets the same answer."""
        ids = ",".join(str(one.waifu_id) for one in party.members)
        asked = f"{self.template.template_id} {self.atlas_version} {ids} {self.equipment_id}"
        return hashlib.sha256(f"geminya plan {asked}".encode()).digest()


def warm() -> None:
    """Nothing: a worker that can do it has read all it needs."""


def plan(question: Question, waifu_ids: Sequence[int]) -> bytes:
    """The plan of this party, all of it among the candidates."""
    [page] = question.read()
    by_id = {one.member.waifu_id: one for one in page.candidates}
    party = [by_id[waifu_id] for waifu_id in waifu_ids]
    return plan_of(question, question.place(page.equipment), party).SerializeToString()


def suggest(question: Question) -> bytes:
    """The best party of those who are free, with its plan; no bytes where nobody is."""
    pages = question.read()
    place = question.place(pages[0].equipment)
    free = free_of(pages)
    best = rules.best_party(place, [member_of(one) for one in free.values()])
    if best is None:
        return b""
    party = [free[waifu_id] for waifu_id in best.waifu_ids]
    return pb.SuggestPartyResponse(
        plan=plan_of(question, place, party),
        party_count=best.party_count,
        computed_count=best.computed_count,
    ).SerializeToString()


def suited(question: Question) -> bytes:
    """Those who are free and suit the place best."""
    pages = question.read()
    place = question.place(pages[0].equipment)
    free = free_of(pages)
    best = rules.suited(place, [member_of(one) for one in free.values()])[:MOST_SUITED]
    members = messages.members_out([free[one.member.waifu_id] for one in best])
    return pb.ListSuitedResponse(
        suited=[
            pb.Suited(member=member, favored_count=one.favored, disfavored_count=one.disfavored)
            for one, member in zip(best, members, strict=True)
        ]
    ).SerializeToString()


def free_of(
    pages: Sequence[roster_pb2.ListCandidatesResponse],
) -> dict[int, roster_pb2.Candidate]:
    """Everybody who is at home."""
    everybody = (one for page in pages for one in page.candidates)
    return {one.member.waifu_id: one for one in everybody if not one.is_away}


def plan_of(
    question: Question, place: rules.Place, candidates: Sequence[roster_pb2.Candidate]
) -> pb.Plan:
    """All that may be expected of a party."""
    party = Party(tuple(member_of(one) for one in candidates))
    shares = messages.shares_in_whole(rules.mean_shares(place, party))
    names = {one.member.waifu_id: one.member.name for one in candidates}
    made = pb.Plan(
        template_id=question.template.template_id,
        members=messages.members_out(candidates),
        equipment_id=question.equipment_id,
        mean_success=shares[0] + shares[1],
        check_shares=shares,
        contributions=[messages.part_out(one, names) for one in rules.parts(place, party)],
        strength=strength_out(rules.strength_of(place, party)),
    )
    messages.forecast_out(made, rules.forecast(place, party, JOURNEYS, question.seed(party)))
    return made


def member_of(candidate: roster_pb2.Candidate) -> Member:
    """Somebody, as a start would freeze her."""
    return member_in(member_out(candidate.member))
