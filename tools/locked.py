"""Cuts `requirements.lock` down to what a running process needs, hashes and all.

The lock says after each package who asked for it. What only the `dev` group asked for, directly or by
way of others, stays out of the image: `python tools/locked.py requirements.lock > runtime.lock`.
With names after the file it gives those packages alone, such as the tools of a build.

It uses nothing but Python itself, because it runs before anything is installed.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = "geminya (pyproject.toml)"
_NAME = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==")
_ASKED_BY = re.compile(r"^    #(?: via)? +(?!via$)(.+)$")


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of the lock."""

    name: str
    text: str
    """Its lines as they stand there."""
    asked_by: frozenset[str]


def pins_of(lock: str) -> Iterator[Pin]:
    """Every package of a lock."""
    for block in re.split(r"^(?=\S)", lock, flags=re.MULTILINE):
        if named := _NAME.match(block):
            lines = block.splitlines()
            found = (_ASKED_BY.match(line) for line in lines)
            asked = frozenset(line[1] for line in found if line and line[1] != "via")
            yield Pin(named[1], block, asked)


def reached_from(pins: Iterable[Pin], names: Iterable[str]) -> list[Pin]:
    """The named ones, and whatever they need in turn."""
    pins, wanted = list(pins), set(names)
    while more := {pin.name for pin in pins if pin.asked_by & wanted} - wanted:
        wanted |= more
    return [pin for pin in pins if pin.name in wanted]


def main(file: str, *names: str) -> None:
    """Prints the part of the lock."""
    pins = pins_of(Path(file).read_text())
    kept = reached_from(pins, names or [PROJECT])
    sys.stdout.write("".join(pin.text for pin in kept))


if __name__ == "__main__":
    main(*sys.argv[1:])
