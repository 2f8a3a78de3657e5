"""`geminya …` in a process of its own, forked from one that has imported everything already.

Importing takes a second of a processor, and tests of the console run hundreds of commands. A fork has its own memory,
environment, folder and exit code, and begins in no time. Run as a module this is the process that forks.
"""

import asyncio
import atexit
import functools
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BACKLOG = 64


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


async def geminya(*words: str, folder: Path, environment: Mapping[str, str]) -> Ended:
    """Runs a command to its end."""
    reader, writer = await asyncio.open_unix_connection(str(_forker()))
    asked = {"words": words, "folder": str(folder), "environment": dict(environment)}
    writer.write(json.dumps(asked).encode())
    writer.write_eof()
    answer = await reader.read()
    writer.close()
    return Ended(**json.loads(answer))


@functools.cache
def _forker() -> Path:
    """Starts the process that forks, once for this process; gives where it listens."""
    folder = Path(tempfile.mkdtemp(prefix="geminya-forks-"))
    place = folder / "socket"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.forks", str(place)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"

    def end(process: subprocess.Popen[bytes] = process) -> None:
        process.communicate()
        shutil.rmtree(folder)

    atexit.register(end)
    return place


def fork_for_all(place: str) -> None:
    """Listens, and forks for whoever comes; ends with the process that started this one."""
    import console.main  # noqa: F401 - this is what forks need not do again

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(place)
    listener.listen(BACKLOG)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        readable, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in readable:
            return
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _answer(connection)
            os._exit(0)
        connection.close()


def _answer(connection: socket.socket) -> None:
    """Runs what is asked for in a child, and tells how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection, connection.makefile("rb") as stream:
        asked = json.loads(stream.read())
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            child = os.fork()
            if child == 0:
                connection.close()
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                _run(asked["words"], asked["folder"], asked["environment"])
            _, status = os.waitpid(child, 0)
            told = {"code": os.waitstatus_to_exitcode(status)}
            for name, file in (("out", out), ("err", err)):
                file.seek(0)
                told[name] = file.read().decode()
        connection.sendall(json.dumps(told).encode())


def _run(words: list[str], folder: str, environment: dict[str, str]) -> None:
    """The command itself; never comes back."""
    from console.main import main

    code = 1
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["geminya", *words]
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    fork_for_all(sys.argv[1])
