"""What an expedition depends on, as it is frozen at the start and read again at the end."""

import uuid
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from google.protobuf import json_format

from chassis.dice import Dice, Seed
from geminya.collection.v1 import equipment_pb2, roster_pb2
from geminya.expeditions.v1 import atlas_pb2
from geminya.expeditions.v1 import expedition_pb2 as pb
from services.expeditions.atlas.messages import affinity_out, modifier_out
from services.expeditions.atlas.rules import Affinity, Encounter, Modifier, Template
from services.expeditions.atlas.rules.types import STATS
from services.expeditions.expedition import rules

PLACE, WAY = 0, 1
"""What the seed is used for: which affinities act, and everything that happens."""


def expedition_id_of(user_id: int, op_id: str) -> str:
    """The id of the expedition that an operation begins, the same for every repeat, and no other player's."""
    return str(uuid.uuid5(uuid.UUID(op_id), f"expedition of {user_id}"))


def award_id_of(expedition_id: str) -> str:
    """The id of the piece of equipment that the expedition finds."""
    return str(uuid.uuid5(uuid.UUID(expedition_id), "equipment"))


def notice_id_of(expedition_id: str) -> str:
    """The id of the notice that the expedition is over."""
    return str(uuid.uuid5(uuid.UUID(expedition_id), "notice"))


def dice_of(seed: bytes, expedition_id: str, use: int) -> Dice:
    """The dice of an expedition."""
    return Dice(Seed(seed, expedition_id, use))


def freeze(
    terms: pb.StartTerms,
    encounters: Sequence[Encounter],
    party: roster_pb2.LockPartyResponse,
    seed: bytes,
) -> pb.Snapshot:
    """All that the expedition depends on beside its seed and the encounters."""
    template, equipment = template_in(terms.template), carried(party.equipment)
    dice = dice_of(seed, terms.expedition_id, PLACE)
    plan = rules.planned(template, encounters, equipment, dice)
    return pb.Snapshot(
        template=terms.template,
        favored=[affinity_out(one) for one in plan.favored],
        disfavored=[affinity_out(one) for one in plan.disfavored],
        members=[member_out(one) for one in party.members],
        equipment=[modifier_out(one) for one in equipment],
    )


def thaw(kept: dict[str, Any]) -> pb.Snapshot:
    """What was frozen."""
    return json_format.ParseDict(kept, pb.Snapshot())


def resolve(
    expedition_id: str, seed: bytes, snapshot: pb.Snapshot, encounters: Sequence[Encounter]
) -> rules.Report:
    """All that happens, from what was frozen."""
    plan, party = plan_in(snapshot, encounters), party_in(snapshot)
    return rules.resolve(plan, party, dice_of(seed, expedition_id, WAY))


def strength_of(snapshot: pb.Snapshot) -> rules.Strength:
    """What the party was worth as it left."""
    return rules.strength_of(plan_in(snapshot, ()), party_in(snapshot))


def plan_in(snapshot: pb.Snapshot, encounters: Sequence[Encounter]) -> rules.Plan:
    """The place that was frozen."""
    return rules.Plan(
        template=template_in(snapshot.template),
        encounters=tuple(encounters),
        favored=affinities_in(snapshot.favored),
        disfavored=affinities_in(snapshot.disfavored),
        equipment=tuple(modifier_in(one) for one in snapshot.equipment),
    )


def party_in(snapshot: pb.Snapshot) -> rules.Party:
    """The party that was frozen."""
    return rules.Party(tuple(member_in(one) for one in snapshot.members))


def carried(equipment: equipment_pb2.Equipment) -> tuple[Modifier, ...]:
    """What a piece does; nothing where they carry none."""
    if not equipment.equipment_id:
        return ()
    effects = [equipment.main_effect, *(slot.effect for slot in equipment.sub_slots)]
    return tuple(
        rules.carried(one.type, one.value or one.amount, one.affinity, one.category, one.stat)
        for one in effects
    )


def template_in(template: atlas_pb2.Template) -> Template:
    """A template that was frozen."""
    return Template(
        template_id=template.template_id,
        name=template.name,
        duration_hours=template.duration_hours,
        difficulty=template.difficulty,
        favored_count=template.favored_count,
        disfavored_count=template.disfavored_count,
        favored=affinities_in(template.favored),
        disfavored=affinities_in(template.disfavored),
        dominant_stats=tuple(template.dominant_stats),
        tags=tuple(template.tags),
    )


def affinities_in(affinities: Sequence[atlas_pb2.Affinity]) -> tuple[Affinity, ...]:
    """Affinities that were frozen."""
    return tuple(Affinity(one.category, one.value) for one in affinities)


def modifier_in(modifier: atlas_pb2.Modifier) -> Modifier:
    """A modifier that was frozen."""
    return Modifier(
        type=modifier.type,
        stats=tuple(modifier.stats),
        value=Fraction(modifier.value) if modifier.value else None,
        affinity=modifier.affinity,
        category=modifier.category,
        name=modifier.name,
        tags=tuple(modifier.tags),
        kind=modifier.kind,
        swap_from=modifier.swap_from,
        swap_to=modifier.swap_to,
    )


def member_out(member: roster_pb2.PartyMember) -> pb.Member:
    """A member as the collection tells of her."""
    return pb.Member(
        waifu_id=member.waifu_id,
        name=member.name,
        series_id=member.series_id,
        genres=member.series_genres,
        stats={stat: getattr(member.stats, stat) for stat in STATS},
        elements=member.elemental_type,
        archetype=member.archetype,
        star_level=member.current_star_level,
        constellation_level=member.constellation_level,
        bond_level=member.bond_level,
        is_awakened=member.is_awakened,
    )


def member_in(member: pb.Member) -> rules.Member:
    """A member that was frozen."""
    return rules.Member(
        waifu_id=member.waifu_id,
        stats=dict(member.stats),
        stars=member.star_level,
        constellation=member.constellation_level,
        bond_level=member.bond_level,
        is_awakened=member.is_awakened,
        elements=tuple(member.elements),
        archetype=member.archetype,
        series_id=member.series_id,
        genres=tuple(member.genres),
    )
