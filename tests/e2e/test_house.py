"""The house an operator starts, seen through its front door: the JSON API and nothing else."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from chassis.settings import SERVICES as JOBS
from tests.support.calls import until
from tests.support.promql import family, queries, recorded
from tests.support.starter import a_starter, free_ports_in_a_row

SERVICES = {"gateway_bot", "economy", "users", "collection"}
MESSAGE = {"id", "content", "embeds", "components", "attachments", "ephemeral"}


@pytest.mark.timeout(120)
async def test_a_ten_summon_over_real_processes_is_answered_and_traced(tmp_path: Path) -> None:
    first = free_ports_in_a_row(5)
    with a_starter(tmp_path, GEMINYA_METRICS_PORT=str(first)) as starter:
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
            shown = {job: await metrics_at(http, first + n) for n, job in enumerate((*JOBS, "bot"))}

        (root,) = [span for span in spans if span["parent_span_id"] is None]
        assert (root["name"], root["service"]) == ("/summon ten", "gateway_bot")
        assert {span["service"] for span in spans} == SERVICES
        assert {name for names in shown.values() for name in names} >= asked_of_processes()
        assert all("process_resident_memory_bytes" in names for names in shown.values())
        # From a bar of the histogram to the trace, and from the trace to the lines of every process.
        assert answer["trace_id"] in exemplars(shown["economy"], "/Summon")
        lines = lines_of(starter.data_dir / "logs", answer["trace_id"])
        assert {line["service"] for line in lines} >= SERVICES - {"gateway_bot"}
        assert all(line["span_id"] for line in lines)
        assert len({line["op_id"] for line in lines if "op_id" in line}) == 1


def asked_of_processes() -> set[str]:
    """What dashboards and alerts ask for, without what Prometheus, the auditor and certificates tell."""
    names = {family(name) for asked in queries() for name in asked.names} - set(recorded()) - {"up"}
    elsewhere = ("geminya_invariant_", "geminya_audit_", "geminya_certificate_")
    return {name for name in names if not name.startswith(elsewhere)}


async def metrics_at(http: aiohttp.ClientSession, port: int) -> dict[str, Any]:
    """Everything that a process shows to Prometheus, by name."""
    wanted = {"Accept": "application/openmetrics-text; version=1.0.0"}
    async with http.get(f"http://127.0.0.1:{port}/metrics", headers=wanted) as response:
        assert response.content_type == "application/openmetrics-text"
        text = await response.text()
    return {one.name: one for one in text_string_to_metric_families(text)}


def exemplars(shown: dict[str, Any], method: str) -> set[str]:
    """The traces that the times of a method lead to."""
    samples = shown["geminya_rpc_server_duration_seconds"].samples
    ours = [one for one in samples if one.labels["method"].endswith(method)]
    return {one.exemplar.labels["trace_id"] for one in ours if one.exemplar}


def lines_of(logs: Path, trace_id: str) -> list[dict[str, Any]]:
    """What all processes logged of a trace."""
    lines = [line for file in logs.glob("*.log") for line in file.read_text().splitlines()]
    return [json.loads(line) for line in lines if trace_id in line]


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
