"""Reading one entry: a template, an encounter, or the pools of affinities."""

from services.expeditions.atlas.rules import values
from services.expeditions.atlas.rules.fields import Fields
from services.expeditions.atlas.rules.modifiers import CATEGORIES, CHECKED_STATS, read_modifier
from services.expeditions.atlas.rules.types import (
    Affinity,
    Condition,
    Encounter,
    EncounterType,
    Template,
)

LONGEST_HOURS = 48
HIGHEST_DIFFICULTY = 100_000
USUAL_DIFFICULTY = 2_000
"""Above it nothing is refused, but hardly anything can be meant."""
HIGHEST_LOOT = 10_000
MOST_AFFINITIES = 50
MOST_TAGS = 20
MOST_VALUES = 100
MOST_IN_POOL = 20_000
PARTY = (1, 3)
CONDITIONS = (*CATEGORIES, "team_size")


def read_template(fields: Fields) -> Template:
    """The template of an entry; worth something only when nothing was refused."""
    liked = fields.inner("affinity_pools")
    template = Template(
        template_id=fields.must("expedition_id", values.an_id, ""),
        name=fields.must("name", values.name, ""),
        duration_hours=fields.must("duration_hours", values.whole(1, LONGEST_HOURS), 1),
        difficulty=fields.must("difficulty", values.whole(1, HIGHEST_DIFFICULTY), 1),
        favored_count=fields.must("num_favored_affinities", values.whole(0, MOST_AFFINITIES), 0),
        disfavored_count=fields.must(
            "num_disfavored_affinities", values.whole(0, MOST_AFFINITIES), 0
        ),
        favored=read_affinities(liked.inner("favored")),
        disfavored=read_affinities(liked.inner("disfavored")),
        dominant_stats=fields.must(
            "dominant_stats", values.listed(values.one_of(CHECKED_STATS), 1, len(CHECKED_STATS)), ()
        ),
        tags=fields.must("encounter_pool_tags", values.listed(values.a_tag, 1, MOST_TAGS), ()),
    )
    liked.close()
    warn_of_template(fields, template)
    return template


def read_affinities(fields: Fields) -> tuple[Affinity, ...]:
    """What a template likes, or dislikes. One that stands twice counts twice."""
    found: list[Affinity] = []
    for category in CATEGORIES:
        read = values.series_id if category == "series_id" else values.word
        read_all = values.listed(read, 0, MOST_AFFINITIES, unique=False)
        found += [Affinity(category, value) for value in fields.may(category, read_all, ())]
    fields.close()
    return tuple(found)


def warn_of_template(fields: Fields, template: Template) -> None:
    """Warns of numbers that do not fit together."""
    if template.difficulty > USUAL_DIFFICULTY:
        fields.notes.warn("difficulty", f"is over {USUAL_DIFFICULTY}, so no rotation has it")
    for side, count, pool in (
        ("favored", template.favored_count, template.favored),
        ("disfavored", template.disfavored_count, template.disfavored),
    ):
        if count > len(pool):
            fields.notes.warn(
                f"num_{side}_affinities", f"is {count}, but only {len(pool)} stand there"
            )


def read_encounter(fields: Fields) -> Encounter:
    """The encounter of an entry; worth something only when nothing was refused."""
    kind = fields.must("type", values.one_of([*EncounterType]), "")
    encounter_id = fields.must("encounter_id", values.an_id, "")
    name = fields.must("name", values.name, "")
    tags = fields.must("tags", values.listed(values.a_tag, 1, MOST_TAGS), ())
    match kind:
        case EncounterType.STANDARD:
            return read_standard(fields, encounter_id, name, tags)
        case EncounterType.GATED:
            return read_gated(fields, encounter_id, name, tags)
        case EncounterType.BOON | EncounterType.HAZARD:
            return read_turn(fields, EncounterType(kind), encounter_id, name, tags)
        case _:
            # Which other fields belong here is not known.
            fields.asked.update(fields.given)
            return Encounter(encounter_id, name, EncounterType.STANDARD, tags, "", "")


def read_standard(fields: Fields, encounter_id: str, name: str, tags: tuple[str, ...]) -> Encounter:
    """A check of a stat."""
    loot = fields.inner("loot_values")
    encounter = Encounter(
        encounter_id=encounter_id,
        name=name,
        type=EncounterType.STANDARD,
        tags=tags,
        text_success=fields.must("description_success", values.prose, ""),
        text_failure=fields.must("description_failure", values.prose, ""),
        check_stat=fields.must("check_stat", values.one_of(CHECKED_STATS), ""),
        difficulty=fields.must("difficulty", values.whole(1, HIGHEST_DIFFICULTY), 1),
        common=loot.must("common", values.whole(0, HIGHEST_LOOT), 0),
        great=loot.must("great", values.whole(0, HIGHEST_LOOT), 0),
    )
    loot.close()
    if encounter.difficulty > USUAL_DIFFICULTY:
        fields.notes.warn("difficulty", f"is over {USUAL_DIFFICULTY}: {encounter.difficulty}")
    return encounter


def read_gated(fields: Fields, encounter_id: str, name: str, tags: tuple[str, ...]) -> Encounter:
    """A gate that opens for somebody."""
    return Encounter(
        encounter_id=encounter_id,
        name=name,
        type=EncounterType.GATED,
        tags=tags,
        text_success=fields.must("description_success", values.prose, ""),
        text_failure=fields.must("description_failure", values.prose, ""),
        condition=read_condition(fields.inner("condition")),
        success_loot_value=fields.must("success_loot_value", values.whole(0, HIGHEST_LOOT), 0),
    )


def read_condition(fields: Fields) -> Condition:
    """What opens a gate: one value, or any of several."""
    kind = fields.must("type", values.one_of(CONDITIONS), "")
    match kind:
        case "series_id":
            read = values.series_id
        case "team_size":
            read = party_size
        case _:
            read = values.word
    found = fields.must("value", values.one_or_more(read, MOST_VALUES), ())
    fields.close()
    return Condition(kind, found)


def party_size(value: object) -> str:
    """How many go together, as text."""
    return str(values.whole(*PARTY)(value))


def read_turn(
    fields: Fields, kind: EncounterType, encounter_id: str, name: str, tags: tuple[str, ...]
) -> Encounter:
    """A boon or a hazard: nobody is asked, and the rest of the way is different."""
    told = fields.must("description", values.prose, "")
    modifier = read_modifier(fields.inner("modifier"))
    return Encounter(encounter_id, name, kind, tags, told, told, modifier=modifier)


def read_pools(fields: Fields) -> dict[str, tuple[str, ...]]:
    """What affinities may be about, by category; a category that is left out stays as it is."""
    pools: dict[str, tuple[str, ...]] = {}
    for category in CATEGORIES:
        read = values.series_id if category == "series_id" else values.word
        read_all = values.listed(read, 1, MOST_IN_POOL)
        if category in fields.given:
            pools[category] = fields.must(category, read_all, ())
    return pools
