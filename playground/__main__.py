"""The box as a process of its own: `python -m playground`."""

import asyncio
import contextlib
import errno
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

from playground.app import HOST, Box

COMMANDS_SETTING = "GEMINYA_PLAYGROUND_COMMANDS"
"""A file that keeps the synced commands over a restart of the box alone; may be missing."""
PORT_SETTING = "GEMINYA_PLAYGROUND_PORT"
HOST_SETTING = "GEMINYA_PLAYGROUND_HOST"
NAME_SETTING = "GEMINYA_PLAYGROUND_NAME"
SHARDS_SETTING = "GEMINYA_SHARD_COUNT"
"""How many shards bots are told to begin with; there is a guild for each, within reason."""
DEFAULT_PORT = 8600
MOST_SHARDS, MOST_GUILDS = 100_000, 64
WRONG_SETTING = 2

log = structlog.get_logger()


def main() -> int:
    """Serves until it is told to stop; gives the exit code."""
    _set_up_logs()
    try:
        port = _number(PORT_SETTING, DEFAULT_PORT, 0, 65_535, "port")
        shards = _number(SHARDS_SETTING, 0, 0, MOST_SHARDS, "number of shards") or 1
        kept_in = os.environ.get(COMMANDS_SETTING)
        box = Box(
            port,
            commands_kept_in=Path(kept_in) if kept_in else None,
            host=os.environ.get(HOST_SETTING) or HOST,
            name=os.environ.get(NAME_SETTING, ""),
            shards=shards,
            guilds=min(shards, MOST_GUILDS),
        )
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(box))
    except _WrongSettingError as wrong:
        print(wrong, file=sys.stderr)  # noqa: T201 - for the person who started it
        return WRONG_SETTING
    return 0


class _WrongSettingError(Exception):
    """A setting that keeps the box from starting."""


def _number(name: str, default: int, least: int, most: int, noun: str) -> int:
    setting = os.environ.get(name)
    try:
        number = int(setting or default)
    except ValueError:
        number = least - 1
    if not least <= number <= most:
        raise _WrongSettingError(f"{name} is {setting!r}, which is no {noun}.")
    return number


async def _serve(box: Box) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        async with box:
            log.info("playground.serving", url=box.url, port=box.port)
            await stop.wait()
    except OSError as wrong:
        if wrong.errno != errno.EADDRINUSE:
            raise
        said = f"Port {box.port} is already in use; choose another one with {PORT_SETTING}."
        raise _WrongSettingError(said) from wrong
    log.info("playground.stopped")


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


def _set_up_logs() -> None:
    on_terminal = sys.stdout.isatty()
    shown = structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            shown,
        ],
    )


if __name__ == "__main__":
    sys.exit(main())
