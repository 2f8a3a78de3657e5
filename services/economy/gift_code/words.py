"""From words to what is kept of them, and from acts to the words they draw."""

import hashlib
import hmac

from google.protobuf.message import Message

from services.economy.gift_code import rules

NO_WORD = b"\0"
"""Hashed in place of what can be no code: then everything goes its usual way, and finds nothing."""


class Words:
    """Hashes words and draws new ones. Who reads the tables without the key of the house learns no word."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"geminya gift codes" + key).digest()

    def hash_of(self, typed: str) -> str:
        """What is kept of a word, however it was typed; no code has the hash of what can be none."""
        word = rules.normalise(typed)
        about = NO_WORD if word is None else b"word\n" + word.encode()
        return hmac.digest(self._key, about, "sha256").hex()

    def drawn(self, op_id: str, count: int) -> list[str]:
        """The words that an act draws: the same ones for every repeat of it."""
        return [rules.spell(self._bytes(f"{op_id}\n{place}")) for place in range(count)]

    def fingerprint(self, request: Message) -> bytes:
        """What tells two acts with the same id apart."""
        content = request.SerializeToString(deterministic=True)
        return hmac.digest(self._key, b"act\n" + content, "sha256")

    def _bytes(self, about: str) -> bytes:
        return hmac.digest(self._key, f"drawn\n{about}".encode(), "sha256")
