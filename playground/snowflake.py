"""Discord's ids: the millisecond they were made in, and a number below it."""

import hashlib
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
TIME_SHIFT = 22
BELOW = (1 << TIME_SHIFT) - 1

OLDEST_ACCOUNT = datetime(2016, 1, 1, tzinfo=UTC)
ACCOUNT_SPAN_MS = 7 * 365 * 86_400_000
"""Accounts of visitors are spread over these years, all of them long past."""
NEWBORN = "newborn"


def snowflake(moment: datetime, below: int) -> str:
    """The id of something made at that moment."""
    milliseconds = (moment - EPOCH) // timedelta(milliseconds=1)
    return str(milliseconds << TIME_SHIFT | below & BELOW)


def account_id(name: str, now: datetime) -> str:
    """The id of the visitor of that name: the same after every restart, because players are kept.

    It is years old, so that no rule against young accounts applies; only a name that starts with
    `newborn` gets an account that was made today.
    """
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    if name.startswith(NEWBORN):
        return snowflake(now.replace(hour=0, minute=0, second=0, microsecond=0), number)
    age = timedelta(milliseconds=(number >> TIME_SHIFT) % ACCOUNT_SPAN_MS)
    return snowflake(OLDEST_ACCOUNT + age, number)
