"""Which templates are open in a week."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Protocol, TypeVar

from services.expeditions.atlas.rules.atlas import template_key
from services.expeditions.atlas.rules.types import Template

BIN_WIDTH = 400
BINS = tuple((low + 1, low + BIN_WIDTH) for low in range(0, 2000, BIN_WIDTH))
"""Difficulties from and to; from each the same number is drawn."""
PER_BIN = 6
REST = 5
"""For so many rotations a template rests after it was open."""
WEEK = timedelta(days=7)

T = TypeVar("T")


class Die(Protocol):
    """What a draw needs of the dice."""

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1, each as likely."""
        ...


def week_of(day: date) -> date:
    """The Monday that a game day's week begins with."""
    return day - timedelta(days=day.weekday())


def draw(
    templates: Iterable[Template], recent: Sequence[Collection[str]], die: Die
) -> tuple[str, ...]:
    """The templates of a week: from each bin as many, none that was open lately.

    `recent` are the rotations before, of which the last ones count. A bin that has too few without them
    is drawn from whole.
    """
    resting = {template_id for rotation in recent[-REST:] for template_id in rotation}
    known = sorted(templates, key=template_key)
    drawn: list[str] = []
    for low, high in BINS:
        ids = [one.template_id for one in known if low <= one.difficulty <= high]
        rested = [one for one in ids if one not in resting]
        drawn += sample(rested if len(rested) >= PER_BIN else ids, PER_BIN, die)
    return tuple(drawn)


def sample(things: Sequence[T], count: int, die: Die) -> list[T]:
    """So many of the things, or all of them, each set as likely, in their old order."""
    places = [*range(len(things))]
    for place in range(min(count, len(places))):
        other = place + die.below(len(places) - place)
        places[place], places[other] = places[other], places[place]
    return [things[place] for place in sorted(places[:count])]
