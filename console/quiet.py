"""The four services alone: on loopback, at ports nobody knows, closed to players.

A restore lets them finish what was under way when the backup was made, before anybody may play on it.
"""

import asyncio
import contextlib
import functools
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from pydantic import SecretStr

from chassis.settings import SERVICES, Settings
from console import certs, health
from console.addresses import database_of, login_passwords, with_database, with_login
from console.house import JOURNAL, TAG, Process, processes
from console.supervisor import Child
from console.trouble import Trouble

READY_S = 300.0
"""A machine on which something has just gone wrong may be busy."""
END_S = 10.0
CERTS = "certs"


@contextlib.asynccontextmanager
async def quiet_house(
    settings: Settings, owners: Mapping[str, str], key: str
) -> AsyncIterator[Settings]:
    """The services on these databases, and the settings with which they are called."""
    with tempfile.TemporaryDirectory(prefix="geminya-") as folder:
        # An authority for these few seconds: nobody outside can be one of them.
        certs.make(Path(folder) / CERTS)
        alone = _alone(settings, owners, key, Path(folder) / CERTS)
        children = [Child(one, Path(folder), _silent) for one in _planned(settings, alone, owners)]
        keepers: list[asyncio.Future[None]] = []
        try:
            for child in children:
                await child.start()
                keepers.append(asyncio.ensure_future(child.keep(is_ready=lambda: False)))
            await _until_ready(alone, children, keepers)
            yield alone
        finally:
            for child in children:
                child.is_needed = False
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            await asyncio.gather(*(child.stop(END_S) for child in children))


def _alone(settings: Settings, owners: Mapping[str, str], key: str, folder: Path) -> Settings:
    passwords = login_passwords(settings)
    facts: dict[str, object] = {"env": "dev", "host": "127.0.0.1"}
    facts |= {"tls_dir": folder / certs.OPERATOR}
    facts |= {"secret_key": SecretStr(key), "otlp_endpoint": ""}
    for service, port in zip(SERVICES, _free_ports(len(SERVICES)), strict=True):
        role, given = f"{service}_login", getattr(settings, f"{service}_database_url")
        # A pooler may not know this database; only who comes by a role of their own has to pass it.
        url = (
            with_login(owners[service], role, passwords[role])
            if role in passwords
            else with_database(given.get_secret_value(), database_of(owners[service]))
        )
        facts |= {f"{service}_port": port, f"{service}_address": ""}
        facts[f"{service}_database_url"] = SecretStr(url)
    return settings.model_copy(update=facts)


def _planned(settings: Settings, alone: Settings, owners: Mapping[str, str]) -> list[Process]:
    journal = settings.erasure_journal or settings.data_dir / JOURNAL
    planned: list[Process] = []
    assert alone.tls_dir is not None
    for process in processes(alone, owners):
        if process.name not in SERVICES:
            continue
        environment = {**process.environment, TAG: f"restore by {os.getpid()}"}
        environment |= {"GEMINYA_ENV": "dev", "GEMINYA_HOST": "127.0.0.1"}
        environment |= {"GEMINYA_HEALTH_PORT": "0", "GEMINYA_METRICS_PORT": "0"}
        environment |= {"GEMINYA_OTLP_ENDPOINT": ""}
        environment |= {
            f"GEMINYA_{name.upper()}_PORT": str(alone.port_of(name)) for name in SERVICES
        }
        environment["GEMINYA_TLS_DIR"] = str(alone.tls_dir.with_name(process.name))
        if not journal.exists():
            environment.pop("GEMINYA_ERASURE_JOURNAL", None)
        planned.append(Process(process.name, process.module, environment))
    return planned


async def _until_ready(
    alone: Settings, children: list[Child], keepers: list[asyncio.Future[None]]
) -> None:
    asks = [functools.partial(health.service_trouble, alone, name) for name in SERVICES]
    waits = asyncio.gather(*(health.wait_until_well(ask) for ask in asks))
    done, _ = await asyncio.wait(
        {waits, *keepers}, timeout=READY_S, return_when=asyncio.FIRST_COMPLETED
    )
    if waits in done:
        return
    waits.cancel()
    await asyncio.gather(waits, return_exceptions=True)
    for keeper in done:
        keeper.result()
    said = "\n".join(f"{child.name}:\n{child.last_lines()}" for child in children)
    raise Trouble(
        f"the services did not get ready on the restored data within {READY_S:g} s\n{said}"
    )


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _silent(_: str) -> None:
    """What dies is told of by the restore itself."""
