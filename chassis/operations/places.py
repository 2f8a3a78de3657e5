"""Places in a list that goes by time: a moment, and what tells rows of one moment apart."""

import re
from datetime import UTC, datetime, timedelta
from typing import Protocol

from chassis.rpc.page import BadRequest, whole
from chassis.rpc.status import Violation

Place = tuple[datetime, str, int]
"""A moment, an op and a player."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST_US = 250_000_000_000_000_000
"""Some thousand years after the epoch: what PostgreSQL and Python both can tell."""
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Placed(Protocol):
    """A row of such a list."""

    @property
    def user_id(self) -> int:
        """Whose it is."""
        ...

    @property
    def op_id(self) -> str:
        """Which op it belongs to."""
        ...


def place_in(key: tuple[str, ...] | None) -> Place | None:
    """The place that a page token's key names; what cannot be one is a `BadRequest`."""
    if key is None:
        return None
    us = whole(key[0])
    if not 0 <= us <= LATEST_US or not UUID.fullmatch(key[1]):
        raise BadRequest(Violation("page_token", "is not a page token"))
    return EPOCH + timedelta(microseconds=us), key[1], whole(key[2])


def place_out(row: Placed, at: datetime) -> tuple[object, ...]:
    """The place of a row, as a page token's key."""
    return (at - EPOCH) // timedelta(microseconds=1), row.op_id, row.user_id
