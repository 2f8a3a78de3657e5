"""The question after a container's health, asked of a real health service."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer

from playground import Box

SERVING, NOT_SERVING = (
    health_pb2.HealthCheckResponse.SERVING,
    health_pb2.HealthCheckResponse.NOT_SERVING,
)


@pytest.fixture
async def health() -> AsyncIterator[tuple[HealthServicer, int]]:
    servicer, server = HealthServicer(), grpc.aio.server()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield servicer, port
    await server.stop(None)


async def ask(*arguments: str, port: int = 0) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "console.probe", *arguments,
        env=os.environ | {"GEMINYA_HEALTH_PORT": str(port)},
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    return process.returncode, said.decode()


async def test_it_tells_who_serves_from_who_does_not(health: tuple[HealthServicer, int]) -> None:
    servicer, port = health

    await servicer.set("", SERVING)
    assert await ask(port=port) == (0, "")

    await servicer.set("", NOT_SERVING)
    assert await ask(port=port) == (1, "")


async def test_nobody_there_is_not_well_and_says_so() -> None:
    code, said = await ask(port=1)

    assert code == 1
    assert "UNAVAILABLE" in said


async def test_a_page_is_well_when_it_opens() -> None:
    async with Box() as box:
        assert await ask(f"{box.url}/healthz") == (0, "")
        code, said = await ask(f"{box.url}/nothing")

    assert (code, "404" in said) == (1, True)
