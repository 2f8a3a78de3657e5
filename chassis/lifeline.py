"""Ties a program's life to its starter's: `python lifeline.py STARTER SIGNAL PROGRAM ARGUMENTS…`.

When the starter is gone, killed with -9 included, the program gets the signal. This file becomes
the program itself (`exec`), so process ids, exit codes and signals stay what they are. It imports
nothing of ours, because it runs bare and quickly (`python -I -S`).
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_LOOK_EVERY_S = 0.5


def tied(command: Sequence[str | Path], number: signal.Signals) -> list[str]:
    """The command line that runs `command` until it ends, or its starter (the caller) does.

    Start it from a thread that lives as long as the process: the kernel counts the thread's end.
    """
    here = [sys.executable, "-I", "-S", __file__, str(os.getpid()), number.name]
    return here + [str(part) for part in command]


def _tie(starter: int, number: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    else:
        _watch(starter, number)
    # The starter may have died before the tie was made; then nobody waits for this program.
    if os.getppid() != starter:
        sys.exit(1)


def _watch(starter: int, number: int) -> None:
    """Where the kernel has no such tie, a process beside the program looks after the starter."""
    program = os.getpid()
    if between := os.fork():
        _ = os.waitpid(between, 0)
        return
    if os.fork():
        os._exit(0)
    while _lives(program):
        if not _lives(starter):
            os.kill(program, number)
            break
        time.sleep(_LOOK_EVERY_S)
    os._exit(0)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    _tie(int(sys.argv[1]), signal.Signals[sys.argv[2]])
    os.execvp(sys.argv[3], sys.argv[3:])  # noqa: S606 - the starter gives the command, no shell reads it
