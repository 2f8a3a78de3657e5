"""JSON files as an operator writes them, and the lines their entries are known by."""

from pathlib import Path

import pytest

from console import entries
from console.trouble import Trouble
from geminya.expeditions.v1 import atlas_pb2
from tests.support.operators import an_act


@pytest.fixture
def write(tmp_path: Path):
    def write(content: str | bytes, name: str) -> Path:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write


def test_entries_of_a_list_are_known_by_their_first_line(write) -> None:
    file = write('\ufeff[\n  {"a": "}, ]"},\n\n  {\n    "b": [1, 2.50]\n  }, 3\n]\n', "x.json")

    found = entries.read_entries(file)

    assert [(entry.line, entry.json) for entry in found] == [
        (2, b'{"a": "}, ]"}'),
        (4, b'{\n    "b": [1, 2.50]\n  }'),
        (6, b"3"),
    ]


def test_a_document_is_one_entry(write) -> None:
    [entry] = entries.read_document(write('\n{"a": ["ä"]}\n', "x.json"))

    assert (entry.line, entry.json) == (2, '{"a": ["ä"]}'.encode())


@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        ("", "x.json:1: the file is no list; it must begin with ["),
        ("{}", "x.json:1: the file is no list; it must begin with ["),
        ("[]", "x.json: no entries found"),
        ("[1,\n2", "x.json:2: expected , or ] after an entry"),
        ("[1\n 2]", "x.json:2: expected , or ] after an entry"),
        ("[1,]\n\nmore", "x.json:3: there is more behind the end"),
        ('[{"a": 1},\n {"b": }]', "x.json:2: Expecting value; is this a JSON file?"),
        ("[" * 100_000, "x.json:1: the entry is too deep"),
        ('["' + "x" * 70_000 + '"]', "x.json:1: the entry is larger than 60 KiB"),
        (b'[\n"caf\xe9"]', "x.json:2: the file is not UTF-8 text"),
        (b"\xff\xfe[\0]\0", "x.json:1: the file is UTF-16; save it as UTF-8"),
    ],
)
def test_a_list_that_cannot_be_read_is_named_with_its_line(write, content, trouble: str) -> None:
    with pytest.raises(Trouble) as caught:
        entries.read_entries(write(content, "x.json"))

    assert str(caught.value).endswith(trouble)


def test_a_document_with_more_behind_it_is_named(write) -> None:
    with pytest.raises(Trouble, match=r"x\.json:2: there is more behind the end"):
        entries.read_document(write("{}\n{}", "x.json"))


def test_an_atlas_is_sent_in_small_pieces_with_the_catalogue_first() -> None:
    sent = [atlas_pb2.SourceEntry(line=n, json=b"x" * 20_000) for n in range(1, 8)]
    catalogue = atlas_pb2.Catalogue(series_ids=range(1, 12_000), genres=["Drama"])

    pieces = [*entries.atlas_pieces(sent[:4], sent[4:6], sent[6:], catalogue, an_act())]

    assert pieces[0].HasField("act")

    assert max(piece.ByteSize() for piece in pieces) < 60_000
    assert [entry for piece in pieces for entry in piece.templates] == sent[:4]
    assert [entry for piece in pieces for entry in piece.encounters] == sent[4:6]
    assert [entry for piece in pieces for entry in piece.affinities] == sent[6:]
    told = [piece.catalogue for piece in pieces if piece.HasField("catalogue")]
    assert [number for one in told for number in one.series_ids] == [*range(1, 12_000)]
    assert [one.genres for one in told if one.genres] == [["Drama"]]


def test_without_a_catalogue_none_is_sent() -> None:
    first, piece = entries.atlas_pieces([], [], [], None, an_act())

    assert first.HasField("act")
    assert not piece.HasField("catalogue")
