"""Reading whole files: every entry by itself, and ids that come twice."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from services.expeditions.atlas.rules import values
from services.expeditions.atlas.rules.entries import read_encounter, read_pools, read_template
from services.expeditions.atlas.rules.fields import Fields, Finding, Notes, SourceEntry
from services.expeditions.atlas.rules.types import Encounter, Template

TEMPLATES = "templates"
ENCOUNTERS = "encounters"
AFFINITIES = "affinities"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """The three files of an import; each may be empty."""

    templates: Sequence[SourceEntry] = ()
    encounters: Sequence[SourceEntry] = ()
    affinities: Sequence[SourceEntry] = ()


@dataclass(slots=True)
class Table(Generic[T]):
    """What could be read of one file, by id, and what was found on the way."""

    name: str
    good: dict[str, T] = field(default_factory=dict[str, T])
    lines: dict[str, int] = field(default_factory=dict[str, int])
    problems: list[Finding] = field(default_factory=list[Finding])
    warnings: list[Finding] = field(default_factory=list[Finding])

    def take(self, notes: Notes, entry_id: str, thing: T) -> None:
        """Keeps an entry, or what is wrong with it."""
        if entry_id in self.lines:
            notes.refuse("", f"stands already in line {self.lines[entry_id]}")
        elif entry_id:
            self.lines[entry_id] = notes.line
        if not notes.problems:
            self.good[entry_id] = thing
        self.problems += notes.problems
        self.warnings += notes.warnings

    @property
    def rejected_count(self) -> int:
        """How many entries have a problem."""
        return len({(problem.line, problem.entry_id) for problem in self.problems})


@dataclass(frozen=True, slots=True)
class Draft:
    """Three files, each entry read by itself."""

    templates: Table[Template]
    encounters: Table[Encounter]
    affinities: Table[tuple[str, ...]]

    @property
    def problems(self) -> list[Finding]:
        """Everything that is wrong, by file and line."""
        return [*self.templates.problems, *self.encounters.problems, *self.affinities.problems]


def read(source: Source) -> Draft:
    """Reads everything; what is wrong stands in the draft's problems."""
    return Draft(
        templates=read_table(TEMPLATES, "expedition_id", source.templates, read_template),
        encounters=read_table(ENCOUNTERS, "encounter_id", source.encounters, read_encounter),
        affinities=read_affinities(source.affinities),
    )


def read_table(
    name: str, key: str, entries: Iterable[SourceEntry], read_entry: Callable[[Fields], T]
) -> Table[T]:
    """The entries of one file, by the id that stands under `key`."""
    table: Table[T] = Table(name)
    for entry in entries:
        notes = Notes(name, entry.line)
        fields = opened(notes, entry)
        if fields is None:
            table.problems += notes.problems
            continue
        notes.entry_id = id_of(fields.given.get(key))
        thing = read_entry(fields)
        fields.close()
        table.take(notes, notes.entry_id, thing)
    return table


def read_affinities(entries: Iterable[SourceEntry]) -> Table[tuple[str, ...]]:
    """The pools, by category. A file has one entry, and a category one place."""
    table: Table[tuple[str, ...]] = Table(AFFINITIES)
    for entry in entries:
        notes = Notes(AFFINITIES, entry.line)
        fields = opened(notes, entry)
        if fields is not None:
            pools = read_pools(fields)
            fields.asked.update(pools)
            fields.close()
            for category, pool in pools.items():
                table.take(Notes(AFFINITIES, entry.line), category, pool)
        table.problems += notes.problems
    return table


def opened(notes: Notes, entry: SourceEntry) -> Fields | None:
    """The fields of an entry, or none where it is no object at all."""
    try:
        return Fields(notes, values.an_object(values.decoded(entry.json)))
    except ValueError as problem:
        notes.refuse("", str(problem))
        return None


def id_of(value: object) -> str:
    """The id by which findings are told; empty where it is none."""
    try:
        return values.an_id(value)
    except ValueError:
        return ""
