"""Templates and encounters as messages."""

from geminya.expeditions.v1 import atlas_pb2 as pb
from services.expeditions.atlas import rules


def template_out(template: rules.Template, *, is_open: bool) -> pb.Template:
    """A template, and whether it is open now."""
    return pb.Template(
        template_id=template.template_id,
        name=template.name,
        duration_hours=template.duration_hours,
        difficulty=template.difficulty,
        tier=rules.tier_of(template.difficulty),
        favored_count=template.favored_count,
        disfavored_count=template.disfavored_count,
        favored=[affinity_out(one) for one in template.favored],
        disfavored=[affinity_out(one) for one in template.disfavored],
        dominant_stats=template.dominant_stats,
        tags=template.tags,
        expected_encounters=rules.expected_encounters(template.duration_hours),
        is_open=is_open,
    )


def affinity_out(affinity: rules.Affinity) -> pb.Affinity:
    """An affinity."""
    return pb.Affinity(category=affinity.category, value=affinity.value)


def encounter_out(encounter: rules.Encounter) -> pb.Encounter:
    """An encounter with all that happens in it."""
    condition, modifier = encounter.condition, encounter.modifier
    return pb.Encounter(
        encounter_id=encounter.encounter_id,
        name=encounter.name,
        type=encounter.type.value,
        tags=encounter.tags,
        text_success=encounter.text_success,
        text_failure=encounter.text_failure,
        check_stat=encounter.check_stat,
        difficulty=encounter.difficulty,
        common=encounter.common,
        great=encounter.great,
        condition=pb.Condition(type=condition.type, values=condition.values) if condition else None,
        success_loot_value=encounter.success_loot_value,
        modifier=modifier_out(modifier) if modifier else None,
    )


def modifier_out(modifier: rules.Modifier) -> pb.Modifier:
    """What a boon or a hazard does."""
    return pb.Modifier(
        type=modifier.type,
        stats=modifier.stats,
        value="" if modifier.value is None else str(modifier.value),
        affinity=modifier.affinity,
        category=modifier.category,
        name=modifier.name,
        tags=modifier.tags,
        kind=modifier.kind,
        swap_from=modifier.swap_from,
        swap_to=modifier.swap_to,
    )


def finding_out(finding: rules.Finding) -> pb.AtlasFinding:
    """A problem or a warning."""
    return pb.AtlasFinding(
        table=finding.table,
        line=finding.line,
        entry_id=finding.entry_id,
        field=finding.field,
        reason=finding.reason,
    )
