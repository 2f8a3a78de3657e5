"""What a log line gives away."""

import pytest
import structlog

from chassis import logs


def test_a_traceback_on_a_terminal_shows_no_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    before = structlog.get_config()
    logs.start("users")

    def connect(url: str) -> None:
        raise ValueError("no such place")

    try:
        connect("".join(["postgresql://owner:hun", "ter2"]))
    except ValueError as error:
        structlog.get_logger().error("call.failed", exc_info=error)
    finally:
        structlog.contextvars.clear_contextvars()
        structlog.configure(**before)

    shown = capsys.readouterr().err
    assert "no such place" in shown
    assert "hunter2" not in shown
