"""The ground that is measured on: a house of its own, the raw chain, and what they cost the machine."""

import asyncio
import contextlib
import os
import platform
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import uvloop

from chassis.postgres import admin_connection
from chassis.settings import SERVICES
from console.addresses import owner_url, with_login
from tests.bench.chain import channel_to
from tests.support.starter import READY_S, ROOT, Starter, a_starter, free_ports

GENEROUS = {
    # One player's limits are not what is measured.
    "GEMINYA_MAX_CHANGES_PER_10_S": "100000",
    "GEMINYA_MAX_OPEN_OPERATIONS": "1000",
}
RAW_PASSWORD = "raw"


@contextlib.contextmanager
def a_house(folder: Path) -> Iterator[Starter]:
    """A house that is not started yet, with its data on the disk."""
    with a_starter(folder, **GENEROUS) as starter:
        yield starter


@asynccontextmanager
async def the_raw_chain(starter: Starter) -> AsyncIterator[str]:
    """Three bare servers on the database of the house; the address of the first."""
    with owner_url(starter.told) as owner:
        async with admin_connection(owner) as admin:
            for service in ("users", "collection", "economy"):
                # Rights and places of the real one; the real one keeps its password.
                await admin.run(f"DROP ROLE IF EXISTS raw_{service}")
                await admin.run(
                    f"CREATE ROLE raw_{service} LOGIN PASSWORD '{RAW_PASSWORD}' "
                    f"IN ROLE {service}_login"
                )
                await admin.run(f"ALTER ROLE raw_{service} SET search_path = {service}")
                await admin.run(f"GRANT CONNECT ON DATABASE geminya TO raw_{service}")
        ports = [str(port) for port in free_ports(3)]
        users, collection = (f"127.0.0.1:{port}" for port in ports[:2])
        peers = {"economy": (users, collection)}
        certs = starter.data_dir / "certs"
        processes = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.bench.chain", role, port),
                *(with_login(owner, f"raw_{role}", RAW_PASSWORD), str(certs / role)),
                *peers.get(role, ()),
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
            for role, port in zip(("users", "collection", "economy"), ports, strict=True)
        ]
        try:
            for role, port in zip(("users", "collection", "economy"), ports, strict=True):
                async with channel_to(role, f"127.0.0.1:{port}", certs / "bot") as channel:
                    await asyncio.wait_for(channel.channel_ready(), READY_S)
            yield f"127.0.0.1:{ports[2]}"
        finally:
            for process in processes:
                process.terminate()
            await asyncio.gather(*(process.wait() for process in processes))


def spent_ms(starter: Starter) -> dict[str, float]:
    """Milliseconds of processor that each part of the house has had."""
    spent: dict[str, float] = {}
    for number, command in starter.processes().items():
        with contextlib.suppress(OSError):
            name = part_of(command)
            tasks = Path(f"/proc/{number}/task").glob("*/schedstat")
            had = sum(int(task.read_text().split()[0]) for task in tasks) / 1e6
            spent[name] = spent.get(name, 0.0) + had
    return spent


def database_spent_ms(starter: Starter) -> float:
    """The same of PostgreSQL, whose processes carry no name of the house."""
    folder = str(starter.data_dir / "postgres" / "cluster")
    had = 0.0
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(entry / "cwd") == folder:
                had += int((entry / "schedstat").read_text().split()[0]) / 1e6
    return had


def memory_mib(starter: Starter) -> Mapping[str, float]:
    """What each service holds in memory, as the kernel counts it."""
    held: dict[str, float] = {}
    for number, command in starter.processes().items():
        name = part_of(command)
        if name in SERVICES:
            status = Path(f"/proc/{number}/status").read_text()
            [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
            held[name] = max(held.get(name, 0.0), int(line.split()[1]) / 1024)
    return held


def part_of(command: str) -> str:
    """Which part of the house a process is."""
    module = command.strip().rpartition(" ")[2]
    return module.rpartition(".")[2] if "-m " in command else "other"


def the_machine() -> list[str]:
    """What was measured on."""
    model = "unknown processor"
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        model = named[0] if named else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[0]
    return [
        f"{os.cpu_count()} processors ({model}), {memory:.0f} GiB of memory, "
        f"{platform.system()} {platform.release()}",
        f"CPython {platform.python_version()}, uvloop {uvloop.__version__}, "
        "everything on one machine, PostgreSQL with fsync",
        f"load of the machine when it began: {load:.1f}",
    ]
