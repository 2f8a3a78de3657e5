"""Two processes of each service on one database, as machines of a cluster run them: by certificate, in production."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.lifeline import tied
from chassis.settings import SERVICES, Settings
from console import certs, health
from tests.support.house import SECRET_KEY, GivenSettings
from tests.support.pg import Clone
from tests.support.starter import free_ports

ROOT = Path(__file__).parents[2]
READY_S = 60.0
END_S = 30.0


class Replica:
    """One process of a service."""

    def __init__(self, service: str, port: int, environment: dict[str, str], folder: Path) -> None:
        self.service = service
        self.port = port
        self.log = folder / f"{service}-{port}.log"
        self._environment = environment
        alone = {f"{service}_address": f"127.0.0.1:{port}", "data_dir": folder}
        self.asked: Settings = GivenSettings(**alone)  # type: ignore[arg-type]
        """What who calls this one alone is told."""
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Starts it, and waits until it serves."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *tied([sys.executable, "-m", f"services.{self.service}"], signal.SIGKILL),
                cwd=ROOT, env=self._environment, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        async with asyncio.timeout(READY_S):
            await health.wait_until_well(self._trouble)

    async def stop(self) -> None:
        """Asks it to leave, as a deployment does, and waits until it is gone."""
        assert self._process is not None
        self._process.terminate()
        code = await asyncio.wait_for(self._process.wait(), END_S)
        assert code == 0, self.log.read_text()[-2000:]

    async def restart(self) -> None:
        """Out and in again."""
        await self.stop()
        await self.start()

    async def kill(self) -> None:
        """Ends it at once, as a machine that loses its power."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def _trouble(self) -> str:
        assert self._process is not None
        assert self._process.returncode is None, self.log.read_text()[-2000:]
        return await health.service_trouble(self.asked, self.service)


class Replicas:
    """Two of each service; every one of them calls the others by an address of both."""

    def __init__(self, clone: Clone, folder: Path, **settings: str) -> None:
        certs.make(folder / "certs")
        ports = free_ports(2 * len(SERVICES))
        pairs = {name: (ports.pop(), ports.pop()) for name in SERVICES}
        self.addresses = {
            name: f"ipv4:127.0.0.1:{one},127.0.0.1:{other}" for name, (one, other) in pairs.items()
        }
        self._folder = folder
        told = {k: v for k, v in os.environ.items() if not k.startswith("GEMINYA_")}
        told |= {"GEMINYA_SECRET_KEY": SECRET_KEY, "PYTHONUNBUFFERED": "1"}
        told |= {f"GEMINYA_{name.upper()}_ADDRESS": at for name, at in self.addresses.items()}
        told |= {f"GEMINYA_{name.upper()}": value for name, value in settings.items()}
        self.of = {
            name: [
                Replica(name, port, told | self._own(clone, name, port), folder) for port in pair
            ]
            for name, pair in pairs.items()
        }

    def _own(self, clone: Clone, name: str, port: int) -> dict[str, str]:
        return {
            f"GEMINYA_{name.upper()}_PORT": str(port),
            f"GEMINYA_{name.upper()}_DATABASE_URL": clone.url_of(name),
            "GEMINYA_TLS_DIR": str(self._folder / "certs" / name),
        }

    @property
    def settings(self) -> Settings:
        """What who calls them is told."""
        given = {f"{name}_address": at for name, at in self.addresses.items()}
        return GivenSettings(data_dir=self._folder, **given)  # type: ignore[arg-type]

    def all(self) -> list[Replica]:
        """Every one of them."""
        return [replica for pair in self.of.values() for replica in pair]


@asynccontextmanager
async def two_of_each(clone: Clone, folder: Path, **settings: str) -> AsyncIterator[Replicas]:
    """Two processes of every service, all of them serving."""
    replicas = Replicas(clone, folder, **settings)
    try:
        await asyncio.gather(*(replica.start() for replica in replicas.all()))
        yield replicas
    finally:
        await asyncio.gather(*(replica.kill() for replica in replicas.all()))
