"""Who was erased, as lines: from a database, from the journal, from logs and from other backups.

A line is an event `player.erased` in JSON, wherever it was written; what else is in a file does not matter.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import typer

from chassis.postgres import Admin, admin_connection
from chassis.settings import read_settings
from console.addresses import owner_urls
from console.trouble import Trouble

EVENT = "player.erased"
KEPT = timedelta(days=180)
"""As long as the services keep them: an older backup cannot be restored, because nobody knows any more who is to go."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """The end of a life by an erase, without a word about who it was."""

    user_id: int
    epoch: int
    op_id: str
    discord_hash: bytes
    erased_at: datetime

    def line(self) -> str:
        """As the journal has it."""
        facts = {
            "event": EVENT,
            "user_id": self.user_id,
            "epoch": self.epoch,
            "op_id": self.op_id,
            "discord_hash": self.discord_hash.hex(),
            "timestamp": self.erased_at.astimezone(UTC).isoformat(),
        }
        return json.dumps(facts)


def erasures() -> None:
    """Print who was erased in the last 180 days, as hashes: lines that `geminya restore --erasures` reads.

    Kept on another machine every minute, they lose at most a minute of erases when all else is lost.

    Example: `geminya erasures > erasures.jsonl`
    """
    settings = read_settings()
    with owner_urls(settings) as owners:
        found = asyncio.run(_of_address(owners["users"]))
    for erasure in found:
        typer.echo(erasure.line())


async def _of_address(owner: str) -> list[Erasure]:
    async with admin_connection(owner) as admin:
        return await in_database(admin)


async def in_database(admin: Admin) -> list[Erasure]:
    """What the database knows; nothing where it is older than the list."""
    if not await admin.value("SELECT to_regclass('users.erasures')::text"):
        return []
    rows = await admin.all_rows(
        "SELECT user_id, epoch, op_id, discord_hash, erased_at FROM users.erasures "
        "ORDER BY erased_at, op_id"
    )
    return [Erasure(**row) for row in rows]


async def remember(admin: Admin, known: Iterable[Erasure]) -> None:
    """Tells a restored database of all of them: to the next restore they are nothing new."""
    for one in known:
        await admin.run(
            """
            INSERT INTO users.erasures (user_id, op_id, epoch, discord_hash, erased_at)
            VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
            """,
            *(one.user_id, one.op_id, one.epoch, one.discord_hash, one.erased_at),
        )


def in_file(file: Path) -> list[Erasure]:
    """What a journal, a log or another backup tells."""
    try:
        with file.open(errors="replace") as lines:
            return list(_found_in(file, lines))
    except OSError as error:
        raise Trouble(f"{file} cannot be read: {error.strerror}") from None


def fresh(found: Iterable[Erasure], now: datetime) -> dict[str, Erasure]:
    """By wish, without what is forgotten everywhere by now."""
    return {one.op_id: one for one in found if now - one.erased_at <= KEPT}


def _found_in(file: Path, lines: Iterable[str]) -> Iterator[Erasure]:
    for line in lines:
        # A log has many other lines, and a crash leaves half of one.
        start = line.find("{")
        if start < 0 or EVENT not in line:
            continue
        try:
            facts = json.loads(line[start:])
        except ValueError:
            continue
        if facts.get("event") == EVENT:
            yield _erasure_of(file, facts)


def _erasure_of(file: Path, facts: dict[str, Any]) -> Erasure:
    try:
        return Erasure(
            user_id=int(facts["user_id"]),
            epoch=int(facts["epoch"]),
            op_id=str(facts["op_id"]),
            discord_hash=bytes.fromhex(facts["discord_hash"]),
            erased_at=datetime.fromisoformat(facts["timestamp"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Trouble(f"{file} has a line of {EVENT} that cannot be read: {error}") from None
