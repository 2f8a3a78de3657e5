"""PostgreSQL's own programs at work: a dump of each schema, and each dump put back."""

import asyncio
import contextlib
import os
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from chassis.embedded import client_major, find_client
from chassis.settings import Settings
from console.bridge import without_tls
from console.trouble import Trouble

T = TypeVar("T")
QUICK = "1"
"""Level of compression: a tenth larger than the usual one, in a third of its time."""
_TABLE = re.compile(r'(?:dumping contents of|processing data for) table "(.+)"')
_LAST_LINES = 6
_NEWER_SETTING = "transaction_timeout"
"""A pg_restore of 17 or newer sets it first. A server before 17 does not know it, and has no such limit to lift."""
_KNOWS_IT = 17

Done = Callable[[str], None]
"""Told of every table that is done."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program of PostgreSQL for one server."""

    path: Path
    url: str

    async def run(
        self,
        words: list[str],
        done: Done,
        is_forgiven: Callable[[list[str]], bool] = lambda said: False,
    ) -> None:
        """Runs it to its end; what it says when it fails, and is not forgiven for, is the `Trouble`."""
        async with without_tls(self.url) as url:
            process = await asyncio.create_subprocess_exec(
                *(str(self.path), "--no-password", "--verbose", "--dbname", _bare(url), *words),
                # A password does not belong on a command line, where everybody can read it.
                env=os.environ
                # What it says is read here, so it says it in English.
                | {"PGPASSWORD": unquote(urlsplit(url).password or ""), "LC_ALL": "C"},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )
            try:
                said = [line async for line in _lines_of(process, done)]
            except BaseException:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                raise
            if await process.wait() != 0 and not is_forgiven(said):
                wrong = [line for line in said if "error" in line.lower()] or said
                raise Trouble(f"{self.path.name} failed: {' '.join(wrong[-_LAST_LINES:])}")


def program(name: str, settings: Settings, url: str, major: int) -> Program:
    """A program that can speak to this server; `major` is the least version that will do."""
    return Program(find_client(name, major, settings.postgres_bin), url)


async def dump(tool: Program, schema: str, snapshot: str, folder: Path, done: Done) -> None:
    """One schema as it stood at the moment of the snapshot."""
    words = ["--format=directory", f"--file={folder}", f"--compress={QUICK}"]
    words += [f"--schema={schema}", f"--snapshot={snapshot}"]
    # A migration that has a table for itself is waited for, but not for ever.
    await tool.run([*words, "--lock-wait-timeout=30s"], done)


async def put_back(tool: Program, folder: Path, server: int, done: Done) -> None:
    """The schema of a dump, in a database that does not have it; `server` is its major version."""
    if server < _KNOWS_IT <= (client_major(tool.path) or 0):
        await tool.run([str(folder)], done, _failed_at_newer_setting_only)
    else:
        await tool.run(["--exit-on-error", str(folder)], done)


def _failed_at_newer_setting_only(said: list[str]) -> bool:
    """Whether all went well but the one command of which an older server knows nothing."""
    return (
        "pg_restore: warning: errors ignored on restore: 1" in said
        and f"Command was: SET {_NEWER_SETTING} = 0;" in said
    )


@contextlib.contextmanager
def bar(title: str, sizes: dict[str, int]) -> Iterator[Done]:
    """A bar that moves with every table, by its size; on a terminal only."""
    columns = (TextColumn(title), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as on:
        # An empty table is some work too.
        task = on.add_task(title, total=sum(size + 1 for size in sizes.values()))
        yield lambda table: on.update(task, advance=sizes.get(table, 0) + 1)


async def together(*works: Coroutine[Any, Any, T]) -> list[T]:
    """All of them at once; the first that fails ends the others, and its reason is told plainly."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except BaseExceptionGroup as failed:
        first: BaseException = failed
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None
    return [task.result() for task in tasks]


def _bare(url: str) -> str:
    """The address without its password."""
    parts = urlsplit(url)
    user, _, place = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{place}" if user else place
    return urlunsplit(parts._replace(netloc=netloc))


async def _lines_of(process: asyncio.subprocess.Process, done: Done) -> AsyncIterator[str]:
    """What the program says; with each table that begins, the one before is done."""
    assert process.stderr is not None
    before = ""
    async for raw in process.stderr:
        line = raw.decode(errors="replace").strip()
        if found := _TABLE.search(line):
            if before:
                done(before)
            before = found[1].replace('"', "")
        yield line
    if before:
        done(before)
