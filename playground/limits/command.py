"""What Discord says about commands that are synced."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from playground.limits.form import Path, among, size, text
from playground.refusal import Problem
from playground.world import Json

COMMANDS = 100
OPTIONS = 25
CHOICES = 25
ALL_LETTERS = 8_000
NAME = re.compile(r"[-_'\w]{1,32}")
SUBCOMMAND, GROUP = 1, 2
SLASH = 1


def command_problems(commands: Sequence[Json]) -> Iterator[Problem]:
    """Problems with a list of commands."""
    yield from size((), commands, COMMANDS)
    yield from _doubled((), commands)
    for index, command in enumerate(commands):
        if command.get("type", SLASH) != SLASH:
            yield from text((index, "name"), command.get("name"), 32, 1)
            continue
        yield from _named((index,), command)
        yield from _options((index, "options"), command.get("options") or (), depth=0)
        if _letters(command) > ALL_LETTERS:
            said = f"Command exceeds maximum size ({ALL_LETTERS})"
            yield Problem((index,), "APPLICATION_COMMAND_TOO_LARGE", said)


def _options(path: Path, options: Sequence[Json], depth: int) -> Iterator[Problem]:
    yield from size(path, options, OPTIONS)
    yield from _doubled(path, options)
    optional_seen = False
    for index, option in enumerate(options):
        here = (*path, index)
        yield from _named(here, option)
        yield from _nested(here, option, depth)
        if option.get("required") and optional_seen:
            said = "Required options must be placed before non-required options"
            yield Problem(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", said)
        optional_seen |= not option.get("required")


def _nested(path: Path, option: Json, depth: int) -> Iterator[Problem]:
    kind = option.get("type")
    yield from among((*path, "type"), kind, range(1, 12))
    if kind in (SUBCOMMAND, GROUP):
        if depth > 1 or (kind == GROUP and depth > 0):
            said = "Sub-command option types are not nested this deep"
            yield Problem(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", said)
            return
        yield from _options((*path, "options"), option.get("options") or (), depth + 1)
    choices = option.get("choices") or ()
    yield from size((*path, "choices"), choices, CHOICES)
    for index, choice in enumerate(choices):
        yield from text((*path, "choices", index, "name"), choice.get("name"), 100, 1)


def _named(path: Path, thing: Json) -> Iterator[Problem]:
    name = thing.get("name") or ""
    if not NAME.fullmatch(name) or name != name.lower():
        said = "Command name is invalid"
        yield Problem((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", said)
    yield from text((*path, "description"), thing.get("description"), 100, 1)


def _doubled(path: Path, things: Sequence[Json]) -> Iterator[Problem]:
    names = Counter((thing.get("type", SLASH), thing.get("name")) for thing in things)
    if not path:
        doubled = [name for (_, name), times in names.items() if times > 1]
    else:
        plain = Counter(thing.get("name") for thing in things)
        doubled = [name for name, times in plain.items() if times > 1]
    for name in doubled:
        said = f"Option name must be unique: {name}"
        yield Problem(path or (0,), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", said)


def _letters(thing: Json) -> int:
    own = len(thing.get("name") or "") + len(thing.get("description") or "")
    choices = sum(
        len(str(c.get("name"))) + len(str(c.get("value"))) for c in thing.get("choices") or ()
    )
    return own + choices + sum(_letters(option) for option in thing.get("options") or ())
