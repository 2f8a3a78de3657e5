"""Who was erased: known again by a keyed hash, and forgotten after a while."""

import hashlib
import hmac

from chassis.background import again_and_again
from chassis.postgres import Database
from services.users.account import rules, store

CLEANING_S = 600.0
CLEANED_AT_ONCE = 500


class Pseudonyms:
    """Turns Discord ids into hashes that nobody can turn back without the key of the house."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"geminya erased" + key).digest()

    def of(self, discord_id: int) -> bytes:
        """The hash; the same person always has the same one."""
        return hmac.digest(self._key, str(discord_id).encode(), "sha256")


class Forgetting:
    """Removes hashes that are older than they may be."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """A small batch every ten minutes, until it is cancelled."""
        await again_and_again(self.clean, CLEANING_S, away="erased.database_away")

    async def clean(self) -> int:
        """Removes a small batch; how many."""
        return await store.forget_erased(
            self._database.bare, rules.ERASED_KEPT_DAYS, CLEANED_AT_ONCE
        )
