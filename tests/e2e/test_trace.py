"""One wish is one trace over all processes, and costs nothing where it is not sampled."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, Tracer
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Span

from chassis import attributes
from playground.robot import Answer
from tests.support.calls import until
from tests.support.evening import Evening
from tests.support.pg import Clone

BOT, USERS, COLLECTION, ECONOMY = "gateway_bot", "users", "collection", "economy"
PAY, GRANT = "users.v1.WalletService/Apply", "collection.v1.RosterService/Grant"
SUMMON = "economy.v1.GachaService/Summon"
STATEMENTS = {
    (SUMMON, "open_summon"),
    (PAY, "apply"),
    (SUMMON, "save_summon"),
    (GRANT, "grant"),
    (SUMMON, "finish_operation"),
}
"""What flow F1 writes, below the call that a service answers."""


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def evening(clone: Clone, exporter: InMemorySpanExporter) -> AsyncIterator[Evening]:
    """An evening of which everything is recorded."""
    async with Evening(clone, spans=SimpleSpanProcessor(exporter)) as evening:
        yield evening


class Trace:
    """The spans of one wish, as a tree."""

    def __init__(self, spans: Sequence[ReadableSpan]) -> None:
        self.spans = spans
        self.by_id = {span.context.span_id: span for span in spans if span.context}

    @property
    def roots(self) -> list[ReadableSpan]:
        """The spans that begin something."""
        return [span for span in self.spans if span.parent is None]

    @property
    def orphans(self) -> list[str]:
        """The spans whose parent nobody recorded."""
        return [s.name for s in self.spans if s.parent and s.parent.span_id not in self.by_id]

    @property
    def edges(self) -> set[tuple[str, str]]:
        """Which service asked which."""
        pairs = ((service_of(above), service_of(span)) for span, above in self._links())
        return {(above, below) for above, below in pairs if above != below}

    @property
    def statements(self) -> set[tuple[str, str]]:
        """Every statement below the call it was made for."""
        return {
            (self._call_above(span).name, span.name)
            for span in self.spans
            if attributes.DB_SYSTEM in (span.attributes or {})
        }

    def services_of(self, name: str) -> set[str]:
        """Who recorded spans of that name."""
        return {service_of(span) for span in self.spans if span.name == name}

    def _links(self) -> Iterator[tuple[ReadableSpan, ReadableSpan]]:
        for span in self.spans:
            if span.parent:
                yield span, self.by_id[span.parent.span_id]

    def _call_above(self, span: ReadableSpan) -> ReadableSpan:
        while span.parent and attributes.RPC_CALLER not in (span.attributes or {}):
            span = self.by_id[span.parent.span_id]
        return span


def service_of(span: ReadableSpan) -> str:
    """The process a span was made in."""
    return str(span.resource.attributes["service.name"])


async def trace_of(answer: Answer, exporter: InMemorySpanExporter) -> Trace:
    """The trace that the bot named to the box, once all of it has ended."""
    spans: list[ReadableSpan] = []

    async def has_ended() -> bool:
        spans[:] = [
            span
            for span in exporter.get_finished_spans()
            if span.context and f"{span.context.trace_id:032x}" == answer.trace_id
        ]
        names = {span.name for span in spans}
        return any(span.parent is None for span in spans) and "finish_operation" in names

    await until(has_ended)
    return Trace(spans)


async def test_a_ten_summon_is_one_tree_over_all_processes(
    evening: Evening, exporter: InMemorySpanExporter
) -> None:
    summoned = await evening.robot("mira").slash("summon ten")
    trace = await trace_of(summoned, exporter)

    (root,) = trace.roots
    assert (root.name, service_of(root)) == ("/summon ten", BOT)
    assert (root.attributes or {})[attributes.INTERACTION_ID] == summoned.interaction_id
    assert trace.orphans == []
    assert {(BOT, ECONOMY), (ECONOMY, USERS), (ECONOMY, COLLECTION)} <= trace.edges
    # The bot asks for the player and for the names of the cards besides; nothing else crosses.
    assert trace.edges <= {
        *((BOT, ECONOMY), (ECONOMY, USERS), (ECONOMY, COLLECTION)),
        *((BOT, USERS), (BOT, COLLECTION)),
    }
    assert trace.statements >= STATEMENTS
    assert trace.services_of("apply") == {USERS}
    assert trace.services_of("grant") == {COLLECTION}
    assert trace.services_of("save_summon") == {ECONOMY}
    assert {span.name for span in trace.spans} >= {"discord defer", "discord answer"}


async def test_two_wishes_at_once_are_two_trees(
    evening: Evening, exporter: InMemorySpanExporter
) -> None:
    mira = evening.robot("mira")
    shown = await mira.slash("summon ten")

    pressed = await mira.press(shown.message, shown.message.labels[0])

    first, second = await trace_of(shown, exporter), await trace_of(pressed, exporter)
    assert [root.name for root in first.roots + second.roots] == ["/summon ten", "press sum"]
    assert first.orphans == second.orphans == []
    assert not first.by_id.keys() & second.by_id.keys()


async def test_every_attribute_is_in_the_registry(
    evening: Evening, exporter: InMemorySpanExporter
) -> None:
    mira = evening.robot("mira")
    shown = await mira.slash("summon ten")
    await mira.press(shown.message, shown.message.labels[0])
    for command in ("academy status", "academy daily", "academy daily", "academy history"):
        await mira.slash(command)
    await mira.slash("waifu profile", waifu="nobody at all")
    await trace_of(shown, exporter)

    used = {name for span in exporter.get_finished_spans() for name in span.attributes or {}}

    assert used <= attributes.ALL
    assert {attributes.OP_ID, attributes.STATEMENT, attributes.REFUSAL_REASON} <= used


@pytest.fixture
def births(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of every span object that is made."""
    made: list[str] = []
    birth = ReadableSpan.__init__

    def noted(self: ReadableSpan, name: str, *args: object, **kwargs: object) -> None:
        made.append(name)
        birth(self, name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(ReadableSpan, "__init__", noted)
    return made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of every span that a tracer was asked for, whatever it made of that."""
    names: list[str] = []
    start = Tracer.start_span

    def noted(self: Tracer, name: str, *args: Any, **kwargs: Any) -> Span:
        names.append(name)
        return start(self, name, *args, **kwargs)

    monkeypatch.setattr(Tracer, "start_span", noted)
    return names


@pytest.mark.parametrize("ratio", [0.0, 1.0])
async def test_what_is_not_sampled_makes_no_span_object(
    clone: Clone,
    exporter: InMemorySpanExporter,
    births: list[str],
    asked: list[str],
    ratio: float,
) -> None:
    processor = SimpleSpanProcessor(exporter)
    async with Evening(clone, spans=processor, trace_ratio=ratio) as evening:
        await evening.player("mira")
        births.clear()
        asked.clear()

        summoned = await evening.robot("mira").slash("summon ten")
        await evening.house.quiet()

        assert "**NEW**" in summoned.text
        # The same count with everything sampled shows that it counts.
        assert bool(births) is bool(ratio)
        assert bool(exporter.get_finished_spans()) is bool(ratio)
        if ratio:
            assert set(births) >= {"/summon ten", SUMMON, PAY, GRANT, "save_summon"}
        else:
            # It is decided once, where the wish comes in.
            assert asked == ["/summon ten"]
