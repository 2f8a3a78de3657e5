"""The content of bonds: numbers, gifts, decorations, memories and lines, as one document that is checked as a whole."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from chassis.text import is_clean

HIGHEST_LEVEL = 10
MOST_PROBLEMS = 100
"""In one answer, so that it fits into a message."""
PLAIN_LINES = 3
"""Lines that every occasion has for everybody, so that there is always another one to say."""
GIFT_PLACE = "{gift}"

Voice: TypeAlias = Literal["low", "even", "high"]
"""How a mood sounds."""
Daytime: TypeAlias = Literal["morning", "day", "evening", "night"]
TalkOccasion: TypeAlias = Literal[
    "first", "birthday", "greeting", "goodbye", "thanks", "compliment", "sad", "rude", "again",
    "question", "talk",
]  # fmt: skip
GiftOccasion: TypeAlias = Literal["gift", "favorite_gift", "birthday_gift"]
Occasion: TypeAlias = Literal[TalkOccasion, GiftOccasion]
OCCASIONS: tuple[Occasion, ...] = (*get_args(TalkOccasion), *get_args(GiftOccasion))
GIFT_OCCASIONS: tuple[GiftOccasion, ...] = get_args(GiftOccasion)
Way: TypeAlias = Literal[
    "free", "met", "talks", "gifts", "favorites", "birthday", "gift", "memory", "bond", "stars",
    "awakened",
]  # fmt: skip
WAYS: tuple[Way, ...] = get_args(Way)


def _clean(text: str) -> str:
    if not is_clean(text) or text != text.strip():
        raise ValueError("has characters that are not allowed, or space around it")
    return text


def _readable(text: str) -> str:
    if not any(letter.isalnum() for letter in text):
        raise ValueError("has no word in it")
    return text


Id: TypeAlias = Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=64)]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_clean)]
Words: TypeAlias = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_clean)]
Phrase: TypeAlias = Annotated[Words, AfterValidator(_readable)]
"""What is looked for in other texts: without a word it would be found in all of them."""
Count: TypeAlias = Annotated[int, Field(ge=1, le=1000)]
Change: TypeAlias = Annotated[int, Field(ge=-100, le=100)]
Factor: TypeAlias = Annotated[int, Field(ge=1, le=3)]


class Part(BaseModel):
    """A part of the document: frozen, and nothing in it that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Limits(Part):
    """What counts on one game day at most."""

    talks: Annotated[int, Field(ge=0, le=100)]
    """With one waifu."""
    all_talks: Annotated[int, Field(ge=0, le=1000)]
    """With all of them together."""
    gifts: Annotated[int, Field(ge=0, le=20)]
    """To one waifu."""
    room: Annotated[int, Field(ge=1, le=5)]
    """Decorations in a room."""


class Points(Part):
    """What talks and gifts are worth for the bond."""

    talk: Annotated[int, Field(ge=0, le=1000)]
    kind_talk: Annotated[int, Field(ge=0, le=1000)]
    rude_talk: Annotated[int, Field(ge=0, le=1000)]
    gift: Annotated[int, Field(ge=0, le=1000)]
    gift_price_percent: Annotated[int, Field(ge=0, le=100)]
    """This part of the price comes on top."""
    favorite_factor: Factor
    birthday_factor: Factor


class MoodWord(Part):
    """What a mood is called from here on."""

    name: Name
    least: Change
    voice: Voice


class Mood(Part):
    """How the mood moves."""

    fade_per_hour: Annotated[int, Field(ge=1, le=200)]
    """So much does it come back to 0."""
    kind: Change
    neutral: Change
    rude: Change
    birthday: Change
    """On top, when she is talked to on her birthday."""
    levels_for_one: Annotated[int, Field(ge=1, le=100)]
    """Every so many bond levels make a change better by one."""
    gift: Change
    journey: Annotated[int, Field(ge=0, le=100)] = 6
    """An expedition that went well lifts it by so much, one that went badly lowers it; older content is silent."""
    word: Annotated[tuple[MoodWord, ...], Field(min_length=1, max_length=9)]


class Heard(Part):
    """Words and phrases by what they tell, each folded: lower case, without accents and marks."""

    greeting: tuple[Phrase, ...]
    goodbye: tuple[Phrase, ...]
    thanks: tuple[Phrase, ...]
    compliment: tuple[Phrase, ...]
    sad: tuple[Phrase, ...]
    kind: tuple[Phrase, ...]
    rude: tuple[Phrase, ...]


class Gift(Part):
    """Something to give."""

    name: Name
    description: Words
    price: Annotated[int, Field(ge=1, le=10_000)]
    """In quartz."""
    aliases: tuple[Phrase, ...] = ()
    """What else a favourite may be called: a phrase whose words are all in the favourite's."""


class Condition(Part):
    """How something is earned: exactly one of these."""

    free: Literal[True] | None = None
    met: Literal[True] | None = None
    awakened: Literal[True] | None = None
    birthday: Literal[True] | None = None
    talks: Count | None = None
    gifts: Count | None = None
    favorites: Count | None = None
    bond: Annotated[int, Field(ge=1, le=HIGHEST_LEVEL)] | None = None
    stars: Annotated[int, Field(ge=1, le=6)] | None = None
    gift: Id | None = None
    memory: Id | None = None

    @property
    def ways(self) -> list[Way]:
        """The ways that are named; one when it is a good condition."""
        return [way for way in WAYS if getattr(self, way) is not None]

    @property
    def way(self) -> Way:
        """The one way."""
        return self.ways[0]

    @property
    def number(self) -> int:
        """How many, how often or which level; 1 where there is nothing to count."""
        value = getattr(self, self.way)
        return value if isinstance(value, int) else 1

    @property
    def word(self) -> str:
        """The gift or memory; empty where the way names none."""
        value = getattr(self, self.way)
        return value if isinstance(value, str) else ""


class Earned(Part):
    """Something that comes of living together: a decoration or a memory."""

    name: Name
    description: Words
    earned: Condition


class Group(Part):
    """Archetypes that speak alike."""

    archetypes: Annotated[tuple[Name, ...], Field(min_length=1)]
    manner: Words
    """How they speak, for a model that plays one."""


class Lines(Part):
    """Things to say on an occasion; what is left out fits always."""

    occasion: Occasion
    voice: Voice | None = None
    group: Id | None = None
    time: Daytime | None = None
    bond: Annotated[int, Field(ge=1, le=HIGHEST_LEVEL)] | None = None
    """From this level on."""
    says: Annotated[tuple[Words, ...], Field(min_length=1, max_length=50)]

    @property
    def is_plain(self) -> bool:
        """Whether everybody can say them at any time."""
        return (self.voice, self.group, self.time, self.bond) == (None, None, None, None)


class Bond(Part):
    """The whole document."""

    levels: Annotated[
        tuple[Annotated[int, Field(ge=0, le=1_000_000)], ...],
        Field(min_length=HIGHEST_LEVEL, max_length=HIGHEST_LEVEL),
    ]
    """Points that each level needs."""
    limits: Limits
    points: Points
    mood: Mood
    heard: Heard
    ways: dict[Way, Words]
    """How each way to earn something is told to the player."""
    group: dict[Id, Group]
    gift: Annotated[dict[Id, Gift], Field(max_length=200)]
    decoration: Annotated[dict[Id, Earned], Field(max_length=200)]
    memory: Annotated[dict[Id, Earned], Field(max_length=100)]
    lines: Annotated[tuple[Lines, ...], Field(max_length=500)]

    def condition_of(self, decoration_id: str) -> Condition:
        """What a decoration asks for; behind a memory stands the memory's own condition."""
        condition = self.decoration[decoration_id].earned
        return self.memory[condition.memory].earned if condition.memory else condition

    def way_told(self, condition: Condition) -> str:
        """How something is earned, as a sentence."""
        names: Mapping[str, Gift | Earned] = self.gift if condition.gift else self.memory
        name = names[condition.word].name if condition.word else ""
        told = self.ways[condition.way].replace("{number}", str(condition.number))
        return told.replace("{name}", name)

    def group_of(self, archetype: str | None) -> str | None:
        """The group of an archetype; none where no group has it."""
        found = (name for name, group in self.group.items() if archetype in group.archetypes)
        return next(found, None)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of the document."""

    place: str
    reason: str


def read(document: str) -> Bond | list[Problem]:
    """The content of a document, or everything that is wrong with it."""
    try:
        bond = Bond.model_validate_json(document)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        places = (".".join(map(str, fault["loc"])) for fault in found[:MOST_PROBLEMS])
        return [Problem(place, fault["msg"]) for place, fault in zip(places, found, strict=False)]
    return list(faults(bond))[:MOST_PROBLEMS] or bond


def faults(bond: Bond) -> Iterator[Problem]:
    """What no single value shows: parts that do not fit together."""
    yield from _numbers(bond)
    yield from _groups(bond)
    yield from _earned(bond)
    yield from _lines(bond)


def _numbers(bond: Bond) -> Iterator[Problem]:
    if bond.levels[0] != 0 or list(bond.levels) != sorted(set(bond.levels)):
        yield Problem("levels", "must begin with 0 and rise")
    least = [word.least for word in bond.mood.word]
    if least[0] != -100 or least != sorted(set(least)):
        yield Problem("mood.word", "must begin at -100 and rise")
    if not any(word.least <= 0 and word.voice == "even" for word in bond.mood.word):
        yield Problem("mood.word", "needs an even voice for a mood of 0")


def _groups(bond: Bond) -> Iterator[Problem]:
    times = Counter(name for group in bond.group.values() for name in group.archetypes)
    for name in sorted(name for name, count in times.items() if count > 1):
        yield Problem("group", f"has the archetype {name} more than once")


def _earned(bond: Bond) -> Iterator[Problem]:
    for table, things, forbidden in (
        ("decoration", bond.decoration, ()),
        # A memory stands for itself: what it is earned by is found in one look.
        ("memory", bond.memory, ("free", "gift", "memory")),
    ):
        for thing_id, thing in things.items():
            ways, place = thing.earned.ways, f"{table}.{thing_id}.earned"
            if len(ways) != 1:
                yield Problem(place, "needs exactly one way")
            elif ways[0] in forbidden:
                yield Problem(place, f"cannot be {ways[0]}")
            elif ways[0] not in bond.ways:
                yield Problem("ways", f"does not tell of {ways[0]}")
            elif thing.earned.gift and thing.earned.gift not in bond.gift:
                yield Problem(place, f"names no gift: {thing.earned.gift}")
            elif thing.earned.memory and thing.earned.memory not in bond.memory:
                yield Problem(place, f"names no memory: {thing.earned.memory}")


def _lines(bond: Bond) -> Iterator[Problem]:
    plain: Counter[str] = Counter()
    said: set[str] = set()
    for number, lines in enumerate(bond.lines):
        place = f"lines.{number}"
        if lines.group is not None and lines.group not in bond.group:
            yield Problem(f"{place}.group", f"is no group: {lines.group}")
        for text in lines.says:
            if text in said:
                yield Problem(f"{place}.says", f"stands twice: {text}")
            said.add(text)
            if GIFT_PLACE in text and lines.occasion not in GIFT_OCCASIONS:
                yield Problem(f"{place}.says", f"names a gift without there being one: {text}")
        plain[lines.occasion] += len(lines.says) if lines.is_plain else 0
    for occasion in OCCASIONS:
        if plain[occasion] < PLAIN_LINES:
            yield Problem("lines", f"needs {PLAIN_LINES} lines for everybody on {occasion}")


NOTHING = Bond(
    levels=(0,) * HIGHEST_LEVEL,
    limits=Limits(talks=0, all_talks=0, gifts=0, room=1),
    points=Points(
        talk=0,
        kind_talk=0,
        rude_talk=0,
        gift=0,
        gift_price_percent=0,
        favorite_factor=1,
        birthday_factor=1,
    ),
    mood=Mood(
        fade_per_hour=1,
        kind=0,
        neutral=0,
        rude=0,
        birthday=0,
        levels_for_one=1,
        gift=0,
        journey=0,
        word=(MoodWord(name="neutral", least=-100, voice="even"),),
    ),
    heard=Heard(greeting=(), goodbye=(), thanks=(), compliment=(), sad=(), kind=(), rude=()),
    ways={},
    group={},
    gift={},
    decoration={},
    memory={},
    lines=(),
)
"""Before the first import: nobody talks, and there is nothing to give."""
