"""The compose files, read by the real Compose; no engine is needed for that."""

import importlib.util
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OVERLAYS = ("playground", "observability", "pgbouncer")


class ComposeError(Exception):
    """Compose refuses the files, or has something to say about them."""


class NoComposeError(Exception):
    """Nothing here can read the files."""


def combinations() -> list[tuple[str, ...]]:
    """Every set of overlays, the empty one first."""
    sizes = range(len(OVERLAYS) + 1)
    return [found for size in sizes for found in itertools.combinations(OVERLAYS, size)]


def program() -> list[str]:
    """Compose: the one that the lock brings where there is one for this machine, else Docker's own."""
    # The package's own command forgets the exit code, so it is not used.
    found = importlib.util.find_spec("compose")
    if found is not None and found.origin is not None:
        return [str(Path(found.origin).with_name("docker-compose"))]
    docker = shutil.which("docker")
    if docker and _is_well([docker, "compose", "version"]):
        return [docker, "compose"]
    raise NoComposeError("there is no Compose for this machine")


def command(overlays: Sequence[str], *arguments: str) -> list[str]:
    """Compose, told which files."""
    files = ["compose.yaml", *(f"compose.{name}.yaml" for name in overlays)]
    named = [word for file in files for word in ("--file", str(DEPLOY / file))]
    return [*program(), *named, *arguments]


def rendered(overlays: Sequence[str], given: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    """The whole house as Compose understands it, with the defaults of the files or what is given."""
    done = subprocess.run(  # noqa: S603 - Compose, no shell
        command(overlays, "--profile", "*", "config", "--format", "json"),
        env={"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", **(given or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or done.stderr:
        raise ComposeError(done.stderr.strip())
    return json.loads(done.stdout)


def _is_well(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603
