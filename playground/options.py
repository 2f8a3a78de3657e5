"""The options of a command, filled in by a visitor.

This is the half of Discord that runs in the client: it turns what was typed into the right types,
and does not even send what does not fit.
"""

from collections.abc import Mapping
from typing import Any

from playground import shapes
from playground.commands import SLASH, Leaf, UnacceptableError
from playground.world import CHANNEL_ID, CHANNEL_NAME, Json, User, World

INTEGER = 4
STRING_LETTERS = 6_000


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
            case 3:  # a text
                return _string(option, given)
            case 4 | 10:  # a number, whole or not
                return _number(option, given)
            case 5:  # true or false
                return _boolean(option, given)
            case 6 | 9:  # a user, or whatever can be mentioned
                return self._user(option, given)
            case 7:  # a channel
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
        seen = {
            key: shapes.channel(self.world.guilds[0])[key]
            for key in ("id", "type", "name", "guild_id")
        }
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
