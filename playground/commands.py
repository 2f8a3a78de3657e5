"""The commands the bot synced, and how what a visitor typed becomes one of them.

This is the half of Discord that runs in the client: it knows the tree, completes names, and does
not even send what does not fit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from playground import shapes
from playground.world import (
    BOT_ID,
    CHANNEL_ID,
    CHANNEL_NAME,
    GUILD_ID,
    Json,
    User,
    World,
)

SUBCOMMAND, GROUP = 1, 2
STRING, INTEGER, BOOLEAN, USER, CHANNEL, NUMBER = 3, 4, 5, 6, 7, 10
STRING_LETTERS = 6_000
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

    def __init__(self) -> None:
        self._by_scope: dict[str | None, list[Json]] = {}

    def sync(self, scope: str | None, commands: Sequence[Json], world: World) -> list[Json]:
        """Replaces all commands of a scope; those that are the same keep their id."""
        ids = {known["name"]: known["id"] for known in self.of(scope)}
        self._by_scope[scope] = [
            _whole(command, ids.get(command["name"]) or world.new_id(), world.new_id(), scope)
            for command in commands
        ]
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


class Form:
    """The options of a command while they are filled in."""

    def __init__(self, leaf: Leaf, world: World) -> None:
        self.leaf = leaf
        self.world = world
        self._resolved: dict[str, Json] = {}

    def fill(self, given: Mapping[str, Any]) -> Json:
        """The data of a command interaction, or `UnacceptableError`."""
        self._refuse_unknown(given)
        missing = [o["name"] for o in self.leaf.options if o.get("required")]
        missing = [name for name in missing if given.get(name) is None]
        if missing:
            raise UnacceptableError(f"/{self.leaf.name} needs the option {missing[0]}")
        return self._data(self._filled(given))

    def complete(self, given: Mapping[str, Any], name: str, typed: str) -> Json:
        """The data of an autocompletion: what was filled in so far, and what is being typed."""
        self._refuse_unknown({**given, name: typed})
        option = next(option for option in self.leaf.options if option["name"] == name)
        if not option.get("autocomplete"):
            raise UnacceptableError(f"the option {name} of /{self.leaf.name} is not completed")
        others = {key: value for key, value in given.items() if key != name}
        focused = {"name": name, "type": option["type"], "value": typed, "focused": True}
        return self._data([*self._filled(others), focused])

    def _refuse_unknown(self, given: Mapping[str, Any]) -> None:
        known = {option["name"] for option in self.leaf.options}
        for name in given:
            if name not in known:
                raise UnacceptableError(f"/{self.leaf.name} has no option {name}")

    def _filled(self, given: Mapping[str, Any]) -> list[Json]:
        return [
            {"name": o["name"], "type": o["type"], "value": self._value(o, given[o["name"]])}
            for o in self.leaf.options
            if given.get(o["name"]) is not None
        ]

    def _data(self, options: list[Json]) -> Json:
        for step in reversed(self.leaf.path):
            options = [{"name": step["name"], "type": step["type"], "options": options}]
        command = self.leaf.command
        data: Json = {"id": command["id"], "name": command["name"], "type": SLASH}
        data["options"] = options
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        return data | {"resolved": self._resolved} if self._resolved else data

    def _value(self, option: Json, given: Any) -> Any:
        if option.get("choices"):
            return _choice(option, given)
        match option["type"]:
            case 3:
                return _string(option, given)
            case 4 | 10:
                return _number(option, given)
            case 5:
                return _boolean(option, given)
            case 6 | 9:
                return self._user(option, given)
            case 7:
                return self._channel(option, given)
        raise UnacceptableError(f"the box cannot fill in the option {option['name']}")

    def _user(self, option: Json, given: Any) -> str:
        user = self.world.user_by_id(str(given)) or self._named(option, str(given))
        member = {k: v for k, v in shapes.member(user).items() if k not in ("user", "deaf", "mute")}
        self._resolved.setdefault("users", {})[user.id] = shapes.user(user)
        self._resolved.setdefault("members", {})[user.id] = member
        return user.id

    def _named(self, option: Json, name: str) -> User:
        try:
            return self.world.user(name.removeprefix("@"))
        except ValueError as wrong:
            raise UnacceptableError(f"the option {option['name']} needs a user: {wrong}") from wrong

    def _channel(self, option: Json, given: Any) -> str:
        if str(given).removeprefix("#") not in (CHANNEL_ID, CHANNEL_NAME):
            raise UnacceptableError(f"the option {option['name']} needs a channel of the guild")
        seen = {key: shapes.channel()[key] for key in ("id", "type", "name", "guild_id")}
        self._resolved["channels"] = {CHANNEL_ID: seen | {"permissions": shapes.ALL_PERMISSIONS}}
        return CHANNEL_ID


def _choice(option: Json, given: Any) -> Any:
    for choice in option["choices"]:
        if str(given) in (str(choice["value"]), choice["name"]):
            return choice["value"]
    names = ", ".join(choice["name"] for choice in option["choices"])
    raise UnacceptableError(f"the option {option['name']} is one of: {names}")


def _string(option: Json, given: Any) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise UnacceptableError(f"the option {option['name']} needs a text")
    value = str(given)
    least, most = option.get("min_length", 0), option.get("max_length", STRING_LETTERS)
    if not least <= len(value) <= most:
        raise UnacceptableError(f"the option {option['name']} needs {least} to {most} letters")
    return value


def _number(option: Json, given: Any) -> int | float:
    whole = option["type"] == INTEGER
    try:
        if isinstance(given, bool) or (whole and isinstance(given, float) and given % 1):
            raise ValueError
        value = int(given) if whole else float(given)
    except (TypeError, ValueError, OverflowError) as wrong:
        kind = "a whole number" if whole else "a number"
        raise UnacceptableError(f"the option {option['name']} needs {kind}") from wrong
    least = option.get("min_value", -(2**53))
    most = option.get("max_value", 2**53)
    if not least <= value <= most:
        raise UnacceptableError(f"the option {option['name']} lies between {least} and {most}")
    return value


def _boolean(option: Json, given: Any) -> bool:
    words = {"true": True, "false": False}
    value = words.get(str(given).lower())
    if value is None:
        raise UnacceptableError(f"the option {option['name']} is true or false")
    return value
