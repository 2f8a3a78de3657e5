"""The house of the compose files in containers, on the Docker engine that answers here."""

import asyncio
import os
import secrets
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from tools.compose.files import ROOT, command, rendered
from tools.compose.play import Trouble

OPERATOR = "geminya"
BUILT = "setup"
"""The service that builds the image."""
WELL_S = 120.0
PULL_S = 300.0


async def answers() -> bool:
    """Whether there is an engine."""
    try:
        return (await _run(["docker", "info", "--format", "{{.ServerVersion}}"]))[0] == 0
    except OSError:
        return False


async def missing_image(overlays: Sequence[str]) -> str:
    """An image of somebody else's that is not here and cannot be had; empty when all are there."""
    services = rendered(overlays, given=_chosen())["services"].values()
    builds = [service["build"] for service in services if "build" in service]
    bases = {build["args"]["BASE"] for build in builds}
    theirs = {service["image"] for service in services if "build" not in service}
    ours = {service["image"] for service in services if "build" in service}
    for image in sorted(bases | theirs - ours):
        if (await _run(["docker", "image", "inspect", image]))[0] == 0:
            continue
        try:
            async with asyncio.timeout(PULL_S):
                code, _ = await _run(["docker", "pull", "--quiet", image])
        except TimeoutError:
            code = 1
        if code != 0:
            return image
    return ""


class Containers:
    """A house of its own beside any other: another project, other volumes, another port."""

    def __init__(self, overlays: Sequence[str]) -> None:
        self._overlays = overlays
        self._port = 20_000 + secrets.randbelow(12_000)
        self._environment = os.environ | {
            "COMPOSE_PROJECT_NAME": f"geminya-trial-{secrets.token_hex(3)}",
            "GEMINYA_PLAYGROUND_PORT": str(self._port),
        }

    @property
    def url(self) -> str:
        """The playground's address."""
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Self:
        try:
            await self._compose("up", "--detach", "--quiet-pull")
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
        await self._compose("down", "--volumes", "--timeout", "10")

    async def image(self) -> str:
        """The image and its size."""
        name = rendered((), given=_chosen())["services"][BUILT]["image"]
        _, size = await _run(["docker", "image", "inspect", "--format", "{{.Size}}", name])
        return f"{name}, {int(size) / 1e6:.0f} MB"

    async def kill(self, part: str) -> None:
        """Ends a container at once; who kills by hand starts again by hand."""
        await self._compose("kill", "--signal", "KILL", part)

    async def revive(self, part: str) -> None:
        """Starts it again and waits until it is well."""
        container = (await self._compose("ps", "--all", "--quiet", part)).strip()
        await _done(["docker", "start", container])
        async with asyncio.timeout(WELL_S):
            while not await self._is_well(container):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.5)

    async def geminya(self, *arguments: str) -> tuple[int, str]:
        """The operator's command, in a container of its own."""
        words = command(
            self._overlays, "run", "--rm", "--no-TTY", "--no-deps", OPERATOR, *arguments
        )
        return await _run(words, self._environment)

    async def _is_well(self, container: str) -> bool:
        state = "{{.State.Health.Status}}"
        said = await _done(["docker", "inspect", "--format", state, container])
        return said.strip() == "healthy"

    async def _compose(self, *arguments: str) -> str:
        return await _done(command(self._overlays, *arguments), self._environment)


def _chosen() -> dict[str, str]:
    """Images that somebody has put in the place of the usual ones."""
    names = ("GEMINYA_IMAGE", "GEMINYA_BASE", "POSTGRES_IMAGE", "PGBOUNCER_IMAGE", "PGBOUNCER_BASE")
    return {name: os.environ[name] for name in names if name in os.environ}


async def _done(words: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    code, said = await _run(words, environment, with_errors=True)
    if code != 0:
        raise Trouble(f"{' '.join(words)} ended with {code}:\n{said}")
    return said


async def _run(
    words: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    with_errors: bool = False,
) -> tuple[int, str]:
    quiet = asyncio.subprocess.STDOUT if with_errors else asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=ROOT,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=quiet,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()
