"""The commands the bot synced, and how what a visitor typed becomes one of them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from playground.world import BOT_ID, GUILD_ID, Json, World

log = structlog.get_logger()

SUBCOMMAND, GROUP = 1, 2
SLASH = 1


class UnacceptableError(Exception):
    """Discord's client would not send this; the text says why."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A command, or a subcommand, that can be sent."""

    command: Json
    path: tuple[Json, ...]
    """The group and subcommand below it, outer one first."""

    @property
    def name(self) -> str:
        """What a visitor types for it, without the slash."""
        return " ".join([self.command["name"], *(step["name"] for step in self.path)])

    @property
    def node(self) -> Json:
        """The command or subcommand itself."""
        return self.path[-1] if self.path else self.command

    @property
    def options(self) -> Sequence[Json]:
        """What can be said with it."""
        return self.node.get("options") or ()


class Commands:
    """The synced commands, of the guild and of everywhere."""

    def __init__(self, kept_in: Path | None = None) -> None:
        self._kept_in = kept_in
        self._by_scope: dict[str | None, list[Json]] = _read(kept_in) if kept_in else {}

    def sync(self, scope: str | None, commands: Sequence[Json], world: World) -> list[Json]:
        """Replaces all commands of a scope; those that are the same keep their id."""
        ids = {known["name"]: known["id"] for known in self.of(scope)}
        self._by_scope[scope] = [
            _whole(command, ids.get(command["name"]) or world.new_id(), world.new_id(), scope)
            for command in commands
        ]
        if self._kept_in:
            _write(self._kept_in, self._by_scope)
        return self._by_scope[scope]

    def of(self, scope: str | None) -> list[Json]:
        """The commands of one scope."""
        return self._by_scope.get(scope, [])

    def leaves(self) -> list[Leaf]:
        """Everything a visitor can send; a command of the guild hides the one of everywhere."""
        tops = {
            command["name"]: command for scope in (None, GUILD_ID) for command in self.of(scope)
        }
        return [leaf for top in tops.values() if top["type"] == SLASH for leaf in _leaves(top)]

    def find(self, typed: str) -> Leaf:
        """The command that was typed, or `UnacceptableError`."""
        wanted = " ".join(typed.strip().removeprefix("/").split())
        leaves = self.leaves()
        for leaf in leaves:
            if leaf.name == wanted:
                return leaf
        below = [leaf.name for leaf in leaves if leaf.name.startswith(f"{wanted} ")]
        if wanted and below:
            raise UnacceptableError(f"/{wanted} needs a subcommand: {', '.join(below)}")
        raise UnacceptableError(f"there is no command /{wanted}")


def _read(path: Path) -> dict[str | None, list[Json]]:
    """What was synced before a restart, because a bot that only reconnects does not sync again."""
    try:
        kept = json.loads(path.read_text())
        return {scope or None: commands for scope, commands in kept.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError):
        log.warning("commands.unreadable", path=str(path))
        return {}


def _write(path: Path, by_scope: dict[str | None, list[Json]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({scope or "": kept for scope, kept in by_scope.items()}))
    draft.replace(path)


def _leaves(command: Json, path: tuple[Json, ...] = ()) -> Iterator[Leaf]:
    node = path[-1] if path else command
    nested = [o for o in node.get("options") or () if o["type"] in (SUBCOMMAND, GROUP)]
    if not nested:
        yield Leaf(command, path)
    for option in nested:
        yield from _leaves(command, (*path, option))


def _whole(command: Json, command_id: str, version: str, scope: str | None) -> Json:
    whole: Json = {
        "id": command_id,
        "application_id": BOT_ID,
        "version": version,
        "default_member_permissions": None,
        "type": SLASH,
        "description": "",
        "nsfw": False,
        "dm_permission": True,
        "contexts": None,
        **command,
    }
    whole["integration_types"] = command.get("integration_types") or [0]
    return whole | {"guild_id": scope} if scope else whole
