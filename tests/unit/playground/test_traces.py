"""The box receives traces and finds the one behind an answer."""

import asyncio
import gzip

import aiohttp
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from playground import Box, Robot
from playground.interaction import Asked, Interaction, Patience
from playground.traces import KEPT_TRACES

PROTOBUF = {"Content-Type": "application/x-protobuf"}


def an_attribute(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def a_span(number: int, parent: int | None = None, trace: int = 1, **more: object) -> Span:
    return Span(
        trace_id=trace.to_bytes(16, "big"),
        span_id=number.to_bytes(8, "big"),
        parent_span_id=parent.to_bytes(8, "big") if parent else b"",
        start_time_unix_nano=1_000 * number,
        end_time_unix_nano=9_000,
        **more,
    )


def an_export(service: str, *spans: Span) -> bytes:
    resource = Resource(attributes=[an_attribute("service.name", service)])
    scope = ScopeSpans(spans=spans)
    resource_spans = ResourceSpans(resource=resource, scope_spans=[scope])
    return ExportTraceServiceRequest(resource_spans=[resource_spans]).SerializeToString()


def trace_id(number: int) -> str:
    return f"{number:032x}"


async def test_spans_of_several_services_become_one_trace(
    box: Box, http: aiohttp.ClientSession
) -> None:
    failed = Status(code=Status.STATUS_CODE_ERROR, message="no crystals")
    call = a_span(2, 1, name="Summon", kind=Span.SPAN_KIND_SERVER, status=failed)
    statement = a_span(3, 2, name="lock_pity", attributes=[an_attribute("db.system", "postgresql")])
    await http.post("/v1/traces", data=an_export("economy", statement, call), headers=PROTOBUF)
    root = gzip.compress(an_export("gateway_bot", a_span(1, name="/summon ten")))
    packed = PROTOBUF | {"Content-Encoding": "gzip"}
    await http.post("/v1/traces", data=root, headers=packed)

    async with http.get(f"/api/traces/{trace_id(1)}") as response:
        shown = await response.json()

    assert [span["name"] for span in shown["spans"]] == ["/summon ten", "Summon", "lock_pity"]
    assert shown["spans"][0]["parent_span_id"] is None
    assert shown["spans"][1] == {
        "span_id": f"{2:016x}",
        "parent_span_id": f"{1:016x}",
        "name": "Summon",
        "service": "economy",
        "kind": "server",
        "start_ns": 2_000,
        "end_ns": 9_000,
        "attributes": {},
        "status": "error",
        "status_message": "no crystals",
    }
    assert shown["spans"][2]["attributes"] == {"db.system": "postgresql"}


async def test_what_is_no_export_is_refused(http: aiohttp.ClientSession) -> None:
    async with http.post("/v1/traces", data=b"\xff\xff", headers=PROTOBUF) as response:
        assert response.status == 400
    async with http.get(f"/api/traces/{trace_id(7)}") as response:
        assert (response.status, await response.json()) == (
            404,
            {"error": f"no trace {trace_id(7)}"},
        )


async def test_only_the_last_traces_are_kept(box: Box, http: aiohttp.ClientSession) -> None:
    spans = [a_span(1, trace=number) for number in range(1, KEPT_TRACES + 2)]
    await http.post("/v1/traces", data=an_export("bot", *spans), headers=PROTOBUF)

    assert box.traces.spans(trace_id(1)) == []
    assert len(box.traces.spans(trace_id(2))) == 1


async def test_an_answer_names_the_trace_whose_root_names_the_interaction(
    alice: Robot, box: Box, http: aiohttp.ClientSession
) -> None:
    box.visitors.patience = Patience(trace_s=2)
    known = box.world.new_id()
    named = [an_attribute("geminya.interaction.id", known)]

    async def export_late() -> None:
        await asyncio.sleep(0.05)
        spans = a_span(1, trace=5, attributes=named), a_span(2, 1, trace=6, attributes=named)
        await http.post("/v1/traces", data=an_export("gateway_bot", *spans), headers=PROTOBUF)

    answer, _ = await asyncio.gather(
        alice.slash("show", stars=1, interaction_id=known), export_late()
    )

    assert answer.trace_id == trace_id(5)
    async with http.get(f"/api/interactions/{known}/trace") as response:
        assert await response.json() == {"trace_id": trace_id(5)}


async def test_an_answer_without_spans_has_no_trace(alice: Robot) -> None:
    assert (await alice.slash("show", stars=1)).trace_id is None


async def test_a_request_of_the_bot_can_name_the_trace(box: Box) -> None:
    interaction = an_interaction(box)

    async with aiohttp.ClientSession() as session:
        path = f"/api/v10/interactions/{interaction.id}/{interaction.token}/callback"
        headers = {"traceparent": f"00-{trace_id(9)}-{1:016x}-01"}
        body = {"type": 4, "data": {"content": "hi"}}
        await session.post(box.url + path, json=body, headers=headers)

    assert interaction.trace_id == trace_id(9)


def an_interaction(box: Box) -> Interaction:
    payload = {"id": box.world.new_id(), "token": "secret", "type": Asked.COMMAND.value}
    interaction = Interaction(payload, box.world.user("alice"), "/show", Patience())
    box.world.begin(interaction)
    return interaction
