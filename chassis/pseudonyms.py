"""Hashes in the place of persons: the same person always has the same one, and nobody can turn it back."""

import hashlib
import hmac


class Pseudonyms:
    """Turns Discord ids into hashes that say nothing without the key of the house."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"geminya erased" + key).digest()

    def of(self, discord_id: int) -> bytes:
        """The hash; the same person always has the same one."""
        return hmac.digest(self._key, str(discord_id).encode(), "sha256")
