"""The house of the compose files as plain processes: the same commands, settings and order, without an engine.

What a container would find by its network and its mounts stands on loopback and in a folder here.
"""

import asyncio
import os
import random
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chassis.embedded import Embedded
from chassis.lifeline import tied
from chassis.settings import SERVICES
from tools.compose.files import rendered
from tools.compose.play import Trouble

POSTGRES = "postgres"
OPERATOR = "geminya"
WELL_S = 60.0
_BELOW_EPHEMERAL = range(20_000, 32_000)
"""No outgoing connection takes one of these while the process it belongs to is away."""

Service = Mapping[str, Any]


class Plain:
    """Everything that `compose.yaml` and the playground's overlay start, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = _free_ports()
        self._playground = next(ports)
        given = {"GEMINYA_PLAYGROUND_PORT": str(self._playground)}
        self.services: Mapping[str, Service] = rendered(("playground",), given=given)["services"]
        self._ports = {name: next(ports) for name in SERVICES}
        self._health = {name: next(ports) for name in self.services}
        self._metrics = {name: next(ports) for name in self.services}
        self._database = Embedded(folder / "database", next(ports))
        self._running: dict[str, asyncio.subprocess.Process] = {}

    @property
    def url(self) -> str:
        """The playground's address."""
        return f"http://127.0.0.1:{self._playground}"

    async def __aenter__(self) -> Self:
        try:
            # Before its turn: it makes its owner's password itself, and `setup` has to know that.
            await self._start(POSTGRES)
            await self._start_in_order()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        await asyncio.to_thread(self._database.stop)

    async def kill(self, part: str) -> None:
        """Ends a part at once."""
        if part == POSTGRES:
            assert self._database.process_id is not None
            os.kill(self._database.process_id, signal.SIGKILL)
            while self._database.process_id is not None:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
            return
        self._running[part].kill()
        await self._running[part].wait()

    async def revive(self, part: str) -> None:
        """Starts it again and waits until it is well."""
        await self._start(part)

    async def geminya(self, *arguments: str) -> tuple[int, str]:
        """The operator's command."""
        process = await self._run(OPERATOR, arguments, stdout=asyncio.subprocess.PIPE)
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    async def _start_in_order(self) -> None:
        """Each as soon as all are well that it depends on."""
        done = {name: asyncio.Event() for name in self.services}

        async def start(name: str) -> None:
            for needed in self.services[name].get("depends_on", {}):
                await done[needed].wait()
            await self._start(name)
            done[name].set()

        async with asyncio.TaskGroup() as group:
            for name, service in self.services.items():
                # Those behind a profile are only called.
                if not service.get("profiles"):
                    group.create_task(start(name))

    async def _start(self, name: str) -> None:
        service = self.services[name]
        if name == POSTGRES:
            await asyncio.to_thread(self._database.start)
            return
        process = await self._run(name, service["command"])
        if service["restart"] == "no":
            if await process.wait() != 0:
                raise Trouble(f"{name} ended with {process.returncode}:\n{self._said_by(name)}")
            return
        self._running[name] = process
        async with asyncio.timeout(WELL_S):
            await self._wait_until_well(name, process)

    async def _wait_until_well(self, name: str, process: asyncio.subprocess.Process) -> None:
        """Asks what the engine would ask."""
        _, *question = self.services[name]["healthcheck"]["test"]
        while await (await self._run(name, question[1:], program=question[0])).wait() != 0:
            if process.returncode is not None:
                raise Trouble(f"{name} ended with {process.returncode}:\n{self._said_by(name)}")
            await asyncio.sleep(0.1)

    async def _run(
        self,
        name: str,
        arguments: Iterator[str] | Any,
        *,
        program: str = OPERATOR,
        stdout: int | None = None,
    ) -> asyncio.subprocess.Process:
        here = self._here(name)
        found = str(Path(sys.executable).with_name(program))
        command = [found, *(_moved(word, here) for word in arguments)]
        with (self.folder / f"{name}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *tied(command, signal.SIGKILL),
                env=self._environment(name, here),
                cwd=self.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=stdout or log,
                stderr=log,
            )

    def _environment(self, name: str, here: Mapping[str, str]) -> dict[str, str]:
        told = self.services[name].get("environment") or {}
        ports = {f"GEMINYA_{service.upper()}_PORT": port for service, port in self._ports.items()}
        ports["GEMINYA_BOT_HEALTH_PORT"] = self._health[OPERATOR]
        if "GEMINYA_HEALTH_PORT" in told:
            ports["GEMINYA_HEALTH_PORT"] = self._health[name]
            ports["GEMINYA_METRICS_PORT"] = self._metrics[name]
        return (
            {"PATH": os.environ.get("PATH", ""), "HOME": str(self.folder)}
            | {key: _moved(str(value), here) for key, value in told.items()}
            | {key: str(port) for key, port in ports.items()}
            # The names of containers are known to their engine alone.
            | {key: "" for key in ("GEMINYA_PLAYGROUND_NAME",) if key in told}
        )

    def _here(self, name: str) -> dict[str, str]:
        """What stands where on this machine, by how it is called inside."""
        moved = {
            "0.0.0.0": "127.0.0.1",  # noqa: S104 - to be replaced
            f"http://playground:{self._playground}": self.url,
            # The embedded server has no TLS; over loopback nobody listens.
            _owner_in(self.services["setup"]): self._database.url,
        }
        for service, port in self._ports.items():
            told = self.services["migrate"]["environment"][f"GEMINYA_{service.upper()}_ADDRESS"]
            moved[told] = f"127.0.0.1:{port}"
        for mount in self.services[name].get("volumes", []):
            if mount["type"] == "volume":
                place = self.folder / mount["source"]
                place.mkdir(exist_ok=True, mode=0o700)
                moved[mount["target"]] = str(place)
        return moved | ({"/house": str(self.folder)} if name == "setup" else {})

    def _said_by(self, name: str) -> str:
        return "\n".join((self.folder / f"{name}.log").read_text().splitlines()[-10:])


def _owner_in(setup: Service) -> str:
    (option,) = [word for word in setup["command"] if word.startswith("--database=")]
    return option.removeprefix("--database=")


def _moved(text: str, here: Mapping[str, str]) -> str:
    """The longest names first: one may begin as another does."""
    for inside in sorted(here, key=len, reverse=True):
        text = text.replace(inside, here[inside])
    return text


def _free_ports() -> Iterator[int]:
    for port in random.sample(_BELOW_EPHEMERAL, k=len(_BELOW_EPHEMERAL)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            yield port
