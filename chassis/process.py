"""A process of the house: settings, telemetry, pool, server, health, graceful stop."""

# The library has no types of its own.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportAttributeAccessIssue=false

import asyncio
import gc
import platform
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import structlog
import uvloop
from grpc_reflection.v1alpha import reflection

from chassis import logs, telemetry
from chassis.clock import Clock, SystemClock
from chassis.measures import CallMeasures, DatabaseMeasures, OperationMeasures
from chassis.metrics import Meter
from chassis.operations import store
from chassis.operations.admin import AdminServicer
from chassis.operations.features import Features, features_of
from chassis.operations.holdings import KIT, Holding
from chassis.operations.once import Once
from chassis.operations.operation import Operations
from chassis.operations.refunds import Refunds
from chassis.operations.refusals import KitRejection
from chassis.operations.servicer import ClosingServicer, ExportServicer, OperationServicer
from chassis.operations.sweeper import Sweeper
from chassis.operations.vitals import Vitals
from chassis.postgres import Database, DatabaseTrouble
from chassis.rejection import Rejection, by_reason
from chassis.rpc.certificates import certificates_of
from chassis.rpc.channel import MAX_REQUEST, MAX_RESPONSE, Channel, Send, dial, send_plainly
from chassis.rpc.health import SERVICE as HEALTH
from chassis.rpc.health import Health
from chassis.rpc.interceptors import ROOM, Pipeline, Shed
from chassis.settings import Settings, SettingsError, read_settings
from geminya.common.v1 import (
    admin_pb2,
    admin_pb2_grpc,
    life_pb2,
    life_pb2_grpc,
    operation_pb2,
    operation_pb2_grpc,
)

log = structlog.get_logger()

KIT_MIGRATIONS = Path(__file__).parent / "operations" / "migrations"
DRAIN_S = 4.0
"""How long a replica says that it is leaving before it stops taking calls, unless the settings say otherwise."""
GRACE_S = 20.0
DEV_GRACE_S = 2.0
WATCH_S = 1.0
AWAY_S = 10.0
"""After so long without one good query the process says that it is not serving."""


@dataclass(frozen=True, slots=True)
class Served:
    """One servicer and how it is added."""

    servicer: object
    add_to_server: Callable[..., None]
    descriptor: Any


@dataclass(slots=True)
class Parts:
    """What a service is made of."""

    served: list[Served]
    background: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """Runs until the process ends."""
    prepare: Callable[[], Awaitable[None]] | None = None
    """Awaited once before the first call is taken."""


@dataclass(slots=True)
class Runtime:
    """What a composition root gets to build from."""

    settings: Settings
    database: Database
    clock: Clock
    once: Once
    operations: Operations
    meter: Meter
    dial: Callable[[str], Channel]
    """A channel to another service, by its name."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service before it runs: its schema, its refusals and how it is put together."""

    name: str
    migrations: tuple[Path, ...]
    rejection: type[Rejection]
    """The base of the service's refusals."""
    build: Callable[[Runtime], Parts]
    holdings: tuple[Holding, ...] = ()
    """The tables with rows of players (chassis/operations/holdings.py), children before their parents."""
    leads_closing: bool = False
    """Whether a player's life ends here by a flow of its own, instead of a call from there."""

    @property
    def all_holdings(self) -> tuple[Holding, ...]:
        """With the kit's own."""
        return (*self.holdings, *KIT)


@dataclass(slots=True)
class Edges:
    """Where a process touches the world; a test puts its own here."""

    clock: Clock | None = None
    database: Callable[[str, str, int, int], Database] = lambda url, name, size, cache: Database(
        url, name=name, size=size, statement_cache_size=cache
    )
    send: Send = send_plainly
    background: bool = True
    """Whether sweeper, watch and the service's own background work run."""


class Running:
    """A service that runs in this event loop."""

    def __init__(self, service: Service, settings: Settings, edges: Edges | None = None) -> None:
        edges = edges or Edges()
        self.service = service
        self.settings = settings
        self.port = 0
        self._edges = edges
        self._channels: dict[str, Channel] = {}
        self._tasks: list[asyncio.Task[None]] = []
        name = service.name
        self.meter = Meter()
        url = settings.database_url_of(name)
        self.database = edges.database(url, name, settings.pool_size, settings.statement_cache_size)
        self.database.measures = DatabaseMeasures(self.meter)
        refusals = by_reason(service.rejection) | by_reason(KitRejection)
        self.operations = Operations(self.database, refusals, settings.max_open_operations)
        self.operations.measures = OperationMeasures(self.meter)
        self.refunds = Refunds(self.operations)
        self.sweeper = Sweeper(self.operations, self.refunds)
        self.features = Features(self.database)
        self.vitals = Vitals(self.meter, self.database)
        self._shed = Shed(max_changes=settings.max_changes_per_10_s)
        self._show()
        self.health = Health(name)
        self._certificates = certificates_of(settings, name)
        self.runtime = Runtime(
            settings=settings,
            database=self.database,
            clock=edges.clock or SystemClock(timedelta(hours=settings.game_day_offset_h)),
            once=Once(self.database, refusals),
            operations=self.operations,
            meter=self.meter,
            dial=self._dial,
        )
        self.server = grpc.aio.server(
            options=[
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", MAX_REQUEST),
                ("grpc.max_send_message_length", MAX_RESPONSE),
                ("grpc.max_metadata_size", 8 * 1024),
                ("grpc.absolute_max_metadata_size", 8 * 1024),
                ("grpc.max_connection_age_ms", 300_000),
                ("grpc.max_connection_age_grace_ms", 30_000),
                ("grpc.http2.min_recv_ping_interval_without_data_ms", 30_000),
            ],
            maximum_concurrent_rpcs=2000,
        )

    async def start(self) -> None:
        """Connects, listens and takes calls; not serving until all of it is there."""
        settings, name = self.settings, self.service.name
        await self.health.serving(False)
        self._listen()
        self.meter.serve(settings)
        await self.server.start()
        if settings.health_port:
            await self.health.listen(
                f"{settings.host}:{settings.health_port}", "GEMINYA_HEALTH_PORT"
            )
        for work in (self.database.open, self.features.read, self.prepare):
            await self._when_database_is_there(work)
        # Before this, an economy without banners would refuse a wish for good.
        self._pipeline.is_ready = True
        if self._edges.background:
            sweeper = self.sweeper
            own = (sweeper.run, self.features.watch, sweeper.keep_clean, self._watch)
            watches = (self.vitals.watch, self.meter.watch_loop)
            for work in (*own, *watches, *self._parts.background):
                self._tasks.append(asyncio.create_task(self._keep_up(work)))
        await self.health.serving(True)
        log.info("process.ready", service=name, port=self.port, env=settings.env)

    async def prepare(self) -> None:
        """Reads what the service holds in memory."""
        # The port is this process's alone: whoever drove operations from here before is gone.
        await store.inherit(self.database.bare, self.operations.driver)
        if self._parts.prepare is not None:
            await self._parts.prepare()

    async def stop(self) -> None:
        """Leaves in order: says so, ends its calls, lets go of its leases, closes the pool."""
        is_dev = self.settings.env == "dev"
        await self.health.serving(False)
        usual_s = 0 if is_dev else DRAIN_S
        await asyncio.sleep(usual_s if self.settings.drain_s is None else self.settings.drain_s)
        await self.server.stop(DEV_GRACE_S if is_dev else GRACE_S)
        # First the sweeper, which would take up again what the drivers let go of.
        await self._end_tasks()
        await self.operations.stop()
        for channel in self._channels.values():
            await channel.close()
        await self.database.close()
        await self.health.close()
        await self.meter.close()

    async def kill(self) -> None:
        """Ends at once, as `kill -9` would: nothing is finished, no lease is let go."""
        drives = [drive.task for drive in self.operations.drives.values()]
        for task in (*drives, *self._tasks):
            task.cancel()
        self.database.terminate()
        await self.server.stop(None)
        await asyncio.gather(*drives, return_exceptions=True)
        await self._end_tasks()
        await self.health.close()
        for channel in self._channels.values():
            await channel.close()
        await self.meter.close()

    def _show(self) -> None:
        """What is looked up whenever somebody asks for the metrics."""
        meter, room = self.meter, self._shed.room
        meter.look(
            "geminya_rpc_server_in_flight",
            ("kind",),
            lambda: {(kind,): float(most - room[kind]) for kind, most in ROOM.items()},
        )
        meter.look(
            "geminya_db_pool_connections",
            ("state",),
            lambda: {(state,): float(n) for state, n in self.database.connections().items()},
        )
        meter.look("geminya_db_pool_limit", (), lambda: {(): float(self.database.limit)})
        meter.look(
            "geminya_feature_frozen",
            ("feature",),
            lambda: {(f,): float(f in self.features.frozen) for f in self.features.names},
        )

    def _listen(self) -> None:
        settings, name = self.settings, self.service.name
        pipeline = Pipeline(
            self._shed,
            takes_names=self._certificates is None,
            features=self.features,
            measures=CallMeasures(self.meter),
        )
        pipeline.is_ready = False
        self._pipeline = pipeline
        self._parts = self.service.build(self.runtime)
        self.operations.measures.begin(self.operations.flows)
        self.vitals.begin(self.operations.flows)
        self.features.names = features_of(served.descriptor for served in self._parts.served)
        names = [HEALTH]
        for served in (*self._of_the_kit(), *self._parts.served):
            pipeline.add(served.servicer, served.add_to_server, served.descriptor, self.server)
            names.append(served.descriptor.full_name)
        self.health.join(self.server)
        if settings.env == "dev":
            reflection.enable_server_reflection([*names, reflection.SERVICE_NAME], self.server)
        port = settings.port_of(name)
        try:
            self.port = self._add_port(f"{settings.host}:{port}")
        except RuntimeError:
            setting = f"GEMINYA_{name.upper()}_PORT"
            raise SettingsError(f"port {port} is in use; set {setting}") from None
        self.operations.driver = f"{platform.node()}:{self.port}"

    def _add_port(self, address: str) -> int:
        if self._certificates is None:
            return self.server.add_insecure_port(address)
        return self.server.add_secure_port(address, self._certificates.to_serve())

    def _of_the_kit(self) -> list[Served]:
        """What every service serves."""
        held = self.service.all_holdings
        life = life_pb2.DESCRIPTOR.services_by_name
        served = [
            Served(
                AdminServicer(
                    self.database, self.runtime.once, self.features, self.operations, self.refunds
                ),
                admin_pb2_grpc.add_AdminServiceServicer_to_server,
                admin_pb2.DESCRIPTOR.services_by_name["AdminService"],
            ),
            Served(
                OperationServicer(self.database),
                operation_pb2_grpc.add_OperationServiceServicer_to_server,
                operation_pb2.DESCRIPTOR.services_by_name["OperationService"],
            ),
            Served(
                ExportServicer(self.database, held),
                life_pb2_grpc.add_ExportServiceServicer_to_server,
                life["ExportService"],
            ),
        ]
        if not self.service.leads_closing:
            closing = ClosingServicer(self.database, held)
            add = life_pb2_grpc.add_ClosingServiceServicer_to_server
            served.append(Served(closing, add, life["ClosingService"]))
        return served

    async def _when_database_is_there(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
                return
            except DatabaseTrouble as trouble:
                log.warning("process.waits_for_database", why=str(trouble))
                await asyncio.sleep(0.5)

    async def _keep_up(self, work: Callable[[], Awaitable[None]]) -> None:
        """Background work that fails is a bug to be seen; it begins again."""
        while True:
            try:
                await work()
                return
            except Exception as error:
                log.error("process.background_failed", work=work.__qualname__, exc_info=error)
            await asyncio.sleep(WATCH_S)

    async def _watch(self) -> None:
        """A database that is away for a moment is no reason to be replaced; ten seconds are."""
        loop = asyncio.get_running_loop()
        good, is_serving = loop.time(), True
        while True:
            await asyncio.sleep(WATCH_S)
            is_alive = await self.database.is_alive()
            good = loop.time() if is_alive else good
            should = is_alive or loop.time() - good < AWAY_S
            if should is not is_serving:
                is_serving = should
                await self.health.serving(should)
                log.warning("process.health_changed", is_serving=should)

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _dial(self, service: str) -> Channel:
        if service not in self._channels:
            self._channels[service] = dial(
                self.settings.address_of(service),
                caller=self.service.name,
                default_timeout_s=1.5,
                send=self._edges.send,
                server=service,
                certificates=self._certificates,
            )
        return self._channels[service]


def run(service: Service) -> None:
    """Runs a service until it is told to stop. A missing or wrong setting is one sentence, exit 2."""
    logs.start(service.name)
    try:
        settings = read_settings()
        telemetry.start(service.name, settings)
        uvloop.run(_serve(service, settings))
    except SettingsError as error:
        log.error("process.cannot_start", why=str(error))
        sys.exit(2)
    finally:
        telemetry.stop()


async def until_told(signals: Iterable[int] = (signal.SIGTERM, signal.SIGINT)) -> None:
    """Waits for the signal to stop."""
    told = asyncio.Event()
    for number in signals:
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()


async def _serve(service: Service, settings: Settings) -> None:
    running = Running(service, settings)
    logs.count_alarms(running.meter.alarm)
    starting = asyncio.create_task(running.start())
    told = asyncio.create_task(until_told())
    await asyncio.wait({starting, told}, return_when=asyncio.FIRST_COMPLETED)
    if starting.done():
        starting.result()
        # What is there now stays: the collector need not look through it again and again.
        gc.collect()
        gc.freeze()
        await told
    else:
        starting.cancel()
        with suppress(asyncio.CancelledError):
            await starting
    await running.stop()
