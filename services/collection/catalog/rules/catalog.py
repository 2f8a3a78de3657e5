"""The catalogue: series, waifus, and how a name is found."""

import heapq
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeAlias, TypeVar

Stat: TypeAlias = int
"""From 1 to 999."""


@dataclass(frozen=True, slots=True)
class Series:
    """A story that waifus come from."""

    series_id: int
    name: str
    english_name: str | None
    image_link: str | None
    studios: str | None
    genres: tuple[str, ...]
    synopsis: str | None
    favorites: int | None
    members: int | None
    score: float | None
    media_type: str

    @property
    def names(self) -> tuple[str, ...]:
        """Every name a player may know the series by."""
        return (self.name, self.english_name) if self.english_name else (self.name,)


@dataclass(frozen=True, slots=True)
class Stats:
    """The eight stats of a waifu."""

    hp: Stat
    atk: Stat
    mag: Stat
    vit: Stat
    spr: Stat
    int: Stat
    spd: Stat
    lck: Stat


@dataclass(frozen=True, slots=True)
class Waifu:
    """A character a player can own."""

    waifu_id: int
    name: str
    series_id: int
    series: str
    """The name of her series; a copy, so that nothing has to look it up."""
    genre: str
    rarity: int
    image_url: str | None
    about: str | None
    stats: Stats
    elemental_type: tuple[str, ...]
    archetype: str | None
    potency: Mapping[str, str]
    elemental_resistances: Mapping[str, str]
    birthday: date | None
    favorite_gifts: tuple[str, ...]
    special_dialogue: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Every name a player may know her by."""
        return (self.name,)


T = TypeVar("T", Series, Waifu)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything of one version, ready to be asked. A new version is a new catalogue."""

    version: int
    series: Mapping[int, Series]
    waifus: Mapping[int, Waifu]
    """By id: a roll has to find the same pool in the same order on every replica."""
    waifu_counts: Mapping[int, int]
    """Series to how many waifus it has."""
    series_of: Mapping[int, frozenset[int]]
    """Rarity to the series that have somebody of it."""
    _waifu_names: "Names[Waifu]" = field(repr=False)
    _series_names: "Names[Series]" = field(repr=False)

    @classmethod
    def of(cls, version: int, series: Sequence[Series], waifus: Sequence[Waifu]) -> "Catalog":
        """The catalogue of these rows."""
        counts = {one.series_id: 0 for one in series}
        for waifu in waifus:
            counts[waifu.series_id] = counts.get(waifu.series_id, 0) + 1
        series = sorted(series, key=lambda one: one.series_id)
        waifus = sorted(waifus, key=lambda one: one.waifu_id)
        return cls(
            version=version,
            series={one.series_id: one for one in series},
            waifus={one.waifu_id: one for one in waifus},
            waifu_counts=counts,
            series_of={
                rarity: frozenset(waifu.series_id for waifu in waifus if waifu.rarity == rarity)
                for rarity in {waifu.rarity for waifu in waifus}
            },
            _waifu_names=Names(waifus),
            _series_names=Names(series),
        )

    def search_waifus(self, words: str, count: int, rarity: int = 0) -> list[Waifu]:
        """The best matches for these words among the waifus; of one rarity, or of all for 0."""
        return self._waifu_names.best(words, count, lambda one: rarity in (0, one.rarity))

    def search_series(self, words: str, count: int, rarity: int = 0) -> list[Series]:
        """The best matches for these words among the series; with somebody of a rarity, or all for 0."""
        fit = self.series_of.get(rarity, frozenset())
        return self._series_names.best(words, count, lambda one: not rarity or one.series_id in fit)

    def named_waifu_ids(self, parts: Sequence[str]) -> list[int]:
        """Every waifu whose name has all these folded parts."""
        return sorted(waifu.waifu_id for waifu in self._waifu_names.with_parts(parts))

    def list_series(self, words: str) -> list[Series]:
        """Every series whose name has all the words, in the order of `by_name`."""
        return [*self._series_names.with_parts(fold(words).split())]


class Names(Generic[T]):
    """Names in the order they are shown, folded once, so that a look-up only compares."""

    def __init__(self, things: Sequence[T]) -> None:
        # Names that fold to the same stay in the order they came in.
        self._shown = [
            ([fold(name) for name in thing.names], thing)
            for thing in sorted(things, key=lambda thing: fold(thing.name))
        ]

    def best(self, words: str, count: int, admits: Callable[[T], bool]) -> list[T]:
        """The first `count` matches that are admitted: those that begin with the words, then by name."""
        found = ((how, thing) for how, thing in self.matches(words) if admits(thing))
        ranked = ((how, place, thing) for place, (how, thing) in enumerate(found))
        return [thing for _, _, thing in heapq.nsmallest(count, ranked, key=lambda hit: hit[:2])]

    def with_parts(self, parts: Sequence[str]) -> Iterable[T]:
        """Everything of which one name has all these folded parts, by name."""
        for names, thing in self._shown:
            if any(all(part in name for part in parts) for name in names):
                yield thing

    def matches(self, words: str) -> Iterable[tuple[int, T]]:
        """How well each matching thing matches (0 is best), by name."""
        wanted = fold(words)
        parts = wanted.split()
        for names, thing in self._shown:
            fits = [match(name, wanted, parts) for name in names]
            found = [fit for fit in fits if fit is not None]
            if found:
                yield min(found), thing


def match(name: str, wanted: str, parts: Sequence[str]) -> int | None:
    """How well a folded name fits: begins with the words, its words begin with them, has them."""
    if name.startswith(wanted):
        return 0
    if not all(part in name for part in parts):
        return None
    words = name.split()
    return 1 if all(any(word.startswith(part) for word in words) for part in parts) else 2


def by_name(series: Series) -> tuple[str, int]:
    """Where a series stands in a list by name."""
    return fold(series.name), series.series_id


def fold(name: str) -> str:
    """A name without accents, case and double spaces, as people type it."""
    decomposed = unicodedata.normalize("NFKD", name)
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.casefold().split())
