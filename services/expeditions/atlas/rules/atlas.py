"""The whole atlas of one version, and what is asked of it."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.expeditions.atlas.rules.types import Affinity, Encounter, EncounterType, Template

TIER_STEP = 400
HIGHEST_TIER = 5
"""Stars of a difficulty: 1 up to 399, then one more for each 400."""


@dataclass(frozen=True, slots=True)
class Atlas:
    """Templates, encounters and affinity pools of one version."""

    version: int
    templates: Mapping[str, Template]
    encounters: Mapping[str, Encounter]
    pools: Mapping[str, tuple[str, ...]]
    """Category of affinities to what they may be about; empty before they are imported."""
    by_tag: Mapping[str, frozenset[str]]
    """Tag to the ids of the encounters that have it."""

    @classmethod
    def of(
        cls,
        version: int,
        templates: Iterable[Template],
        encounters: Iterable[Encounter],
        pools: Mapping[str, tuple[str, ...]],
    ) -> "Atlas":
        """An atlas of these parts: templates by difficulty, encounters by id."""
        known = {one.encounter_id: one for one in sorted(encounters, key=encounter_key)}
        by_tag: dict[str, set[str]] = {}
        for one in known.values():
            for tag in one.tags:
                by_tag.setdefault(tag, set()).add(one.encounter_id)
        return cls(
            version=version,
            templates={one.template_id: one for one in sorted(templates, key=template_key)},
            encounters=known,
            pools=pools,
            by_tag={tag: frozenset(ids) for tag, ids in by_tag.items()},
        )

    def eligible(self, template: Template) -> tuple[Encounter, ...]:
        """The encounters that can happen there, by id.

        They share a tag with the template; where none does, all of them can. A check of a stat that does
        not count there never comes.
        """
        ids = frozenset[str]().union(*(self.by_tag.get(tag, ()) for tag in template.tags))
        fitting = [self.encounters[one] for one in sorted(ids)] or [*self.encounters.values()]
        return tuple(one for one in fitting if is_checked(one, template.dominant_stats))

    def encounter_counts(self, template: Template) -> dict[str, int]:
        """How many encounters of each type can happen there."""
        counts = Counter(one.type for one in self.eligible(template))
        return {kind.value: counts[kind] for kind in EncounterType}

    def search_templates(self, words: str) -> list[Template]:
        """The templates that have every word, by difficulty."""
        wanted = fold(words).split()
        return [one for one in self.templates.values() if all(w in text_of(one) for w in wanted)]

    def search_encounters(self, words: str) -> list[Encounter]:
        """The encounters that have every word, by id."""
        wanted = fold(words).split()
        return [one for one in self.encounters.values() if all(w in met_as(one) for w in wanted)]


def template_key(template: Template) -> tuple[int, str]:
    """The order of templates: the easy ones first."""
    return template.difficulty, template.template_id


def encounter_key(encounter: Encounter) -> str:
    """The order of encounters."""
    return encounter.encounter_id


def is_checked(encounter: Encounter, stats: Sequence[str]) -> bool:
    """Whether it has no check, or one of these stats."""
    return encounter.type is not EncounterType.STANDARD or encounter.check_stat in stats


def tier_of(difficulty: int) -> int:
    """How many stars a difficulty is shown with."""
    return min(HIGHEST_TIER, difficulty // TIER_STEP + 1)


def expected_encounters(duration_hours: int) -> int:
    """How many encounters to expect, as it is shown before the start."""
    return max(1, duration_hours * 3 // 4)


def text_of(template: Template) -> str:
    """All that a template is found by."""
    liked = (affinity.value for affinity in named(template))
    parts = (template.name, template.template_id, *template.tags, *template.dominant_stats, *liked)
    return fold(" ".join(parts))


def named(template: Template) -> Iterable[Affinity]:
    """What the template likes and dislikes by name; numbers of series would be found by accident."""
    for affinity in (*template.favored, *template.disfavored):
        if affinity.category != "series_id":
            yield affinity


def met_as(encounter: Encounter) -> str:
    """All that an encounter is found by."""
    modifier = encounter.modifier.type if encounter.modifier else ""
    parts = (encounter.name, encounter.encounter_id, encounter.type, *encounter.tags)
    return fold(" ".join((*parts, encounter.check_stat, modifier)))


def fold(text: str) -> str:
    """What makes two texts the same for who searches: all but case and accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
