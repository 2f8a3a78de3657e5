"""Lines of who was erased: read from journals and logs, whatever else is in them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.settings import SettingsError
from console.erasures import Erasure, fresh, in_file
from console.trouble import Trouble
from services.users.account import erased

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def an_erasure(op_id: str = "5f0c1a52-0000-4000-8000-000000000001", days: int = 0) -> Erasure:
    return Erasure(7, 2, op_id, b"\x01\xff", NOW - timedelta(days=days))


async def test_what_users_writes_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "erasures.jsonl"
    journal = erased.Journal(file)
    await journal.open()
    assert in_file(file) == []

    await journal.tell(erased.Erasure(7, 2, an_erasure().op_id, b"\x01\xff"))

    [read] = in_file(file)
    assert (read.user_id, read.epoch, read.op_id, read.discord_hash) == (
        7, 2, an_erasure().op_id, b"\x01\xff",
    )  # fmt: skip
    assert datetime.now(UTC) - read.erased_at < timedelta(minutes=1)


async def test_half_a_line_of_a_crash_hides_nothing_after_it(tmp_path: Path) -> None:
    file = tmp_path / "erasures.jsonl"
    file.write_text(an_erasure().line()[:40])

    await erased.Journal(file).tell(erased.Erasure(8, 1, an_erasure().op_id, b"\x02"))

    assert [one.user_id for one in in_file(file)] == [8]


def test_a_log_has_other_lines_too(tmp_path: Path) -> None:
    file = tmp_path / "users.log"
    file.write_text(
        f'{{"event": "process.ready"}}\nPlain words\npod/users-1 {an_erasure().line()}\n'
    )

    assert in_file(file) == [an_erasure()]


def test_a_line_that_lacks_something_is_not_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "erasures.jsonl"
    file.write_text('{"event": "player.erased", "user_id": 7}\n')

    with pytest.raises(Trouble, match="cannot be read"):
        in_file(file)


def test_what_everybody_has_forgotten_is_not_done_again() -> None:
    old, young = an_erasure("old", days=181), an_erasure("young", days=179)

    assert fresh([old, young, young], NOW) == {"young": young}


async def test_a_journal_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="GEMINYA_ERASURE_JOURNAL"):
        await erased.Journal(tmp_path / "nowhere" / "erasures.jsonl").open()
