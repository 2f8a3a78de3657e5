"""Expeditions and their reports as messages."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import Message

from chassis.wire import time_out
from geminya.expeditions.v1 import expedition_pb2 as pb
from services.expeditions.atlas.rules import Encounter, tier_of
from services.expeditions.expedition import rules, snapshot, store
from services.expeditions.expedition.rules.report import Check

MILLI = 1000
PASSED = {rules.Outcome.GREAT, rules.Outcome.SUCCESS}


def kept_out(message: Message) -> dict[str, Any]:
    """A message as it is kept in a column."""
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def text_out(report: pb.Report) -> str:
    """A report as text, the same for the same report: what a replay compares."""
    return json.dumps(kept_out(report), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def text_in(text: str) -> pb.Report:
    """The report that was kept."""
    return json_format.Parse(text, pb.Report())


def expedition_out(row: store.Expedition) -> pb.Expedition:
    """An expedition as it stands."""
    frozen = snapshot.thaw(row.expedition_data)
    is_told = row.status == "completed" and row.final_results is not None
    return pb.Expedition(
        expedition_id=row.expedition_id,
        template_id=row.location,
        name=row.expedition_name,
        difficulty=row.difficulty,
        tier=tier_of(row.difficulty),
        duration_hours=row.duration_hours,
        slot_no=row.slot_no,
        status=row.status,
        start_time=time_out(row.started_at),
        ready_time=time_out(row.ends_at),
        end_time=time_out(row.completed_at),
        travellers=[
            traveller_out(member, place, is_told=is_told)
            for member, place in zip(frozen.members, row.party, strict=True)
        ],
        equipment_id=row.equipped_equipment_id or "",
        favored=frozen.favored,
        disfavored=frozen.disfavored,
        outcome=text_in(row.final_results).outcome if is_told and row.final_results else "",
        strength=strength_out(snapshot.strength_of(frozen)),
    )


def strength_out(strength: rules.Strength) -> pb.Strength:
    """What a party is worth."""
    return pb.Strength(
        stats=[
            pb.StatStrength(stat=one.stat, total=one.total, final_bonus=one.final_bonus)
            for one in strength.stats
        ],
        affinity_milli=round(strength.affinity * MILLI),
        least_affinity_milli=round(strength.least_affinity * MILLI),
        most_affinity_milli=round(strength.most_affinity * MILLI),
        series_milli=round(strength.series * MILLI),
        awakened_milli=round(strength.awakened * MILLI),
        reward_milli=round(strength.reward * MILLI),
    )


def traveller_out(member: pb.Member, place: Mapping[str, Any], *, is_told: bool) -> pb.Traveller:
    """Somebody on her way, and once it is told how she came home."""
    return pb.Traveller(
        waifu_id=member.waifu_id,
        name=member.name,
        star_level_used=member.star_level,
        constellation_level=member.constellation_level,
        bond_level=member.bond_level,
        is_awakened=member.is_awakened,
        series_id=member.series_id,
        final_hp=place["final_hp"] if is_told else None,
        final_mp=place["final_mp"] if is_told else None,
    )


def started_out(terms: pb.StartTerms, frozen: pb.Snapshot) -> pb.Expedition:
    """An expedition that is just beginning, but for its times."""
    template = terms.template
    return pb.Expedition(
        expedition_id=terms.expedition_id,
        template_id=template.template_id,
        name=template.name,
        difficulty=template.difficulty,
        tier=template.tier,
        duration_hours=template.duration_hours,
        slot_no=terms.slot_no,
        status="in_progress",
        travellers=[traveller_out(member, {}, is_told=False) for member in frozen.members],
        equipment_id=terms.equipment_id,
        favored=frozen.favored,
        disfavored=frozen.disfavored,
        strength=strength_out(snapshot.strength_of(frozen)),
    )


def report_out(report: rules.Report, encounters: Sequence[Encounter]) -> pb.Report:
    """A report, with the words of its encounters."""
    known = {one.encounter_id: one for one in encounters}
    tally, luck, rewards = report.tally, report.luck, report.rewards
    return pb.Report(
        rules_version=report.version,
        events=[event_out(event, known[event.encounter_id]) for event in report.events],
        tally=pb.Tally(
            greats=tally.greats,
            successes=tally.successes,
            failures=tally.failures,
            mishaps=tally.mishaps,
            skips=tally.skips,
            checks=tally.checks,
        ),
        outcome=report.label.value,
        luck=pb.Luck(
            score=luck.score, shares=luck.shares, roll=luck.roll, fortune=luck.fortune.value
        ),
        found=report.found,
        rewards=pb.Rewards(
            crystals=rewards.crystals,
            quartzs=rewards.quartzs,
            daphine=rewards.daphine,
            items=rewards.items,
        ),
        members=[
            pb.Homecomer(waifu_id=one.waifu_id, final_hp=one.final_hp, final_mp=one.final_mp)
            for one in report.members
        ],
    )


def event_out(event: rules.Event, encounter: Encounter) -> pb.Event:
    """One encounter as it happened."""
    return pb.Event(
        number=event.number,
        encounter_id=event.encounter_id,
        name=encounter.name,
        type=event.type.value,
        outcome=event.outcome.value,
        text=told(event.outcome, encounter),
        check=check_out(event.check) if event.check else None,
        loot=[loot_out(one) for one in event.loot],
        lost=[loot_out(one) for one in event.lost],
        modifier=event.modifier,
    )


def told(outcome: rules.Outcome, encounter: Encounter) -> str:
    """What is told of an encounter; nothing where nothing happened."""
    if outcome is rules.Outcome.SKIPPED:
        return ""
    return encounter.text_success if outcome in PASSED else encounter.text_failure


def check_out(check: Check) -> pb.CheckResult:
    """A check and what it came to."""
    shares = check.shares
    return pb.CheckResult(
        stat=check.stat,
        total=check.total,
        favored=check.favored,
        disfavored=check.disfavored,
        score=check.score,
        difficulty=check.difficulty,
        shares=(shares.great, shares.success, shares.failure, shares.mishap),
        roll=check.roll,
    )


def loot_out(loot: rules.Loot) -> pb.Loot:
    """One find."""
    return pb.Loot(thing=loot.thing, amount=loot.amount, value=loot.value)


def logs_kept(report: pb.Report) -> list[dict[str, Any]]:
    """The log as it is kept: a line for each encounter, and one for the end."""
    lines = [
        log_kept(event.number, "encounter", event.number, event.text, kept_out(event))
        for event in report.events
    ]
    end = {"tally": kept_out(report.tally), "rewards": kept_out(report.rewards)}
    return [*lines, log_kept(len(lines) + 1, "completion", None, report.outcome, end)]


def log_kept(
    log_no: int, log_type: str, number: int | None, message: str, data: dict[str, Any]
) -> dict[str, Any]:
    """One line of it."""
    return {
        "log_no": log_no,
        "log_type": log_type,
        "encounter_number": number,
        "message": message,
        "data": data,
    }


def log_out(log: store.Log) -> pb.ExpeditionLog:
    """A line of the log."""
    is_encounter = log.log_type == "encounter"
    return pb.ExpeditionLog(
        log_no=log.log_no,
        log_type=log.log_type,
        encounter_number=log.encounter_number or 0,
        message=log.message,
        event=json_format.ParseDict(log.data, pb.Event()) if is_encounter else None,
        time=time_out(log.timestamp),
    )


def settlement_in(kept: dict[str, Any]) -> pb.Settlement:
    """What became of the rewards, as it was kept."""
    return json_format.ParseDict(kept, pb.Settlement())
