"""JSON files of expeditions: every entry as it stands there, with the line it begins on."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from console.sources import PIECE_BYTES, ROW_BYTES, read_text
from console.trouble import Trouble
from geminya.common.v1 import operator_pb2
from geminya.expeditions.v1 import atlas_pb2

NUMBERS_IN_A_PIECE = 5_000
"""Of series, so that they fit into a message."""
_SPACE = re.compile(r"[ \t\r\n]*")
# Only where an entry ends is of interest here; the service reads its numbers.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


def read_entries(file: Path) -> list[atlas_pb2.SourceEntry]:
    """The entries of a JSON file that is a list, each as it stands there."""
    text = read_text(file)
    place = _space(text, 0)
    if text[place : place + 1] != "[":
        raise Trouble(f"{file}:1: the file is no list; it must begin with [")
    entries: list[atlas_pb2.SourceEntry] = []
    place = _space(text, place + 1)
    while text[place : place + 1] != "]":
        end = _end_of_value(file, text, place)
        entries.append(_entry(file, text, place, end))
        place = _space(text, end)
        if text[place : place + 1] == ",":
            place = _space(text, place + 1)
        elif text[place : place + 1] != "]":
            raise Trouble(f"{file}:{_line(text, place)}: expected , or ] after an entry")
    _require_end(file, text, place + 1)
    if not entries:
        raise Trouble(f"{file}: no entries found")
    return entries


def read_document(file: Path) -> list[atlas_pb2.SourceEntry]:
    """A JSON file that is one object, as its only entry."""
    text = read_text(file)
    place = _space(text, 0)
    end = _end_of_value(file, text, place)
    _require_end(file, text, end)
    return [_entry(file, text, place, end)]


def atlas_pieces(
    templates: Sequence[atlas_pb2.SourceEntry],
    encounters: Sequence[atlas_pb2.SourceEntry],
    affinities: Sequence[atlas_pb2.SourceEntry],
    catalogue: atlas_pb2.Catalogue | None,
    act: operator_pb2.Act,
) -> Iterator[atlas_pb2.AdminImportAtlasRequest]:
    """Who imports, the entries, and what the catalogue has, in messages small enough to send."""
    yield atlas_pb2.AdminImportAtlasRequest(act=act)
    if catalogue is not None:
        for start in range(0, len(catalogue.series_ids), NUMBERS_IN_A_PIECE):
            some = catalogue.series_ids[start : start + NUMBERS_IN_A_PIECE]
            yield atlas_pb2.AdminImportAtlasRequest(catalogue=atlas_pb2.Catalogue(series_ids=some))
        words = atlas_pb2.Catalogue()
        words.CopyFrom(catalogue)
        del words.series_ids[:]
        yield atlas_pb2.AdminImportAtlasRequest(catalogue=words)
    piece, room = atlas_pb2.AdminImportAtlasRequest(), PIECE_BYTES
    for name, entries in (
        ("templates", templates), ("encounters", encounters), ("affinities", affinities),
    ):  # fmt: skip
        for entry in entries:
            size = entry.ByteSize()
            if size > room and room < PIECE_BYTES:
                yield piece
                piece, room = atlas_pb2.AdminImportAtlasRequest(), PIECE_BYTES
            getattr(piece, name).append(entry)
            room -= size
    yield piece


def _space(text: str, place: int) -> int:
    """Where the next letter stands that means something."""
    match = _SPACE.match(text, place)
    assert match is not None, "no space at all is found too"
    return match.end()


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _end_of_value(file: Path, text: str, place: int) -> int:
    try:
        _, end = _DECODER.raw_decode(text, place)
    except json.JSONDecodeError as error:
        raise Trouble(f"{file}:{error.lineno}: {error.msg}; is this a JSON file?") from None
    except RecursionError:
        raise Trouble(f"{file}:{_line(text, place)}: the entry is too deep") from None
    return end


def _entry(file: Path, text: str, place: int, end: int) -> atlas_pb2.SourceEntry:
    line = _line(text, place)
    entry = atlas_pb2.SourceEntry(line=line, json=text[place:end].encode())
    if entry.ByteSize() > ROW_BYTES:
        raise Trouble(f"{file}:{line}: the entry is larger than {ROW_BYTES // 1024} KiB")
    return entry


def _require_end(file: Path, text: str, place: int) -> None:
    rest = _space(text, place)
    if rest < len(text):
        raise Trouble(f"{file}:{_line(text, rest)}: there is more behind the end")
