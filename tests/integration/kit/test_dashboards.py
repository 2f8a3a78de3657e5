"""What a dashboard or an alert asks for has the labels that it asks by."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry

from chassis.metrics import Meter
from console.auditor import Auditor
from gateway_bot.measures import FaceMeasures
from tests.support.game import Game
from tests.support.promql import family, queries, recorded

OF_EVERY_PROCESS = {"up", "process_resident_memory_bytes", "process_cpu_seconds"}
AT_A_PORT_ONLY = {"geminya_certificate_expiry_timestamp_seconds"}


def shown(registry: CollectorRegistry) -> Iterator[tuple[str, frozenset[str]]]:
    for collector in registry._collector_to_names:
        (about, *_) = collector.describe()
        labels = getattr(collector, "_labelnames", None) or getattr(collector, "_labels", ())
        yield about.name, frozenset(labels)


async def test_every_query_asks_by_labels_that_are_there(game: Game) -> None:
    meters = [running.meter for running in game.house.running.values()]
    audit = Meter()
    Auditor(audit, list)
    meters += [FaceMeasures().meter, audit]
    bot = meters[-2]
    bot.look_at_workers({})
    labels = {name: found for meter in meters for name, found in shown(meter.registry)}
    labels |= dict.fromkeys(OF_EVERY_PROCESS | AT_A_PORT_ONLY, frozenset())

    labels |= {name: frozenset(rule.grouped) for name, rule in recorded().items()}

    for asked in queries():
        for name, wanted in asked.selected.items():
            has = labels[name if name in recorded() else family(name)]
            assert wanted <= has, f"{asked.place}: {name} has {set(has)}"
        names = {name if name in recorded() else family(name) for name in asked.names}
        assert asked.grouped <= frozenset[str]().union(*(labels[name] for name in names)), asked
