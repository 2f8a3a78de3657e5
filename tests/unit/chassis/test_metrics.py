"""When a certificate ends, as it is shown."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from chassis.metrics import end_of
from console.authority import Authority


def test_the_end_of_a_certificate_is_read_from_the_file_as_it_is_now(tmp_path: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    authority, file = Authority.made(now), tmp_path / "tls.crt"

    for days in (3, 90):
        file.write_bytes(authority.issue("users", now, timedelta(days=days)).certificate)
        assert end_of(file) == (now + timedelta(days=days)).timestamp()


def test_a_certificate_that_cannot_be_read_ended_long_ago(tmp_path: Path) -> None:
    broken = tmp_path / "tls.crt"
    broken.write_text("no certificate")

    assert end_of(broken) == end_of(tmp_path / "nothing.crt") == 0
