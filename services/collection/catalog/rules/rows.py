"""Reading one row of a file: a series or a waifu, or everything that is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import TypeVar

from services.collection.catalog.rules import cells
from services.collection.catalog.rules.catalog import Series, Stats, Waifu

LONGEST_NAME = 255
LONGEST_WORD = 100
LONGEST_TEXT = 8000
LONGEST_LINE = 1000
MOST_WORDS = 20
HIGHEST_STAT = 999
HIGHEST_SCORE = 10
RARITIES = (1, 3)
MEDIA_TYPES = ("anime", "manga", "visual_novel", "light_novel", "game")
DEFAULT_MEDIA_TYPE = "anime"
ELEMENTS = (
    "fire", "water", "earth", "wind", "nature", "neutral", "void", "light", "dark", "ice",
)  # fmt: skip
RESISTANCES = ("weak", "neutral", "resist")
ROLES = ("Mage", "Attacker", "Healer", "Buffer", "Debuffer", "Defender", "Specialist")
GRADES = ("S", "A", "B", "C", "D", "F")
STATS = tuple(stat.name for stat in fields(Stats))
CREATORS = ("studio", "developer", "author")
"""The keys of `creator`, the best one first."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row as it stands in the file."""

    line: int
    cells: Mapping[str, str]
    """Column to cell. What is no text in the file has surrogates here, as `surrogateescape` makes them;
    cells beyond the last column stand under the empty name."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell."""

    table: str
    line: int
    column: str
    reason: str


class RowReader:
    """Reads the cells of one row and collects what is wrong with them."""

    def __init__(self, table: str, row: SourceRow) -> None:
        self.table = table
        self.row = row
        self.problems: list[Problem] = []
        if "" in row.cells:
            self.refuse("", "the row has more cells than the table has columns")

    def refuse(self, column: str, reason: str) -> None:
        """Notes that a cell is wrong."""
        self.problems.append(Problem(self.table, self.row.line, column, reason))

    def must(self, column: str, read: Callable[[str], T], otherwise: T) -> T:
        """The value of a cell that has to be filled; `otherwise` only keeps the reading going."""
        if column not in self.row.cells:
            self.refuse(column, "is missing")
            return otherwise
        if not cells.clean(self.row.cells[column]):
            self.refuse(column, "is empty")
            return otherwise
        return self._try(column, read, otherwise)

    def may(self, column: str, read: Callable[[str], T], otherwise: T) -> T:
        """The value of a cell that may be empty, and then means `otherwise`."""
        cell = self.row.cells.get(column, "")
        return otherwise if cells.is_blank(cell) else self._try(column, read, otherwise)

    def _try(self, column: str, read: Callable[[str], T], otherwise: T) -> T:
        try:
            return read(self.row.cells[column])
        except ValueError as problem:
            self.refuse(column, str(problem))
            return otherwise


def read_series(reader: RowReader) -> Series:
    """The series of a row; worth something only when the reader has no problems."""
    return Series(
        series_id=reader.must("series_id", an_id, 0),
        name=reader.must("name", a_name, ""),
        english_name=reader.may("english_name", a_name, None),
        image_link=reader.may("image_link", cells.url, None),
        studios=reader.may("studios", a_name, None) or reader.may("creator", a_creator, None),
        genres=reader.must("genres", genres, ()),
        synopsis=reader.may("synopsis", prose, None),
        favorites=reader.may("favorites", a_count, None),
        members=reader.may("members", a_count, None),
        score=reader.may("score", lambda cell: cells.number(cell, 0, HIGHEST_SCORE), None),
        media_type=reader.may(
            "media_type", lambda cell: cells.one_of(cells.clean(cell), MEDIA_TYPES),
            DEFAULT_MEDIA_TYPE,
        ),
    )  # fmt: skip


def read_waifu(reader: RowReader) -> Waifu:
    """The waifu of a row, still without the name of her series."""
    return Waifu(
        waifu_id=reader.must("waifu_id", an_id, 0),
        name=reader.must("name", a_name, ""),
        series_id=reader.must("series_id", an_id, 0),
        series="",
        genre=reader.must("genre", a_word, ""),
        rarity=reader.must("rarity", lambda cell: cells.whole(cell, *RARITIES), 1),
        image_url=reader.may("image_url", cells.url, None),
        about=reader.may("about", prose, None),
        stats=reader.must("stats", stats, NO_STATS),
        elemental_type=reader.must("elemental_type", elements, ()),
        archetype=reader.may("archetype", a_word, None),
        potency=reader.may("potency", lambda cell: grid(cell, ROLES, GRADES), {}),
        elemental_resistances=reader.may(
            "elemental_resistances", lambda cell: grid(cell, ELEMENTS, RESISTANCES), {}
        ),
        birthday=reader.may("birthday", cells.day, None),
        favorite_gifts=reader.may("favorite_gifts", gifts, ()),
        special_dialogue=reader.may("special_dialogue", dialogue, {}),
    )


NO_STATS = Stats(*[1] * len(STATS))


def an_id(cell: str) -> int:
    """The number that names a row for ever."""
    return cells.whole(cell, 1)


def a_count(cell: str) -> int:
    """How many."""
    return cells.whole(cell, 0)


def a_name(cell: str) -> str:
    """A name."""
    return cells.text(cell, LONGEST_NAME)


def a_word(cell: str) -> str:
    """A short name of a kind."""
    return cells.text(cell, LONGEST_WORD)


def prose(cell: str) -> str:
    """A text of several lines."""
    return cells.text(cell, LONGEST_TEXT, lines=True)


def a_creator(cell: str) -> str | None:
    """The maker's name out of the newer file shape: an object with studio, developer or author."""
    makers = cells.texts(cells.decoded(cell))
    found = [makers[key] for key in CREATORS if makers.get(key)]
    return a_name(found[0]) if found else None


def genres(cell: str) -> tuple[str, ...]:
    """Names joined by vertical bars; together they fit the column."""
    names = [name.strip() for name in cells.text(cell, LONGEST_NAME).split("|")]
    if not all(names):
        raise ValueError("has an empty genre between two bars")
    return tuple(dict.fromkeys(names))


def stats(cell: str) -> Stats:
    """Exactly the eight stats, each in its range."""
    value = cells.an_object(cells.decoded(cell))
    for wrong, word in ((set(STATS) - set(value), "lacks"), (set(value) - set(STATS), "also has")):
        if wrong:
            raise ValueError(f"{word} {', '.join(map(cells.shown, sorted(wrong)))}")
    return Stats(**{name: a_stat(name, stat) for name, stat in value.items()})


def a_stat(name: str, value: object) -> int:
    """One stat in its range; true and 73.0 are none, though Python would count with them."""
    if type(value) is not int or not 1 <= value <= HIGHEST_STAT:
        limits = f"within 1 and {HIGHEST_STAT}"
        raise ValueError(f"{name} is not a whole number {limits}: {cells.told(value)}")
    return value


def elements(cell: str) -> tuple[str, ...]:
    """At least one element, each once."""
    read = cells.words(cells.decoded(cell), LONGEST_WORD, len(ELEMENTS))
    if not read:
        raise ValueError("has no element")
    return tuple(cells.one_of(element, ELEMENTS) for element in read)


def grid(cell: str, names: tuple[str, ...], values: tuple[str, ...]) -> dict[str, str]:
    """An object from some of these names to one of these values."""
    read = cells.texts(cells.decoded(cell))
    for name, value in read.items():
        cells.one_of(name, names)
        try:
            cells.one_of(value, values)
        except ValueError as problem:
            raise ValueError(f"{name} {problem}") from None
    return read


def gifts(cell: str) -> tuple[str, ...]:
    """What she likes to be given."""
    return cells.words(cells.decoded(cell), LONGEST_WORD, MOST_WORDS)


def dialogue(cell: str) -> dict[str, str]:
    """Occasion to what she says then."""
    lines = cells.texts(cells.decoded(cell))
    if len(lines) > MOST_WORDS:
        raise ValueError(f"has more than {MOST_WORDS} entries")
    read = {
        a_word(name): cells.text(line, LONGEST_LINE, lines=True) for name, line in lines.items()
    }
    if "" in read or "" in read.values():
        raise ValueError("has an empty entry")
    return read


def checked(
    read: Callable[[RowReader], T], table: str, key: str, row: SourceRow
) -> tuple[T | None, int | None, list[Problem]]:
    """What a row holds, if all of it is right; its id, if that is; and what is wrong."""
    reader = RowReader(table, row)
    thing = read(reader)
    has_id = all(problem.column != key for problem in reader.problems)
    number = getattr(thing, key) if has_id else None
    return (None if reader.problems else thing), number, reader.problems
