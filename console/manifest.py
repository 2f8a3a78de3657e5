"""What a backup is made of: the dumps, who was erased, and two files that say whether all of it is there.

`SHA256SUMS` covers every other file, in the form that `sha256sum -c` reads; `manifest.json` tells what is in the dumps.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from console.trouble import Trouble

FORMAT = 1
FACTS = "manifest.json"
SUMS = "SHA256SUMS"
ERASURES = "erasures.jsonl"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """A backup in words."""

    format: int
    taken_at: datetime
    """The moment that all dumps show, by the clock of the first database."""
    held_ms: float | None
    """For so long changes waited so that several servers show one moment; none where one server has everything."""
    versions: Mapping[str, int]
    """Schema to the major version of its server."""
    program: int
    """The major version of pg_dump."""
    migrations: Mapping[str, Sequence[str]]
    """Schema to the migrations it has seen."""
    rows: Mapping[str, int]
    """Table to its rows, counted at the same moment."""
    key: str | None
    """Tells whether a key is the one of the house, without telling the key. None where it was not at hand."""


_READER = TypeAdapter(Manifest)


def fingerprint(key: bytes) -> str:
    """Tells keys apart and does not lead back to them."""
    return hashlib.sha256(b"geminya key " + key).hexdigest()[:16]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """The facts, then the sums of every file; all of it is on the disk afterwards."""
    facts = asdict(manifest) | {"taken_at": manifest.taken_at.astimezone(UTC).isoformat()}
    (folder / FACTS).write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")
    sums = [f"{_flushed_sum(folder / name)}  {name}\n" for name in _files(folder)]
    (folder / SUMS).write_text("".join(sums))
    for path in (folder / SUMS, *(path for path in folder.rglob("*") if path.is_dir()), folder):
        flush(path)


def read_manifest(folder: Path) -> Manifest:
    """The facts of a backup; what is no backup, or one of another format, is a `Trouble`."""
    if not (folder / FACTS).is_file() or not (folder / SUMS).is_file():
        raise Trouble(f"{folder} is no whole backup: {FACTS} and {SUMS} belong to one")
    try:
        manifest = _READER.validate_json((folder / FACTS).read_bytes())
    except ValidationError as error:
        raise Trouble(f"{folder / FACTS} is damaged: {error.errors()[0]['msg']}") from None
    if manifest.format != FORMAT:
        raise Trouble(f"{folder} has format {manifest.format}, and this version reads {FORMAT}")
    return manifest


def damage(folder: Path) -> list[str]:
    """What of a backup is missing, changed or too much; empty when it is as it was written."""
    told: dict[str, str] = {}
    for line in (folder / SUMS).read_text(errors="replace").splitlines():
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not name:
            return [f"{SUMS} is damaged at {line[:40]!r}"]
        told[name] = digest
    here = set(_files(folder))
    found = [f"{name} is missing" for name in told if name not in here]
    found += [f"{name} does not belong to it" for name in sorted(here - told.keys())]
    changed = (name for name in told if name in here and sum_of(folder / name) != told[name])
    return found + [f"{name} was changed" for name in changed]


def size_of(folder: Path) -> int:
    """Bytes of all files together."""
    return sum((folder / name).stat().st_size for name in _files(folder))


def sum_of(file: Path) -> str:
    """The SHA-256 of a file."""
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while piece := content.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def flush(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _flushed_sum(file: Path) -> str:
    flush(file)
    return sum_of(file)


def _files(folder: Path) -> Iterator[str]:
    """Every file but the sums themselves, by its name inside of the folder."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != SUMS:
            yield name
