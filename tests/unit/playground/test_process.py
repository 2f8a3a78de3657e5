"""The box as a process of its own."""

import asyncio
import json
import os
import signal
import sys
import time

import aiohttp
import pytest

from playground import Box

PORT_SETTING = "GEMINYA_PLAYGROUND_PORT"


async def start(port: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "playground",
        env={**os.environ, PORT_SETTING: str(port)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_when_it_serves_and_stops_quickly_with_everything_open(
    stop: signal.Signals,
) -> None:
    process = await start(0)
    serving = json.loads(await process.stdout.readline())
    assert serving["event"] == "playground.serving"
    async with (
        aiohttp.ClientSession(serving["url"]) as session,
        session.ws_connect("/gateway"),
        session.get("/api/events"),
    ):
        process.send_signal(stop)
        begun = time.monotonic()
        await asyncio.wait_for(process.wait(), 5)

    assert time.monotonic() - begun < 2
    assert process.returncode == 0
    assert await process.stderr.read() == b""


async def test_a_used_port_is_named_with_its_setting(box: Box) -> None:
    process = await start(box.port)
    _, said = await process.communicate()

    assert process.returncode == 2
    assert said.decode() == (
        f"Port {box.port} is already in use; choose another one with {PORT_SETTING}.\n"
    )


async def test_a_port_that_is_none_is_named(box: Box) -> None:
    process = await start("many")
    _, said = await process.communicate()

    assert (process.returncode, said.decode()) == (
        2,
        f"{PORT_SETTING} is 'many', which is no port.\n",
    )
