"""Time, given and not reached for."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol


class Clock(Protocol):
    """What time it is, and which game day."""

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...

    @property
    def day_offset(self) -> timedelta:
        """How far the game day is ahead of UTC."""
        ...


def game_day(clock: Clock, at: datetime | None = None) -> date:
    """The game day of a moment; now when none is given."""
    return (at or clock.now()).astimezone(timezone(clock.day_offset)).date()


def day_start(clock: Clock, day: date) -> datetime:
    """When a game day begins, in UTC."""
    zone = timezone(clock.day_offset)
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The clock of the machine."""

    day_offset: timedelta = timedelta(hours=7)

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class StoppedClock:
    """A clock for tests: it stands until it is moved."""

    time: datetime
    day_offset: timedelta = timedelta(hours=7)

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return self.time

    def move(self, by: timedelta) -> None:
        """Lets time pass."""
        self.time += by


def statement_time(clock: Clock) -> datetime | None:
    """The time a statement goes by: none lets the database's own clock stand, which all replicas share."""
    return None if isinstance(clock, SystemClock) else clock.now()
