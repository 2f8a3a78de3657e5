"""Reading a whole file: every row by itself first, then the rows against each other."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from services.collection.catalog.rules.catalog import Series, Waifu
from services.collection.catalog.rules.rows import (
    Problem,
    RowReader,
    SourceRow,
    checked,
    read_series,
    read_waifu,
)

SERIES = "series"
WAIFUS = "waifus"

T = TypeVar("T", Series, Waifu)


@dataclass(slots=True)
class Table(Generic[T]):
    """The rows of one file, by id: what could be read, and what is wrong with the rest."""

    name: str
    good: dict[int, tuple[int, T]] = field(default_factory=dict)
    """Id to line and thing."""
    bad_ids: set[int] = field(default_factory=set)
    """Ids whose row was rejected, as far as the id itself could be read."""
    problems: list[Problem] = field(default_factory=list)

    def reject(self, number: int, column: str, reason: str) -> None:
        """Takes a good row out again."""
        line, _ = self.good.pop(number)
        self.bad_ids.add(number)
        self.problems.append(Problem(self.name, line, column, reason))

    @property
    def rejected_count(self) -> int:
        """How many rows have a problem."""
        return len({problem.line for problem in self.problems})


@dataclass(frozen=True, slots=True)
class Draft:
    """Two files, each row read by itself."""

    series: Table[Series]
    waifus: Table[Waifu]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import may write, and what stands in its way."""

    series: Sequence[Series]
    waifus: Sequence[Waifu]
    problems: Sequence[Problem]
    """By table and line."""
    rejected_series_count: int
    rejected_waifus_count: int


def read(series: Iterable[SourceRow], waifus: Iterable[SourceRow]) -> Draft:
    """Reads every row by itself and finds ids that come twice."""
    return Draft(
        series=read_table(SERIES, "series_id", series, read_series),
        waifus=read_table(WAIFUS, "waifu_id", waifus, read_waifu),
    )


def read_table(
    name: str, key: str, rows: Iterable[SourceRow], read_row: Callable[[RowReader], T]
) -> Table[T]:
    """The rows of one table."""
    table: Table[T] = Table(name)
    lines: dict[int, int] = {}
    for row in rows:
        thing, number, problems = checked(read_row, name, key, row)
        if number in lines:
            twice = Problem(name, row.line, key, f"{number} stands already in line {lines[number]}")
            table.problems += [twice, *problems]
            continue
        if number is not None:
            lines[number] = row.line
        table.problems += problems
        if number is not None and thing is not None:
            table.good[number] = (row.line, thing)
        elif number is not None:
            table.bad_ids.add(number)
    return table


def settle(draft: Draft, known: Mapping[int, str], *, is_lenient: bool) -> Plan:
    """Checks the rows against each other and against the catalogue, whose names by id are `known`.

    It changes the draft: a lenient import goes on with the rows that are left.
    """
    series, waifus = draft.series, draft.waifus
    while clashes := name_clashes(series, known):
        for number, reason in clashes:
            series.reject(number, "name", reason)
    names = {**known, **{number: one.name for number, (_, one) in series.good.items()}}
    for number, (_, waifu) in list(waifus.good.items()):
        if waifu.series_id in names:
            continue
        if waifu.series_id not in series.bad_ids:
            waifus.reject(number, "series_id", f"there is no series {waifu.series_id}")
        elif is_lenient:
            waifus.reject(number, "series_id", f"the row of series {waifu.series_id} was rejected")
    return Plan(
        series=[one for _, one in series.good.values()],
        waifus=[
            replace(one, series=names[one.series_id])
            for _, one in waifus.good.values()
            if one.series_id in names
        ],
        problems=[*by_line(series.problems), *by_line(waifus.problems)],
        rejected_series_count=series.rejected_count,
        rejected_waifus_count=waifus.rejected_count,
    )


def name_clashes(series: Table[Series], known: Mapping[int, str]) -> list[tuple[int, str]]:
    """The file's series whose name another one will have, here or in the catalogue."""
    kept = {name_key(name): number for number, name in known.items() if number not in series.good}
    clashes: list[tuple[int, str]] = []
    for number, (_, one) in series.good.items():
        other = kept.setdefault(name_key(one.name), number)
        if other != number:
            clashes.append((number, f"series {other} has the same name"))
    return clashes


def name_key(name: str) -> str:
    """What makes two names of series the same: all but case."""
    return name.casefold()


def by_line(problems: Iterable[Problem]) -> list[Problem]:
    """Problems in the order of the file."""
    return sorted(problems, key=lambda problem: problem.line)
