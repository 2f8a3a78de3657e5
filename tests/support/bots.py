"""Bots as processes of their own, in front of the services and the box of an evening."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from chassis.settings import SERVICES
from console.health import service_trouble, wait_until_well
from console.house import BOT
from tests.support.evening import Evening
from tests.support.house import SECRET_KEY, GivenSettings
from tests.support.starter import free_ports

ENDED_S = 30.0
ROOT = Path(__file__).parents[2]


@dataclass
class Bots:
    """Bots that share the shards of the box."""

    evening: Evening
    folder: Path
    replicas: int
    ports: list[int] = field(default_factory=list)
    """Where each answers for its health, by ordinal: a part of its name."""
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, ordinal: int) -> None:
        """Starts a bot, or starts it again; it is not there yet."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("GEMINYA_")}
        house = self.evening.house
        settings = {
            "ENV": "dev",
            "DISCORD_URL": self.evening.box.url,
            "SECRET_KEY": SECRET_KEY,
            "SHARD_COUNT": str(self.evening.shards),
            "BOT_REPLICAS": str(self.replicas),
            "BOT_ORDINAL": str(ordinal),
            "BOT_HEALTH_PORT": str(self.ports[ordinal]),
            "DRAIN_S": "10",
            "DATA_DIR": str(self.folder),
        } | {f"{name.upper()}_ADDRESS": house.address_of(name) for name in SERVICES}
        with (self.folder / f"bot-{ordinal}.log").open("ab") as log:
            self.running[ordinal] = subprocess.Popen(
                [sys.executable, "-m", "gateway_bot"],
                cwd=ROOT,
                env=inherited | {f"GEMINYA_{name}": value for name, value in settings.items()},
                stdout=log,
                stderr=log,
            )

    def end(self, ordinal: int, number: signal.Signals = signal.SIGTERM) -> None:
        """Sends a bot a signal; of one that is killed nothing is left."""
        self.running[ordinal].send_signal(number)
        if number is signal.SIGKILL:
            self.running[ordinal].wait()

    async def restart(self, ordinal: int) -> None:
        """Ends a bot in order and starts it again; it serves, or stands by, afterwards."""
        self.end(ordinal)
        await asyncio.to_thread(self.running[ordinal].wait, ENDED_S)
        self.start(ordinal)
        settings = GivenSettings(
            env="dev", bot_health_port=self.ports[ordinal], data_dir=self.folder
        )
        await wait_until_well(partial(service_trouble, settings, BOT))


@contextmanager
def some_bots(evening: Evening, folder: Path, *, replicas: int, spares: int = 0) -> Iterator[Bots]:
    """Bots that were not started yet; none of them is left afterwards."""
    bots = Bots(evening, folder, replicas, free_ports(replicas + spares))
    try:
        yield bots
    finally:
        for process in bots.running.values():
            process.kill()
            process.wait()
