"""What the catalogue answers to a query, sorted by word once per version."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from services.collection.catalog.rules import Catalog, Waifu
from services.collection.catalog.rules.catalog import fold
from services.collection.search.rules.language import QUOTES
from services.collection.search.rules.query import Choice, Query

NO_QUOTES = str.maketrans(dict.fromkeys(QUOTES, " "))


@dataclass(frozen=True, slots=True)
class Entry:
    """A word of the catalogue, and who has it."""

    shown: str
    folded: str
    """Without quotes, which a value cannot have inside."""
    waifu_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Index:
    """Key to its words, by name."""

    version: int
    entries: Mapping[str, tuple[Entry, ...]]
    by_rarity: Mapping[int, frozenset[int]]
    waifu_ids: frozenset[int]

    @classmethod
    def of(cls, catalog: Catalog) -> "Index":
        """The words of a catalogue."""
        found: defaultdict[str, defaultdict[str, set[int]]]
        found = defaultdict(lambda: defaultdict(set))
        by_rarity: defaultdict[int, set[int]] = defaultdict(set)
        for waifu in catalog.waifus.values():
            by_rarity[waifu.rarity].add(waifu.waifu_id)
            for key, words in words_of(catalog, waifu):
                for word in words:
                    found[key][word].add(waifu.waifu_id)
        return cls(
            version=catalog.version,
            entries={key: sorted_entries(words) for key, words in found.items()},
            by_rarity={rarity: frozenset(ids) for rarity, ids in by_rarity.items()},
            waifu_ids=frozenset(catalog.waifus),
        )

    def find(self, query: Query) -> frozenset[int] | None:
        """Who fits as far as the catalogue knows; none where it was asked nothing."""
        parts = [self._chosen(choice) for choice in query.choices]
        rarities = query.number("rarity")
        if rarities is not None:
            parts.append(merged(self.by_rarity[one] for one in self.by_rarity if one in rarities))
        if query.contradicts:
            parts.append(frozenset())
        return parts[0].intersection(*parts[1:]) if parts else None

    def _chosen(self, choice: Choice) -> frozenset[int]:
        fits = merged(
            entry.waifu_ids
            for entry in self.entries.get(choice.key, ())
            if any(is_in(word, entry.folded, choice.key) for word in choice.words)
        )
        return self.waifu_ids - fits if choice.is_negated else fits


def words_of(catalog: Catalog, waifu: Waifu) -> Iterator[tuple[str, Iterable[str]]]:
    """Key to what a waifu has under it."""
    series = catalog.series.get(waifu.series_id)
    yield "element", waifu.elemental_type
    yield "archetype", [waifu.archetype] if waifu.archetype else []
    yield "medium", [waifu.genre]
    yield "series", series.names if series else [waifu.series]
    yield "genre", series.genres if series else []


def is_in(word: str, folded: str, key: str) -> bool:
    """Whether a word is found: an element is meant as a whole, else every part is somewhere in it."""
    return word == folded if key == "element" else all(part in folded for part in word.split())


def merged(sets: Iterable[frozenset[int]]) -> frozenset[int]:
    """All of them together."""
    return frozenset[int]().union(*sets)


def sorted_entries(words: Mapping[str, set[int]]) -> tuple[Entry, ...]:
    """The words by name."""
    entries = (
        Entry(word, fold(word.translate(NO_QUOTES)), frozenset(ids)) for word, ids in words.items()
    )
    return tuple(sorted(entries, key=lambda entry: (entry.folded, entry.shown)))
