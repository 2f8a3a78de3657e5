"""Every word a player reads: `en.toml`, and one sentence per refusal in `refusals.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any


@cache
def _read(file: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__name__).joinpath(file).read_text("utf-8"))


def say(key: str, /, **places: object) -> str:
    """The words under a dotted key, with their places filled."""
    found: Any = _read("en.toml")
    for part in key.split("."):
        found = found[part]
    return found.format_map(places)


def knows(key: str) -> bool:
    """Whether there are words under a dotted key."""
    found: Any = _read("en.toml")
    for part in key.split("."):
        if not isinstance(found, dict) or part not in found:
            return False
        found = found[part]
    return isinstance(found, str)


def table(name: str) -> Mapping[str, str]:
    """A whole section whose keys are words of the services."""
    return _read("en.toml")[name]


def refusals() -> Mapping[str, Mapping[str, str]]:
    """Package to reason to sentence, its places still open."""
    return _read("refusals.toml")


def refusal(reason: str, domain: str, places: Mapping[str, str]) -> str | None:
    """The sentence for a refusal, or none when nobody wrote one."""
    package = domain.partition(".")[0]
    for section in (package, "common", *refusals()):
        sentence = refusals().get(section, {}).get(reason)
        if sentence is not None:
            return sentence.format_map(_Forgiving(places))
    return None


class _Forgiving(dict[str, str]):
    """A place that a service left out is not worth a second refusal."""

    def __missing__(self, key: str) -> str:
        return "…"
