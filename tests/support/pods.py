"""Pods of the manifests as plain processes of this machine: the same words, settings and files, other places."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chassis.settings import SERVICES
from console.certs import make
from tests.support.kubernetes import Object, Workload, of_kind, workloads

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Pods:
    """The workloads of a cluster, each to be started by its name."""

    objects: list[Object]
    folder: Path
    database: Callable[[str], str]
    """What the address in a secret is here."""
    ports: Mapping[str, int] = field(init=False)
    """Of every service, and of the health of every process."""

    def __post_init__(self) -> None:
        """Makes the certificates, and finds places for everybody."""
        make(self.folder / "tls")
        names = [load.name for load in workloads(self.objects)]
        self.ports = dict(
            zip(
                [*(f"{name} health" for name in names), *names],
                free_ports(2 * len(names)),
                strict=True,
            )
        )

    def load(self, name: str) -> Workload:
        """The workload of a name."""
        return next(load for load in workloads(self.objects) if load.name == name)

    def start(self, name: str, first: bool = False) -> subprocess.Popen[bytes]:
        """Its container, or the one that comes before."""
        load = self.load(name)
        container = load.pod["initContainers"][0] if first else load.main
        command = [sys.executable, "-m", "console.main", *container["args"]]
        environment = self.environment(load, container)
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=log, stderr=log
            )

    def environment(self, load: Workload, container: Object) -> dict[str, str]:
        """What the container is told, moved to this machine."""
        told: dict[str, str] = {}
        for source in container.get("envFrom", ()):
            told |= of_kind(self.objects, "ConfigMap")[source["configMapRef"]["name"]]["data"]
        for variable in container.get("env", ()):
            # The one that has no value is the number of the pod.
            told[variable["name"]] = variable.get("value", "0")
        told |= {
            name: str(self.place(load, Path(value))) if value.startswith("/") else value
            for name, value in told.items()
        }
        for service in SERVICES:
            told[f"GEMINYA_{service.upper()}_PORT"] = str(self.ports[service])
            if f"GEMINYA_{service.upper()}_ADDRESS" in told:
                address = told[f"GEMINYA_{service.upper()}_ADDRESS"]
                assert address.startswith(f"dns:///{service}:")
                told[f"GEMINYA_{service.upper()}_ADDRESS"] = f"127.0.0.1:{self.ports[service]}"
        box = f"127.0.0.1:{self.ports['playground']}"
        here = {
            "GEMINYA_HOST": "127.0.0.1",
            "GEMINYA_HEALTH_PORT": str(self.ports[f"{load.name} health"]),
            "GEMINYA_BOT_HEALTH_PORT": "0",
            "GEMINYA_METRICS_PORT": "0",
            "GEMINYA_PLAYGROUND_HOST": "127.0.0.1",
            "GEMINYA_PLAYGROUND_NAME": "127.0.0.1",
            "GEMINYA_PLAYGROUND_PORT": str(self.ports["playground"]),
        }
        told |= {
            name: value for name, value in here.items() if name != "GEMINYA_HOST" or name in told
        }
        told = {name: value.replace("playground:8600", box) for name, value in told.items()}
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith("GEMINYA_")
        }
        return kept | told | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "gen")])}

    def place(self, load: Workload, path: Path) -> Path:
        """A folder of a pod, here."""
        if path == Path("/run/tls"):
            return self.folder / "tls" / load.labels.get("geminya/caller", "nobody")
        here = self.folder / load.name / path.name
        here.mkdir(parents=True, exist_ok=True)
        if path == Path("/run/secrets/geminya"):
            secrets = of_kind(self.objects, "Secret")
            for name, is_optional in load.secret_names():
                if name.startswith("tls-") or (is_optional and name not in secrets):
                    continue
                for file, value in secrets[name]["stringData"].items():
                    (here / file).write_text(self.database(value))
        return here


def free_ports(count: int) -> list[int]:
    """Ports that nobody has now, all different."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    found = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return found
