"""An operator at the command line of a house that runs."""

import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import forks
from tests.support.game import Game

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def op_id(self) -> str:
        """The operation that it names, or offers."""
        [found] = {word.strip("`") for word in self.out.split() if _is_uuid(word.strip("`"))}
        return found


class Operator:
    """Somebody at the command line of a house."""

    def __init__(self, game: Game, folder: Path) -> None:
        self.game = game
        ports = {
            f"GEMINYA_{name.upper()}_PORT": game.house.address_of(name).rpartition(":")[2]
            for name in game.house.names
        }
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GEMINYA_")}
        self.environment = kept | ports | {"PYTHONPATH": str(ROOT), "GEMINYA_OPERATOR": "mina"}
        self.folder = folder

    async def player(self, *words: str) -> Said:
        """Runs `geminya player …` to its end."""
        return await self.says("player", *words)

    async def says(self, *words: str) -> Said:
        """Runs `geminya …` to its end."""
        ended = await forks.geminya(*words, folder=self.folder, environment=self.environment)
        assert "Traceback" not in ended.err, ended.err
        return Said(ended.code, ended.out, ended.err)

    async def audit(self, schema: str = "users") -> list[dict[str, Any]]:
        """The audit rows of a service."""
        return await self.game.house.rows(f"SELECT * FROM {schema}.audit ORDER BY at")


def _is_uuid(word: str) -> bool:
    try:
        return str(uuid.UUID(word)) == word
    except ValueError:
        return False
