"""Who was erased: written down outside of the database first, and forgotten after a while."""

import asyncio
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from chassis.background import again_and_again
from chassis.postgres import Database
from chassis.settings import SettingsError
from services.users.account import rules, store

log = structlog.get_logger()
CLEANING_S = 600.0
CLEANED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Erasure:
    """The end of a life by an erase, without a word about who it was."""

    user_id: int
    epoch: int
    op_id: str
    discord_hash: bytes


class Journal:
    """Tells of every erase outside of the database, so that no restore brings anybody back.

    It speaks before the last transaction of the erase: what it tells will be done, because an erase that has begun
    always ends. The log gets the same line as the file; either is read by `geminya restore`.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file

    async def open(self) -> None:
        """An empty journal says that nobody was erased; none at all says nothing."""
        if self._file is None:
            return
        try:
            await asyncio.to_thread(_append, self._file, "")
        except OSError as error:
            raise SettingsError(
                f"GEMINYA_ERASURE_JOURNAL: {self._file} cannot be written: {error.strerror}"
            ) from None

    async def tell(self, erasure: Erasure) -> None:
        """Comes back when the line is on the disk."""
        facts = {
            "user_id": erasure.user_id,
            "epoch": erasure.epoch,
            "op_id": erasure.op_id,
            "discord_hash": erasure.discord_hash.hex(),
        }
        log.info("player.erased", **facts)
        if self._file is not None:
            line = {"event": "player.erased", **facts, "timestamp": datetime.now(UTC).isoformat()}
            await asyncio.to_thread(_append, self._file, json.dumps(line))


class Forgetting:
    """Removes hashes that are older than they may be."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """A small batch every ten minutes, until it is cancelled."""
        await again_and_again(self.clean, CLEANING_S, away="erased.database_away")

    async def clean(self) -> int:
        """Removes a small batch; how many."""
        days, most = rules.ERASED_KEPT_DAYS, CLEANED_AT_ONCE
        forgotten = await store.forget_erased(self._database.bare, days, most)
        return forgotten + await store.forget_erasures(self._database.bare, days, most)


def _append(file: Path, line: str) -> None:
    # The first line break ends what a crash may have left half written.
    text = f"\n{line}\n" if line else ""
    number = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(number, text.encode())
        os.fsync(number)
    finally:
        os.close(number)
