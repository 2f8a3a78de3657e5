"""Page tokens: opaque for the caller, keyset inside (AIP-158)."""

import base64
import binascii
import hashlib
import re
import uuid
from contextlib import suppress
from datetime import UTC, datetime

from google.protobuf.message import DecodeError

from chassis.rpc.status import Violation
from geminya.common.v1.page_pb2 import PageToken

DEFAULT_SIZE = 25
WHOLE = re.compile(r"-?[0-9]{1,19}")


class BadRequest(Exception):
    """The caller is wrong in a way that no check of form finds."""

    def __init__(self, *violations: Violation) -> None:
        super().__init__("; ".join(f"{v.field}: {v.description}" for v in violations))
        self.violations = list(violations)


def size_of(page_size: int) -> int:
    """The rows of a page; 0 means the usual 25."""
    return page_size or DEFAULT_SIZE


def encode(filters: tuple[object, ...], last_key: tuple[object, ...]) -> str:
    """The token of the page after the row with this key."""
    token = PageToken(filter_hash=_hash(filters), last_key=[str(part) for part in last_key])
    return base64.urlsafe_b64encode(token.SerializeToString()).decode().rstrip("=")


def decode(filters: tuple[object, ...], text: str, parts: int) -> tuple[str, ...] | None:
    """The key to go on after; none for the first page. A token of other filters is a `BadRequest`."""
    if not text:
        return None
    try:
        token = PageToken.FromString(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (DecodeError, binascii.Error, ValueError):
        raise BadRequest(Violation("page_token", "is not a page token")) from None
    if any("\0" in part for part in token.last_key):
        raise BadRequest(Violation("page_token", "is not a page token"))
    if token.filter_hash != _hash(filters) or len(token.last_key) != parts:
        raise BadRequest(Violation("page_token", "belongs to another list"))
    return tuple(token.last_key)


def whole(key: str) -> int:
    """A part of a key that is a whole number, as PostgreSQL holds it."""
    if WHOLE.fullmatch(key) and -(2**63) <= int(key) < 2**63:
        return int(key)
    raise BadRequest(Violation("page_token", "is not a page token"))


def moment(key: str) -> datetime:
    """A part of a key that is a time, exactly as `isoformat` writes it in UTC."""
    with suppress(ValueError):
        time = datetime.fromisoformat(key)
        if time.tzinfo is UTC and time.isoformat() == key:
            return time
    raise BadRequest(Violation("page_token", "is not a page token"))


def uuid_text(key: str) -> str:
    """A part of a key that is a UUID in its canonical form."""
    with suppress(ValueError):
        if str(uuid.UUID(key)) == key:
            return key
    raise BadRequest(Violation("page_token", "is not a page token"))


def _hash(filters: tuple[object, ...]) -> int:
    return int.from_bytes(hashlib.sha256(repr(filters).encode()).digest()[:8], "big")
