"""Reading one entry of a file, field by field, and noting everything that is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from services.expeditions.atlas.rules import values

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One entry as it stands in the file."""

    line: int
    json: bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, or strange, at one place."""

    table: str
    line: int
    entry_id: str
    field: str
    reason: str


class Notes:
    """Collects what is found in one entry."""

    def __init__(self, table: str, line: int) -> None:
        self.table = table
        self.line = line
        self.entry_id = ""
        self.problems: list[Finding] = []
        self.warnings: list[Finding] = []

    def refuse(self, field: str, reason: str) -> None:
        """Notes that something is wrong."""
        self.problems.append(self.finding(field, reason))

    def warn(self, field: str, reason: str) -> None:
        """Notes that something is allowed but will hardly be meant."""
        self.warnings.append(self.finding(field, reason))

    def finding(self, field: str, reason: str) -> Finding:
        """Something about a field of this entry."""
        return Finding(self.table, self.line, self.entry_id, field, reason)


class Fields:
    """The fields of one object. Who has read all that is known closes it, and the rest is refused."""

    def __init__(self, notes: Notes, given: Mapping[str, Any] | None, path: str = "") -> None:
        self.notes = notes
        self.is_there = given is not None
        """False where it was said already that the object itself is missing or wrong."""
        self.given = given or {}
        self.path = path
        self.asked: set[str] = set()

    def must(self, field: str, read: Callable[[object], T], otherwise: T) -> T:
        """The value of a field that has to be there; `otherwise` only keeps the reading going."""
        self.asked.add(field)
        if field not in self.given:
            if self.is_there:
                self.notes.refuse(self.path + field, "is missing")
            return otherwise
        return self._try(field, read, otherwise)

    def may(self, field: str, read: Callable[[object], T], otherwise: T) -> T:
        """The value of a field that may be left out, and then means `otherwise`."""
        self.asked.add(field)
        return self._try(field, read, otherwise) if field in self.given else otherwise

    def inner(self, field: str) -> "Fields":
        """The fields of an object inside of this one."""
        return Fields(self.notes, self.must(field, values.an_object, None), f"{self.path}{field}.")

    def close(self) -> None:
        """Refuses every field that nobody asked for."""
        for field in self.given:
            if field not in self.asked:
                self.notes.refuse(self.path + values.shown(field)[1:-1], "does not belong here")

    def _try(self, field: str, read: Callable[[object], T], otherwise: T) -> T:
        try:
            return read(self.given[field])
        except ValueError as problem:
            self.notes.refuse(self.path + field, str(problem))
            return otherwise
