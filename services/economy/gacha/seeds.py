"""The players' seeds, encrypted where they rest."""

import base64
import hashlib
import secrets
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken


class SealBroken(Exception):
    """The seed was sealed with another key, or is damaged."""


@dataclass(frozen=True, slots=True)
class FreshSeed:
    """A seed nobody has rolled with yet."""

    sealed: bytes
    digest: bytes
    """SHA-256 of the seed: may be shown before its first use."""
    client: str


class Seals:
    """Makes seeds and opens them again. Who reads the table without the key learns nothing."""

    def __init__(self, key: bytes) -> None:
        derived = hashlib.sha256(b"geminya seeds" + key).digest()
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def fresh(self, word: str = "") -> FreshSeed:
        """A new seed of 32 secret bytes, with the player's word or one drawn at random."""
        seed = secrets.token_bytes(32)
        return FreshSeed(
            self._fernet.encrypt(seed), hashlib.sha256(seed).digest(), word or secrets.token_hex(8)
        )

    def open(self, sealed: bytes) -> bytes:
        """The seed itself, or `SealBroken`."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise SealBroken from error
