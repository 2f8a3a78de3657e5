"""Ids that mean something: operations by their cause, things by their time."""

import secrets
import time
import uuid

GEMINYA = uuid.UUID("6b0e2b1e-3c2f-5f44-9a51-6d6f6f6e6c74")
"""The namespace of every derived id; changing it would let old interactions act again."""


def op_of_interaction(interaction_id: int, action: str) -> str:
    """The operation behind a slash command: the same for every delivery of the interaction."""
    return str(uuid.uuid5(GEMINYA, f"i:{interaction_id}:{action}"))


def op_of_offer(nonce: str) -> str:
    """The operation behind a button, select or modal: two clicks on one offer are one operation."""
    return str(uuid.uuid5(GEMINYA, f"o:{nonce}"))


def op_of_part(parent: str, part: int | str) -> str:
    """The operation of one part of a command that does the same thing several times."""
    return str(uuid.uuid5(uuid.UUID(parent), str(part)))


def op_of_fact(cause: str) -> str:
    """The operation that tells another service what a change has done."""
    return str(uuid.uuid5(uuid.UUID(cause), "fact"))


def uuid7() -> str:
    """A new id that sorts by time (RFC 9562, version 7)."""
    value = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))
