"""Content as it stands in files: CSV rows and TOML tables, each with the line it begins on."""

import csv
import io
import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message

from console.trouble import Trouble
from geminya.collection.v1 import catalog_pb2
from geminya.common.v1 import operator_pb2
from geminya.economy.v1 import gacha_pb2, mission_pb2, shop_pb2

PIECE_BYTES = 48 * 1024
"""How much of a file goes into one message; a message may have 64 KiB."""
ROW_BYTES = 60 * 1024
DOCUMENT_LETTERS = 60_000
"""What the contract takes as one document."""
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of a TOML file."""

    line: int
    message: Any


def read_rows(file: Path) -> list[catalog_pb2.SourceRow]:
    """The rows of a CSV file. A row that spans lines is known by its first one.

    Cells travel as bytes: what is no text in them is found together with everything else.
    """
    reader = csv.reader(_lines(_read(file)), strict=True)
    try:
        header = next(reader, None)
        columns = _columns(file, header)
        rows: list[catalog_pb2.SourceRow] = []
        before = reader.line_num
        for cells in reader:
            if cells:
                rows.append(_row(file, before + 1, columns, cells))
            before = reader.line_num
    except csv.Error as error:
        raise Trouble(f"{file}:{reader.line_num}: {error}; is this a CSV file?") from None
    return rows


def pieces(
    series: Sequence[catalog_pb2.SourceRow],
    waifus: Sequence[catalog_pb2.SourceRow],
    lenient: bool,
    act: operator_pb2.Act,
) -> Iterator[catalog_pb2.AdminImportCatalogRequest]:
    """The rows in messages small enough to send; the first says who imports, and how strict to be."""
    piece = catalog_pb2.AdminImportCatalogRequest(lenient=lenient, act=act)
    room = PIECE_BYTES
    for name, rows in (("series", series), ("waifus", waifus)):
        for row in rows:
            size = row.ByteSize()
            if size > room and (piece.series or piece.waifus):
                yield piece
                piece = catalog_pb2.AdminImportCatalogRequest(lenient=lenient)
                room = PIECE_BYTES
            getattr(piece, name).append(row)
            room -= size
    yield piece


def read_banners(file: Path) -> list[Entry]:
    """The banners of a TOML file: `[[banner]]`, with `[[banner.item]]` for its pool."""
    entries: list[Entry] = []
    for line, table in tables(file, "banner"):
        given = {"is_active": True} | table
        if "item" in given:
            given["items"] = given.pop("item")
        entries.append(Entry(line, _message(file, line, given, gacha_pb2.SourceBanner())))
    return entries


def read_missions(file: Path) -> list[Entry]:
    """The missions of a TOML file: `[[mission]]`."""
    return [
        Entry(line, _message(file, line, {"is_active": True} | table, mission_pb2.Mission()))
        for line, table in tables(file, "mission")
    ]


def read_shop(file: Path) -> list[Entry]:
    """The items of a TOML file: `[[item]]`, with `effects` as a table."""
    usual = {
        "is_active": True,
        "stock_limit": -1,
        "currency_type": "quartzs",
        "user_limit_period": "ever",
    }
    entries: list[Entry] = []
    for line, table in tables(file, "item"):
        given = usual | table
        try:
            effects = json.dumps(_plain(given.pop("effects", {})), ensure_ascii=False)
        except ValueError as error:
            raise Trouble(f"{file}:{line}: effects: {error}") from None
        message = _message(file, line, given, shop_pb2.SourceItem())
        message.effects_json = effects
        entries.append(Entry(line, message))
    return entries


def read_bond(bond: Path, gifts: Path) -> str:
    """The two files about bonds as one JSON document."""
    numbers, things = _document(bond), _document(gifts)
    twice = ", ".join(sorted(set(numbers) & set(things)))
    if twice:
        raise Trouble(f"{gifts}: stands in {bond} too: {twice}")
    try:
        document = json.dumps(_plain(numbers | things), ensure_ascii=False, separators=(",", ":"))
    except ValueError as error:
        raise Trouble(f"{bond}: {error}") from None
    if len(document) > DOCUMENT_LETTERS or len(document.encode()) > ROW_BYTES:
        raise Trouble(
            f"{bond}: with {gifts} it is longer than {DOCUMENT_LETTERS} letters or 60 KiB"
        )
    return document


def _read(file: Path) -> bytes:
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise Trouble(f"there is no file {file}") from None
    except OSError as error:
        raise Trouble(f"{file} cannot be read: {error.strerror}") from None
    if data.startswith(_UTF16_MARKS):
        raise Trouble(f"{file}:1: the file is UTF-16; save it as UTF-8")
    return data


def _lines(data: bytes) -> Iterable[str]:
    """The text with its line ends as they are: a line break inside a cell belongs to the cell."""
    return io.StringIO(data.decode("utf-8-sig", errors="surrogateescape"), newline="")


def _columns(file: Path, header: list[str] | None) -> list[str]:
    if not header:
        raise Trouble(f"{file}:1: the file is empty; its first line must name the columns")
    columns = [name.strip() for name in header]
    for number, name in enumerate(columns, 1):
        if not name:
            raise Trouble(f"{file}:1: column {number} has no name")
        if not name.isprintable():
            raise Trouble(f"{file}:1: the name of column {number} is not UTF-8 text")
        if columns.count(name) > 1:
            raise Trouble(f"{file}:1: the column {name} is there twice")
    return columns


def _row(
    file: Path, line: int, columns: Sequence[str], cells: Sequence[str]
) -> catalog_pb2.SourceRow:
    named = dict(zip(columns, cells, strict=False))
    if len(cells) > len(columns):
        named[""] = ",".join(cells[len(columns) :])
    row = catalog_pb2.SourceRow(
        line=line,
        cells={name: cell.encode(errors="surrogateescape") for name, cell in named.items()},
    )
    if row.ByteSize() > ROW_BYTES:
        raise Trouble(f"{file}:{line}: the row is larger than {ROW_BYTES // 1024} KiB")
    return row


def tables(file: Path, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every `[[name]]` with its line."""
    text, document = read_text(file), _document(file)
    others = ", ".join(sorted(set(document) - {name}))
    if others:
        raise Trouble(f"{file}: only [[{name}]] belongs here, and there is {others}")
    tables = document.get(name, [])
    if not tables or not isinstance(tables, list):
        raise Trouble(f"{file}: no [[{name}]] found")
    heads = [
        number
        for number, line in enumerate(text.split("\n"), 1)
        if line.replace(" ", "").startswith(f"[[{name}]]")
    ]
    # A file may also write its tables in one line; then all of them begin where the file does.
    lines = heads if len(heads) == len(tables) else [1] * len(tables)
    yield from zip(lines, tables, strict=True)


def _document(file: Path) -> dict[str, Any]:
    """The whole of a TOML file."""
    try:
        return tomllib.loads(read_text(file))
    except tomllib.TOMLDecodeError as error:
        raise Trouble(f"{file}: {error}") from None


def read_text(file: Path) -> str:
    """The text of a file; what is no UTF-8 is named with its line."""
    data = _read(file)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Trouble(f"{file}:{line}: the file is not UTF-8 text") from None


def _message(file: Path, line: int, table: dict[str, Any], message: M) -> M:
    try:
        return json_format.ParseDict(_plain(table), message)
    except (json_format.ParseError, ValueError) as error:
        raise Trouble(f"{file}:{line}: {error}") from None


def _plain(value: Any) -> Any:
    """TOML's values as JSON has them."""
    match value:
        case dict():
            return {name: _plain(item) for name, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case datetime() if value.tzinfo is not None:
            return value.isoformat()
        case datetime() | date() | time():
            raise ValueError(f"{value} has no time zone; write it like 2026-01-31T18:00:00Z")
        case _:
            return value
