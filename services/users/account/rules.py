"""What an academy may be called, and what a day brings."""

from datetime import UTC, datetime, timedelta

from chassis.money import Currency, Money
from chassis.text import has_letters, has_link
from services.users.errors import AccountClosing, NameNotAllowed, OperationsOpen, UserNotFound

START = Money(Currency.SAKURA_CRYSTALS, 2000)
"""What a new academy begins with (docs/game.md)."""
DAILY = Money(Currency.SAKURA_CRYSTALS, 500)
"""The daily reward (docs/game.md)."""
ERASED_KEPT_DAYS = 180
"""For so long somebody who was erased is known again, so that nothing is gained by leaving and coming back."""
DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
"""A Discord id counts milliseconds from here in its upper 42 bits."""


def reward_time(discord_id: int, min_age_days: int) -> datetime:
    """When a Discord account is old enough for rewards."""
    opened = DISCORD_EPOCH + timedelta(milliseconds=discord_id >> 22)
    return opened + timedelta(days=min_age_days)


def first_name(discord_id: int) -> str:
    """What an academy is called until its owner thinks of something better."""
    return f"Academy {str(discord_id)[:6]}"


def check_name(name: str) -> str:
    """A name that can be read and leads nowhere, without space around it; else `NameNotAllowed`."""
    trimmed = " ".join(name.split())
    if len(trimmed) < 3 or not has_letters(trimmed) or has_link(trimmed):
        raise NameNotAllowed
    return trimmed


def admit_closing(user_id: int, state: str | None, open_count: int) -> None:
    """Lets a reset or an erase begin, one at a time; `state` is none where this life is not the player's."""
    if state == "closing":
        raise AccountClosing
    if state != "active":
        raise UserNotFound(user_id=user_id)
    if open_count:
        raise OperationsOpen(count=open_count)
