"""What she says: her own lines first, then those of the content that fit her, the hour and what was said."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.dice import Dice, Seed
from services.collection.bond.rules.content import (
    GIFT_PLACE,
    Bond,
    Daytime,
    GiftOccasion,
    Lines,
    Occasion,
    TalkOccasion,
    Voice,
)
from services.collection.bond.rules.feelings import Tone, mood_word
from services.collection.bond.rules.texts import clean_answer
from services.collection.catalog.rules import Waifu
from services.collection.catalog.rules.catalog import fold

OWN_LINES: dict[Occasion, str] = {
    "first": "greeting",
    "greeting": "greeting",
    "birthday": "birthday",
    "birthday_gift": "gift",
    "favorite_gift": "gift",
    "gift": "gift",
}
"""Occasion to the name of her own line for it."""
OWN_MOODS: dict[Voice, str] = {"high": "happy", "low": "sad"}
"""How her mood sounds to the name of her own line, where nothing else is to be said."""
DAYTIMES: tuple[tuple[int, Daytime], ...] = (
    (22, "night"),
    (17, "evening"),
    (11, "day"),
    (5, "morning"),
)
"""Hours from which on it is so; before the first one of the day it is night too."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was said before, and what she answered."""

    message: str
    reply: str


@dataclass(frozen=True, slots=True)
class Scene:
    """All that an answer is made from."""

    op_id: str
    """Decides between lines that fit alike, so that a repeat says the same."""
    waifu: Waifu
    mood: int
    bond_level: int
    time: datetime
    """Of the game's day, so that it is morning when it is morning for the players."""
    message: str = ""
    history: Sequence[Exchange] = ()
    """The latest talks with her, the oldest first."""
    is_first: bool = False
    is_birthday: bool = False


def talk_reply(bond: Bond, scene: Scene) -> str:
    """Her answer to what was said; never the one that she gave before."""
    occasion = occasion_of(bond, scene)
    return _say(bond, scene, occasion, [exchange.reply for exchange in scene.history])


def gift_reply(
    bond: Bond, scene: Scene, gift_name: str, last_reply: str, *, is_favorite: bool
) -> str:
    """What she says to a gift; never what she said to the one before."""
    occasion: GiftOccasion = "favorite_gift" if is_favorite else "gift"
    if scene.is_birthday:
        occasion = "birthday_gift"
    return _say(bond, scene, occasion, [last_reply] if last_reply else [], gift_name)


def occasion_of(bond: Bond, scene: Scene) -> TalkOccasion:
    """What the talk is about."""
    heard, said = bond.heard, folded(scene.message)
    topics: tuple[tuple[TalkOccasion, Sequence[str]], ...] = (
        ("greeting", heard.greeting),
        ("compliment", heard.compliment),
        ("thanks", heard.thanks),
        ("sad", heard.sad),
        ("goodbye", heard.goodbye),
        ("rude", heard.rude),
    )
    topic: TalkOccasion = "question" if scene.message.rstrip().endswith(("?", "？")) else "talk"
    for name, phrases in topics:
        # The later ones count more: "hello, thanks and goodbye" is a goodbye.
        topic = name if _has(said, phrases) else topic
    if topic == "rude":
        return "rude"
    if scene.is_first:
        return "first"
    if scene.is_birthday and topic in ("greeting", "compliment", "talk"):
        return "birthday"
    is_again = bool(scene.history) and folded(scene.history[-1].message) == said
    return "again" if is_again else topic


def tone_of(bond: Bond, message: str) -> Tone:
    """How it was meant, as far as words tell."""
    heard, said = bond.heard, folded(message)
    if _has(said, heard.rude):
        return "rude"
    is_kind = _has(said, (*heard.kind, *heard.thanks, *heard.compliment))
    return "kind" if is_kind else "neutral"


def folded(message: str) -> str:
    """The words of a message without case, accents and marks, with a space before and after each."""
    bare = fold(message.replace("'", "").replace("’", ""))
    letters = "".join(letter if letter.isalnum() else " " for letter in bare)
    return f" {' '.join(letters.split())} "


def _has(said: str, phrases: Sequence[str]) -> bool:
    return any(folded(phrase) in said for phrase in phrases)


def _say(
    bond: Bond, scene: Scene, occasion: Occasion, before: Sequence[str], gift_name: str = ""
) -> str:
    own = _own_line(bond, scene, occasion)
    if own and own not in before:
        return own
    fitting = [
        (text.replace(GIFT_PLACE, gift_name), weight)
        for lines in bond.lines
        if lines.occasion == occasion
        for weight in _weight(bond, scene, lines)
        for text in lines.says
    ]
    fresh = [(text, weight) for text, weight in fitting if text not in before]
    # A long talk has heard them all; only the last answer must not come again.
    other = fresh or [(text, weight) for text, weight in fitting if text != before[-1]]
    return Dice(Seed(hashlib.sha256(scene.op_id.encode()).digest(), "reply", 0)).pick(other)


def _own_line(bond: Bond, scene: Scene, occasion: Occasion) -> str:
    """What she alone says here; empty when nothing."""
    voice = mood_word(bond, scene.mood).voice
    name = OWN_MOODS.get(voice, "") if occasion == "talk" else OWN_LINES.get(occasion, "")
    said = {fold(key): line for key, line in scene.waifu.special_dialogue.items()}
    return clean_answer(said.get(name, ""))


def _weight(bond: Bond, scene: Scene, lines: Lines) -> Iterator[int]:
    """How likely one of these lines is; nothing when they do not fit. The more they are about, the likelier."""
    fits = (
        (lines.voice, lines.voice == mood_word(bond, scene.mood).voice),
        (lines.group, lines.group == bond.group_of(scene.waifu.archetype)),
        (lines.time, lines.time == daytime(scene.time)),
        (lines.bond, lines.bond is not None and scene.bond_level >= lines.bond),
    )
    asked = [is_so for demand, is_so in fits if demand is not None]
    if all(asked):
        yield 1 + 2 * len(asked)


def daytime(time: datetime) -> Daytime:
    """Which part of the day it is."""
    for hour, name in DAYTIMES:
        if time.hour >= hour:
            return name
    return "night"
