"""The house an operator starts, seen through its front door: the JSON API and nothing else."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.calls import until
from tests.support.starter import a_starter

SERVICES = {"gateway_bot", "economy", "users", "collection"}
MESSAGE = {"id", "content", "embeds", "components", "attachments", "ephemeral"}


@pytest.mark.timeout(120)
async def test_a_ten_summon_over_real_processes_is_answered_and_traced(tmp_path: Path) -> None:
    with a_starter(tmp_path) as starter:
        starter.start()
        await asyncio.to_thread(starter.wait_until_ready)
        async with aiohttp.ClientSession(starter.door) as http:
            await post(http, {"user": "mira", "command": "academy status"})
            answer = await post(http, {"user": "mira", "command": "summon ten", "options": {}})

            (said,) = answer["messages"]
            assert set(said) == MESSAGE
            (picture,) = said["attachments"]
            async with http.get(picture["url"]) as response:
                assert (await response.read())[:3] == b"\xff\xd8\xff"
            spans = await trace_of(http, answer["trace_id"])

        (root,) = [span for span in spans if span["parent_span_id"] is None]
        assert (root["name"], root["service"]) == ("/summon ten", "gateway_bot")
        assert {span["service"] for span in spans} == SERVICES


async def post(http: aiohttp.ClientSession, wish: dict[str, Any]) -> dict[str, Any]:
    async with http.post("/api/commands", json=wish) as response:
        assert response.status == 200, await response.text()
        return await response.json()


async def trace_of(http: aiohttp.ClientSession, trace_id: str) -> list[dict[str, Any]]:
    """The spans of a trace, once all of them have arrived, each by way of its own process."""
    spans: list[dict[str, Any]] = []

    async def is_whole() -> bool:
        async with http.get(f"/api/traces/{trace_id}") as response:
            spans[:] = (await response.json())["spans"] if response.status == 200 else []
        names, ids = {span["name"] for span in spans}, {span["span_id"] for span in spans}
        has_parents = all(span["parent_span_id"] in {*ids, None} for span in spans)
        return has_parents and {"/summon ten", "finish_operation", "apply", "grant"} <= names

    await until(is_whole)
    return spans
