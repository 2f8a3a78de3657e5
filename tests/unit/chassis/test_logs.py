"""What a log line gives away."""

import json
import subprocess
import sys

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


def test_what_a_library_says_is_a_line_like_all_others() -> None:
    program = """
import logging
from chassis import logs
logs.start("bot")
logging.getLogger("discord.gateway").warning("late by %.1f s", 41.3)
try:
    raise ValueError("why")
except ValueError:
    logging.getLogger("asyncio").exception("never retrieved")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )

    late, lost = map(json.loads, done.stderr.splitlines())
    assert (late["level"], late["library"], late["said"], late["service"]) == (
        "warning",
        "discord.gateway",
        "late by 41.3 s",
        "bot",
    )
    assert (lost["level"], lost["said"], lost["event"]) == (
        "error",
        "never retrieved",
        "library.said",
    )
    assert "ValueError: why" in lost["exception"]
