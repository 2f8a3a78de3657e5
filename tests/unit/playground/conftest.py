"""A box and a real bot in it."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
import structlog
import yarl

with warnings.catch_warnings():
    # The library imports `audioop`, which Python is about to drop.
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord

from playground import Box, Patience, Robot
from tests.support.discord_openapi import Description, description_path
from tests.unit.playground.house_bot import HouseBot

TOKEN = "playground"


@pytest.fixture(autouse=True)
def quiet_logs() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
async def box() -> AsyncIterator[Box]:
    async with Box(port=0, patience=Patience(trace_s=0)) as box:
        yield box


@pytest.fixture
def impatient(box: Box) -> None:
    """Does not wait for seconds until a bot counts as silent."""
    box.visitors.patience = Patience(acknowledge_s=0.5, answer_s=1.0)


@pytest.fixture
async def bot(
    box: Box, monkeypatch: pytest.MonkeyPatch, discord_description: Description | None
) -> AsyncIterator[HouseBot]:
    gateway = yarl.URL(box.url.replace("http", "ws") + "/gateway")
    monkeypatch.setattr(discord.http.Route, "BASE", f"{box.url}/api/v10")
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    bot = HouseBot()
    running = asyncio.create_task(bot.start(TOKEN))
    await box.bot_ready()
    yield bot
    await bot.close()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    if discord_description is not None:
        assert discord_description.complaints(box.exchanges) == []


@pytest.fixture
def alice(box: Box, bot: HouseBot) -> Robot:
    return Robot(box.url, "alice")


@pytest.fixture
def bob(box: Box, bot: HouseBot) -> Robot:
    return Robot(box.url, "bob")


@pytest.fixture
async def http(box: Box) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(box.url) as session:
        yield session


@pytest.fixture(scope="session")
def discord_description() -> Description | None:
    path = description_path()
    return Description(path) if path else None
