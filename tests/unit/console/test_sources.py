"""Files as an operator writes them, and the lines they are known by."""

from pathlib import Path

import pytest

from console import sources
from console.trouble import Trouble
from tests.support.operators import an_act

BANNER = """
[[banner]]
banner_id = "spring-26"
name = "Spring"
type = "rate-up"
description = "Petals."
start_time = 2026-03-01T00:00:00+07:00
end_time = 2026-04-01T00:00:00Z
cost = 160
currency_type = "sakura_crystals"
series_ids = [7]

[[banner.item]]
item_id = 1000001
rate_up = true
drop_rate = 5000
"""


@pytest.fixture
def write(tmp_path: Path):
    def write(content: str | bytes, name: str = "series.csv") -> Path:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write


def test_a_row_over_several_lines_is_known_by_its_first(write) -> None:
    file = write('series_id,name\n1,"one\ntwo\nthree"\n\n2,four\r\n3,five')

    rows = sources.read_rows(file)

    assert [row.line for row in rows] == [2, 6, 7]
    assert rows[0].cells["name"] == b"one\ntwo\nthree"
    assert rows[2].cells["name"] == b"five"


def test_the_mark_some_tools_write_first_is_no_part_of_a_name(write) -> None:
    rows = sources.read_rows(write("\ufeffseries_id,name\n1,Ame\n"))
    assert rows[0].cells == {"series_id": b"1", "name": b"Ame"}


def test_letters_that_look_like_line_ends_end_no_line(write) -> None:
    rows = sources.read_rows(write("series_id,name\n1,a\u2028b\n2,c\x0bd\n"))
    assert [row.line for row in rows] == [2, 3]


def test_what_is_no_text_travels_as_it_is(write) -> None:
    rows = sources.read_rows(write(b"series_id,name\n1,caf\xe9\n"))
    assert rows[0].cells["name"] == b"caf\xe9"


def test_cells_beyond_the_last_column_stand_under_the_empty_name(write) -> None:
    rows = sources.read_rows(write("series_id,name\n1,Ame,what,else\n2\n"))
    assert rows[0].cells[""] == b"what,else"
    assert rows[1].cells == {"series_id": b"2"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "series.csv:1: the file is empty"),
        ("series_id,,name\n", "series.csv:1: column 2 has no name"),
        ("series_id,name,name\n", "series.csv:1: the column name is there twice"),
        (b"series_id,na\xffme\n", "series.csv:1: the name of column 2 is not UTF-8"),
        (b"\xff\xfes\0e\0", "series.csv:1: the file is UTF-16; save it as UTF-8"),
        ('series_id,name\n1,"a\n2,b\n', "series.csv:3: unexpected end of data"),
        ('series_id,name\n1,"a"b\n', "series.csv:2: "),
        ("series_id,name\n1,2\n2," + "x" * 70_000, "series.csv:3: the row is larger than 60 KiB"),
    ],
)
def test_a_broken_table_is_one_sentence_with_its_line(write, content, sentence: str) -> None:
    with pytest.raises(Trouble) as trouble:
        sources.read_rows(write(content))
    assert sentence in str(trouble.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"there is no file .*nowhere\.csv"):
        sources.read_rows(tmp_path / "nowhere.csv")


def test_pieces_are_small_and_carry_every_row_in_its_order(write) -> None:
    text = "\n".join(f'{number},"{"x" * 900}"' for number in range(1, 301))
    rows = sources.read_rows(write(f"waifu_id,name\n{text}\n"))

    sent = list(sources.pieces([], rows, lenient=True, act=an_act()))

    assert all(piece.ByteSize() < 60 * 1024 and piece.lenient for piece in sent)
    assert [row.line for piece in sent for row in piece.waifus] == list(range(2, 302))


def test_a_banner_has_its_line_its_pool_and_its_times_in_utc(write) -> None:
    (entry,) = sources.read_banners(write(BANNER, "banners.toml"))

    assert entry.line == 2
    assert entry.message.is_active
    assert entry.message.items[0].drop_rate == 5000
    assert entry.message.start_time.ToJsonString() == "2026-02-28T17:00:00Z"


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("cost = 160", "cost = ", "at line 9"),
        ("cost = 160", 'price = "1"', 'banners.toml:2: Message type "geminya.economy.v1.Source'),
        ("cost = 160", 'cost = "much"', "banners.toml:2: Failed to parse cost"),
        ("T00:00:00Z", "T00:00:00", "has no time zone; write it like"),
        ("[[banner]]", "[[baner]]", "only [[banner]] belongs here, and there is baner"),
        (BANNER, "", "no [[banner]] found"),
    ],
)
def test_a_broken_banner_is_one_sentence(write, before: str, after: str, sentence: str) -> None:
    broken = BANNER.replace("[[banner.item]]", "[[banner.item]]").replace(before, after)
    if after == "[[baner]]":
        broken = broken.split("[[banner.item]]")[0]
    with pytest.raises(Trouble) as trouble:
        sources.read_banners(write(broken, "banners.toml"))
    assert sentence in str(trouble.value)


def test_text_that_is_not_utf8_is_named_with_its_line(write) -> None:
    with pytest.raises(Trouble, match=r"missions\.toml:3: the file is not UTF-8"):
        sources.read_missions(
            write(b'[[mission]]\nmission_id = "a"\nname = "\xff"', "missions.toml")
        )


def test_the_starter_content_can_be_read() -> None:
    root = Path(__file__).parents[3] / "content"
    assert len(sources.read_rows(root / "series.csv")) >= 12
    assert len(sources.read_rows(root / "waifus.csv")) >= 150
    assert len(sources.read_banners(root / "banners.toml")) >= 3
    assert sources.read_missions(root / "missions.toml")
    assert sources.read_bond(root / "bond.toml", root / "gifts.toml")


def test_two_files_are_one_document(write) -> None:
    document = sources.read_bond(
        write("levels = [0]", "bond.toml"), write('[gift.tea]\nname = "茶"', "gifts.toml")
    )

    assert document == '{"levels":[0],"gift":{"tea":{"name":"茶"}}}'


@pytest.mark.parametrize(
    ("bond", "gifts", "sentence"),
    [
        ("levels = ", "", r"bond\.toml: Invalid value"),
        ("levels = [0]", "levels = [1]", r"gifts\.toml: stands in .*bond\.toml too: levels"),
        ("day = 2026-01-01", "", r"bond\.toml: 2026-01-01 has no time zone"),
        (f'a = "{"x" * 60_000}"', "", r"longer than 60000 letters or 60 KiB"),
        (f'a = "{"花" * 21_000}"', "", r"longer than 60000 letters or 60 KiB"),
    ],
)
def test_a_broken_document_is_one_sentence(write, bond: str, gifts: str, sentence: str) -> None:
    with pytest.raises(Trouble, match=sentence):
        sources.read_bond(write(bond, "bond.toml"), write(gifts, "gifts.toml"))
