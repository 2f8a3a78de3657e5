"""The players' seeds, encrypted where they rest."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken

from chassis.operations.operation import Parked


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
        self._succession = hashlib.sha256(b"geminya next seeds" + key).digest()

    def fresh(self, word: str = "") -> FreshSeed:
        """A new seed of 32 secret bytes, with the player's word or one drawn at random."""
        return self._sealed(secrets.token_bytes(32), word)

    def after(self, seed: bytes, word: str = "") -> FreshSeed:
        """The seed that follows this one. There is only one, so its hash is known before a word is chosen."""
        return self._sealed(hmac.digest(self._succession, seed, "sha256"), word)

    def _sealed(self, seed: bytes, word: str) -> FreshSeed:
        return FreshSeed(
            self._fernet.encrypt(seed), hashlib.sha256(seed).digest(), word or secrets.token_hex(8)
        )

    def open(self, sealed: bytes) -> bytes:
        """The seed itself, or `SealBroken`."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise SealBroken from error

    def require(self, sealed: bytes) -> bytes:
        """The seed itself; without its key the operation waits for an operator (`Parked`)."""
        try:
            return self.open(sealed)
        except SealBroken as broken:
            raise Parked("the seed was sealed with another GEMINYA_SECRET_KEY") from broken
