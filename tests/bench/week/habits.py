"""How players spend their days."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

HOURS = (8, 13, 21)
"""When sessions begin, in hours of the game day."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What one kind of player does. Chances are in percent."""

    name: str
    share: int
    """Of all players."""
    sessions: tuple[int, int, int]
    """The chance of a session in the morning, at noon and in the evening."""
    reserve: int
    """Crystals that are never spent."""
    most_summons: int
    """Ten-summons in a session."""
    talks: int
    gifts: int
    """In a session."""
    parties: int
    """On their way at once."""
    longest_hours: int
    """Of an expedition that is picked."""
    quartz_reserve: int
    """Quartz beyond it goes into shop and banners."""
    shops: int
    """The chance of a visit to the shop in a session."""
    redeems: int
    """The chance to hear of a code."""
    tinkers: int
    """The chance to open a sub slot or wake somebody, where that is possible."""


HABITS = (
    Habit("devoted", 12, (90, 70, 95), 0, 10, 3, 1, 5, 24, 200, 60, 95, 80),
    Habit("regular", 38, (50, 30, 80), 100, 8, 2, 1, 3, 12, 300, 35, 70, 40),
    Habit("casual", 40, (15, 15, 45), 0, 4, 1, 0, 1, 8, 400, 15, 30, 10),
    Habit("hoarder", 10, (60, 10, 80), 8000, 10, 0, 0, 5, 24, 2000, 10, 90, 20),
)


def pick(dice: random.Random) -> Habit:
    """The habit of somebody new."""
    return dice.choices(HABITS, [habit.share for habit in HABITS])[0]


def happens(dice: random.Random, percent: int) -> bool:
    """Whether something of this chance comes about."""
    return dice.randrange(100) < percent


def moments(first_day: datetime, days: int) -> list[tuple[int, int, datetime]]:
    """Day, place in `sessions`, and the time, in order; `first_day` is when the first game day begins."""
    return [
        (day, place, first_day + timedelta(days=day, hours=hour))
        for day in range(days)
        for place, hour in enumerate(HOURS)
    ]
