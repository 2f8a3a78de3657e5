"""The numbers of a bond: mood, points, level, favourites."""

from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from services.collection.bond.rules.content import Bond, Gift, MoodWord
from services.collection.catalog.rules import Waifu
from services.collection.catalog.rules.catalog import fold

Tone: TypeAlias = Literal["kind", "neutral", "rude"]
HOUR = timedelta(hours=1)


def present_mood(mood: int, since: datetime | None, now: datetime, fade_per_hour: int) -> int:
    """The mood as it is now: it comes back to 0 with time, a whole step after each part of an hour.

    `store.MOOD_NOW` is the same as SQL, and a test compares both.
    """
    if since is None:
        return mood
    faded = max(timedelta(), now - since) * fade_per_hour // HOUR
    return max(0, mood - faded) if mood > 0 else min(0, mood + faded)


def mood_word(bond: Bond, mood: int) -> MoodWord:
    """What the mood is called, and how it sounds."""
    return [word for word in bond.mood.word if word.least <= mood][-1]


def next_points(bond: Bond, level: int) -> int:
    """The points that the level after this one needs; 0 after the last."""
    return bond.levels[level] if level < len(bond.levels) else 0


def talk_mood_change(bond: Bond, tone: Tone, level: int, *, is_birthday: bool) -> int:
    """How a talk moves her mood: who knows her well pleases her more and hurts her less."""
    change: int = getattr(bond.mood, tone) + level // bond.mood.levels_for_one
    is_feast = is_birthday and tone != "rude"
    return change + (bond.mood.birthday if is_feast else 0)


def talk_points(bond: Bond, tone: Tone) -> int:
    """What a talk is worth for the bond."""
    match tone:
        case "kind":
            return bond.points.kind_talk
        case "neutral":
            return bond.points.talk
        case "rude":
            return bond.points.rude_talk


def gift_points(bond: Bond, price: int, *, is_favorite: bool, is_birthday: bool) -> int:
    """What a gift is worth for the bond."""
    base = bond.points.gift + price * bond.points.gift_price_percent // 100
    return base * _factor(bond, is_favorite=is_favorite, is_birthday=is_birthday)


def gift_mood_change(bond: Bond, *, is_favorite: bool, is_birthday: bool) -> int:
    """How a gift moves her mood."""
    return bond.mood.gift * _factor(bond, is_favorite=is_favorite, is_birthday=is_birthday)


def journey_mood_change(bond: Bond, successes: int, failures: int) -> int:
    """How an expedition moves the mood of everybody who was on it: what happened more often counts."""
    return ((successes > failures) - (successes < failures)) * bond.mood.journey


def _factor(bond: Bond, *, is_favorite: bool, is_birthday: bool) -> int:
    favorite = bond.points.favorite_factor if is_favorite else 1
    return favorite * (bond.points.birthday_factor if is_birthday else 1)


def favorite_gift_ids(bond: Bond, waifu: Waifu) -> set[str]:
    """The gifts she counts among her favourites: by id, by name, or by a word that means the same."""
    wishes = [words_of(wish) for wish in waifu.favorite_gifts]
    return {
        gift_id
        for gift_id, gift in bond.gift.items()
        if any(_is_meant(gift_id, gift, wish) for wish in wishes if wish)
    }


def _is_meant(gift_id: str, gift: Gift, wish: list[str]) -> bool:
    if wish in (words_of(gift_id), words_of(gift.name)):
        return True
    return any(set(words_of(alias)) <= set(wish) for alias in gift.aliases)


def words_of(text: str) -> list[str]:
    """The words of a name, folded, each as if there were one of it."""
    letters = "".join(letter if letter.isalnum() else " " for letter in fold(text))
    return [word.removesuffix("s") if len(word) > 3 else word for word in letters.split()]
