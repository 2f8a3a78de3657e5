"""What a query can ask for: every key, what it takes, and an example."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from services.collection.roster.rules import MAX_CONSTELLATION, MAX_STARS, POWERS

NEW_DAYS = 7
"""So long is a waifu new to a collection."""


class Kind(Enum):
    """What stands behind a key."""

    NUMBER = "a number"
    WORD = "a word"
    ANSWER = "yes or no"
    SORT = "an order"


@dataclass(frozen=True, slots=True)
class Key:
    """Something that can be asked for."""

    name: str
    kind: Kind
    meaning: str
    """For people, in a few words."""
    example: str
    also: tuple[str, ...] = ()
    """Other words for the same."""
    usual: tuple[int, ...] = ()
    """Numbers worth proposing."""


_ALL = (
    Key("rarity", Kind.NUMBER, "stars printed on her", "rarity>=2", usual=(1, 2, 3)),
    Key(
        "star", Kind.NUMBER, "stars she has now", "star:4",
        also=("stars",), usual=tuple(range(1, MAX_STARS + 1)),
    ),
    Key(
        "power", Kind.NUMBER, "what she adds to the collection", "power>=1000",
        usual=POWERS,
    ),
    Key("bond", Kind.NUMBER, "her bond level", "bond>=5", usual=tuple(range(1, 11))),
    Key(
        "constellation", Kind.NUMBER, "her constellation", "constellation:6",
        also=("const",), usual=tuple(range(MAX_CONSTELLATION + 1)),
    ),
    Key(
        "shards", Kind.NUMBER, "shards that wait for the next star", "shards>=100",
        also=("shard",), usual=(1, 50, 100),
    ),
    Key("mood", Kind.NUMBER, "how happy she is now, -100 to 100", "mood>=20", usual=(-20, 0, 20)),
    Key("series", Kind.WORD, "the series she comes from", 'series:"the harbour"'),
    Key("element", Kind.WORD, "one of her elements", "element:fire", also=("elements",)),
    Key("archetype", Kind.WORD, "her archetype", "archetype:mage"),
    Key("genre", Kind.WORD, "a genre of her series", "genre:comedy", also=("genres",)),
    Key("medium", Kind.WORD, "the kind of work she comes from", "medium:anime"),
    Key("owned", Kind.ANSWER, "whether she is in the collection", "owned:no"),
    Key("missing", Kind.ANSWER, "whether she is missing in it", "missing:yes"),
    Key("awakened", Kind.ANSWER, "whether she is awakened", "awakened:no", also=("awake",)),
    Key("fav", Kind.ANSWER, "whether she is a favourite", "fav:yes", also=("favorite", "favourite")),
    Key("dup", Kind.ANSWER, "whether there was a second copy", "dup:yes", also=("duplicate",)),
    Key("new", Kind.ANSWER, f"whether she came in the last {NEW_DAYS} days", "new"),
    Key("sort", Kind.SORT, "the order; a minus turns it round", "sort:-power"),
)  # fmt: skip

KEYS: Mapping[str, Key] = {key.name: key for key in _ALL}
WORDS: Mapping[str, Key] = {word: key for key in _ALL for word in (key.name, *key.also)}
"""Every word that is a key, the other words included."""

SORTS: Mapping[str, str] = {
    "power": "by power",
    "star": "by her stars",
    "rarity": "by printed stars",
    "name": "by name",
    "bond": "by bond level",
    "constellation": "by constellation",
    "shards": "by shards",
    "mood": "by mood",
    "obtained": "the oldest first",
    "new": "the newest first",
    "series": "by series",
    "id": "by number",
}
"""Every order, and what it means."""

YES_NO: Mapping[str, bool] = {
    "yes": True, "y": True, "true": True, "on": True,
    "no": False, "n": False, "false": False, "off": False,
}  # fmt: skip
BARE = ("new",)
"""Keys that need no answer: the word alone means yes."""
