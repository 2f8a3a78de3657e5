"""What is allowed but will hardly be meant: found by looking at the whole atlas and at the catalogue."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from services.expeditions.atlas.rules import values
from services.expeditions.atlas.rules.atlas import Atlas
from services.expeditions.atlas.rules.fields import Finding
from services.expeditions.atlas.rules.source import Draft, Table
from services.expeditions.atlas.rules.types import (
    Affinity,
    Condition,
    Encounter,
    EncounterType,
    Template,
)

T = TypeVar("T", Template, Encounter)
Strange = Iterator[tuple[str, str]]
"""Field and reason."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the waifus have whom a party could have in it, by category of affinities."""

    values: Mapping[str, frozenset[str]]

    def has(self, affinity: Affinity) -> bool:
        """Whether somebody has it, letter by letter."""
        return affinity.value in self.values.get(affinity.category, ())

    def meets(self, condition: Condition) -> bool:
        """Whether somebody meets one of the values; case does not matter there."""
        if condition.type == "team_size":
            return True
        had = {value.casefold() for value in self.values.get(condition.type, ())}
        return any(value.casefold() in had for value in condition.values)


def merged(draft: Draft, before: Atlas) -> Atlas:
    """The atlas as it will be: an import never removes anything."""
    return Atlas.of(
        before.version,
        {**before.templates, **draft.templates.good}.values(),
        {**before.encounters, **draft.encounters.good}.values(),
        {**before.pools, **draft.affinities.good},
    )


def warnings(draft: Draft, before: Atlas, catalogue: Catalogue | None) -> list[Finding]:
    """Everything strange about the entries of a draft, by file and line.

    Without a catalogue nothing is said about who could meet what.
    """
    look = Look(merged(draft, before), catalogue)
    return [
        *found(draft.templates, look.at_template),
        *found(draft.encounters, look.at_encounter),
        *draft.affinities.warnings,
    ]


def found(table: Table[T], look: Callable[[T], Strange]) -> list[Finding]:
    """What was noted while reading, and what is strange beside it, in the order of the file."""
    seen = [
        Finding(table.name, table.lines[entry_id], entry_id, field, reason)
        for entry_id, thing in table.good.items()
        for field, reason in look(thing)
    ]
    return sorted([*table.warnings, *seen], key=lambda finding: finding.line)


class Look:
    """Looks at single entries, knowing all the others."""

    def __init__(self, atlas: Atlas, catalogue: Catalogue | None) -> None:
        self.atlas = atlas
        self.catalogue = catalogue
        self.pools = {category: frozenset(pool) for category, pool in atlas.pools.items()}
        self.stats_by_tag: dict[str, set[str]] = {}
        """Tag of templates to the stats that count there."""
        self.stats_anywhere: set[str] = set()
        """What counts at templates to which every encounter can come, as no encounter has their tags."""
        self.checks_by_tag: dict[str, set[str]] = {}
        """Tag of encounters to the stats that they check."""
        self.checks_anywhere: set[str] = set()
        for template in atlas.templates.values():
            self._note_template(template)
        for encounter in atlas.encounters.values():
            self._note_encounter(encounter)

    def _note_template(self, template: Template) -> None:
        for tag in template.tags:
            self.stats_by_tag.setdefault(tag, set()).update(template.dominant_stats)
        if not any(tag in self.atlas.by_tag for tag in template.tags):
            self.stats_anywhere.update(template.dominant_stats)

    def _note_encounter(self, encounter: Encounter) -> None:
        checks = {encounter.check_stat} - {""}
        self.checks_anywhere |= checks
        for tag in encounter.tags:
            self.checks_by_tag.setdefault(tag, set()).update(checks)

    def at_template(self, template: Template) -> Strange:
        """What is strange about a template."""
        for tag in template.tags:
            if tag not in self.atlas.by_tag:
                yield "encounter_pool_tags", f"no encounter has the tag {tag}"
        if not self.checks_at(template).intersection(template.dominant_stats):
            yield "dominant_stats", "no STANDARD encounter checks one of them there"
        for side in ("favored", "disfavored"):
            for affinity in getattr(template, side):
                yield from self.at_affinity(f"affinity_pools.{side}.{affinity.category}", affinity)

    def checks_at(self, template: Template) -> set[str]:
        """The stats that are checked by encounters which share a tag with it, or by all where none does."""
        near = [self.checks_by_tag[tag] for tag in template.tags if tag in self.checks_by_tag]
        return set[str]().union(*near) if near else self.checks_anywhere

    def at_affinity(self, field: str, affinity: Affinity) -> Strange:
        """What is strange about an affinity."""
        pool = self.pools.get(affinity.category)
        if pool is not None and affinity.value not in pool:
            yield field, f"{affinity.value} stands in no affinity pool"
        if self.catalogue is not None and not self.catalogue.has(affinity):
            yield field, f"nobody in the catalogue has {affinity.value}"

    def at_encounter(self, encounter: Encounter) -> Strange:
        """What is strange about an encounter."""
        for tag in encounter.tags:
            if tag not in self.stats_by_tag:
                yield "tags", f"no template has the tag {tag}"
        if not self.is_reached(encounter):
            yield (
                "",
                "is unreachable: no template has one of its tags"
                + (f" and checks {encounter.check_stat}" if encounter.check_stat else ""),
            )
        if encounter.condition is not None and self.catalogue is not None:
            yield from self.at_condition(self.catalogue, encounter.condition)
        yield from self.at_modifier(encounter)

    def at_condition(self, catalogue: Catalogue, condition: Condition) -> Strange:
        """Whether a gate can open at all."""
        if not catalogue.meets(condition):
            wanted = values.shown(" or ".join(condition.values))
            yield "condition.value", f"nobody in the catalogue has {condition.type} {wanted}"

    def at_modifier(self, encounter: Encounter) -> Strange:
        """What is strange about a boon or a hazard."""
        modifier = encounter.modifier
        if modifier is None:
            return
        for field, tags in (
            ("tag", modifier.tags), ("from", (modifier.swap_from,)), ("to", (modifier.swap_to,)),
        ):  # fmt: skip
            for tag in filter(None, tags):
                if tag not in self.atlas.by_tag:
                    yield f"modifier.{field}", f"no encounter has the tag {tag}"
        if modifier.type == "affinity_add" and modifier.name:
            affinity = Affinity(modifier.category, modifier.name)
            yield from self.at_affinity("modifier.value", affinity)

    def is_reached(self, encounter: Encounter) -> bool:
        """Whether a template exists at which it can happen."""
        near = [self.stats_by_tag[tag] for tag in encounter.tags if tag in self.stats_by_tag]
        stats = self.stats_anywhere.union(*near)
        if encounter.type is EncounterType.STANDARD:
            return encounter.check_stat in stats
        return bool(stats)
