"""The house in one process: real services over real gRPC on loopback, each with its own database role.

Ports are held by bound sockets that never listen, so that a service gets its old port back after a
crash and nobody else can take it meanwhile.
"""

import asyncio
import contextlib
import importlib
import importlib.util
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc
from google.protobuf import descriptor_pool
from opentelemetry.sdk.trace import SpanProcessor
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from chassis import telemetry
from chassis.clock import Clock, StoppedClock
from chassis.operations.operation import Unknown
from chassis.operations.store import FACT
from chassis.postgres import Admin, Database, DatabaseTrouble, admin_connection
from chassis.process import Edges, Running, Service
from chassis.rpc.certificates import Certificates
from chassis.rpc.channel import Channel, dial
from chassis.settings import SERVICES, Settings
from geminya.collection.v1.catalog_pb2_grpc import CatalogServiceStub
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub
from geminya.common.v1.callers_pb2 import Caller, callers
from geminya.users.v1.account_pb2_grpc import AccountServiceStub
from geminya.users.v1.wallet_pb2_grpc import WalletServiceStub
from tests.support.faults import Faults, World, WorldDatabase
from tests.support.pg import Clone

S = TypeVar("S")
NOON = datetime(2026, 7, 1, 5, tzinfo=UTC)
"""Noon of a game day: where a stopped clock stands unless a test says otherwise."""
SECRET_KEY = "a key that only tests know"
WAIT_S = 20.0
SWEEPS = 60
"""After so many rounds an operation that is still open will stay open."""


class GivenSettings(Settings):
    """Settings that a test gives, whatever the environment says."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_: PydanticBaseSettingsSource,
        **__: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def known_services() -> tuple[str, ...]:
    """The services that there are."""
    return tuple(
        name
        for name in SERVICES
        if importlib.util.find_spec(f"services.{name}")
        and importlib.util.find_spec(f"services.{name}.service")
    )


def service_named(name: str) -> Service:
    """The service before it runs."""
    return importlib.import_module(f"services.{name}.service").SERVICE


class Port:
    """A port of loopback that is ours until it is closed."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        # Whoever listens sets the same option; a socket that only holds the port is not in the way.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def close(self) -> None:
        """Gives it back."""
        self._socket.close()


@dataclass(frozen=True, slots=True)
class Fake:
    """A servicer with canned answers, in a peer's place: `Fake(servicer, add_WalletServiceServicer_to_server)`."""

    servicer: Any
    add_to_server: Callable[[Any, Any], None]


class House:
    """Services of one test. It can die at any moment and wake up again on the same database.

    `fakes` are peers with canned answers, `services` stand in for real ones of the same name. With
    `certs`, a folder that `geminya certs` made, it is a house of production, where nobody is believed.
    """

    def __init__(
        self,
        clone: Clone,
        names: Iterable[str],
        *,
        clock: Clock | None = None,
        background: bool = False,
        fakes: dict[str, list[Fake]] | None = None,
        services: dict[str, Service] | None = None,
        spans: SpanProcessor | None = None,
        certs: Path | None = None,
        **settings: Any,
    ) -> None:
        self.clone = clone
        self.names = tuple(names)
        self.clock: Clock = clock or StoppedClock(NOON)
        self.running: dict[str, Running] = {}
        self.faults = Faults()
        """What happens to the calls between the services."""
        self._background = background
        self._fakes = fakes or {}
        self._services = services or {}
        self._spans = spans
        self._certs = certs
        self._given = settings
        self._ports = {name: Port() for name in SERVICES}
        self._world = World()
        self._stack = AsyncExitStack()
        self._admins: dict[str, Admin] = {}
        self._channels: dict[tuple[str, str], Channel] = {}
        self._fake_servers: list[grpc.aio.Server] = []

    async def __aenter__(self) -> Self:
        try:
            for name, fakes in self._fakes.items():
                await self._start_fake(name, fakes)
            await self.start()
        except BaseException as error:
            await self.__aexit__(type(error), error, None)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A test that failed may have left anything open; only a kill is sure to end.
        await self.kill()
        for channel in self._channels.values():
            await channel.close()
        for server in self._fake_servers:
            await server.stop(None)
        await self._stack.aclose()
        for port in self._ports.values():
            port.close()

    # Starting and ending.

    async def start(self) -> None:
        """Starts the services as new processes on the same database."""
        self._world = World()
        for name in self.names:
            await self.start_one(name)

    async def start_one(self, name: str) -> None:
        """Starts a service as a new process."""
        settings = self.settings_of(name)
        running = Running(self._service(name), settings, self._edges())
        self.running[name] = running
        if self._spans is not None:
            telemetry.use(telemetry.provider_of(name, self._spans, settings.trace_ratio))
        try:
            await running.start()
        finally:
            telemetry.use(None)

    async def kill_one(self, name: str) -> None:
        """Ends a service at once, as `kill -9` does; the others live on."""
        await self.running.pop(name).kill()

    async def stop(self) -> None:
        """Ends the services in order, as a deployment does."""
        for running in self.running.values():
            await running.stop()
        self.running.clear()

    async def kill(self) -> None:
        """Ends the services at once, as `kill -9` does."""
        self._world.stop()
        for running in self.running.values():
            await running.kill()
        self.running.clear()
        self._world.bury()

    async def start_another(self, name: str, *, background: bool = False) -> Running:
        """A second replica of a service on the same database, at a port of its own; the caller ends it."""
        settings = self.settings_of(name, **{f"{name}_port": 0})
        edges = self._edges()
        edges.background = background
        running = Running(self._service(name), settings, edges)
        await running.start()
        return running

    def _service(self, name: str) -> Service:
        return self._services.get(name) or service_named(name)

    def settings_of(self, name: str, **more: Any) -> Settings:
        """What a service is told: generous limits, unless the test gave others."""
        given: dict[str, Any] = {
            "env": "dev",
            f"{name}_database_url": self.clone.url_of(name),
            "secret_key": SECRET_KEY,
            "max_open_operations": 10_000,
            "max_changes_per_10_s": 100_000,
        }
        for service, port in self._ports.items():
            given[f"{service}_port"] = port.number
        if self._certs is not None:
            given |= {"env": "production", "drain_s": 0, "tls_dir": self._certs / name}
        return GivenSettings(**{**given, **self._given, **more})

    # What a test works with.

    def channel(self, service: str, caller: str = "bot", timeout_s: float = 10.0) -> Channel:
        """A channel to a service, as any caller."""
        key = (service, caller)
        if key not in self._channels:
            address = f"127.0.0.1:{self._ports[service].number}"
            self._channels[key] = dial(
                address,
                caller=caller,
                default_timeout_s=timeout_s,
                server=service,
                certificates=self.certificates(caller),
            )
        return self._channels[key]

    def certificates(self, name: str) -> Certificates | None:
        """By which a process of this name proves itself here."""
        return Certificates(self._certs / name, name) if self._certs else None

    def stub(self, kind: Callable[[Any], S], service: str, caller: str | None = "bot") -> S:
        """A stub of a service as any caller; as none, each method as somebody who may call it."""
        return kind(_AsAllowed(self, service) if caller is None else self.channel(service, caller))

    def database(self, service: str) -> Database:
        """The pool of a service, with its `round_trips`."""
        return self.running[service].database

    def address_of(self, service: str) -> str:
        """Where a service is called."""
        return f"127.0.0.1:{self._ports[service].number}"

    async def prepared(self) -> None:
        """Lets the services read anew what they hold in memory: catalogue, banners."""
        for running in self.running.values():
            await running.prepare()

    # The owner's view of the database; tables with their schema: `users.ledger`.

    async def value(self, sql: str, *args: object) -> Any:
        """The first column of the first row, as the owner."""
        return await (await self._owner(sql)).value(sql, *args)

    async def rows(self, sql: str, *args: object) -> list[dict[str, Any]]:
        """Every row as a dictionary, as the owner."""
        return await (await self._owner(sql)).all_rows(sql, *args)

    async def run(self, sql: str, *args: object) -> None:
        """Runs a statement as the owner."""
        await (await self._owner(sql)).run(sql, *args)

    # Crashes.

    async def moments_of(self, wish: Callable[[], Awaitable[Any]]) -> list[str]:
        """Fulfils a wish undisturbed; every moment of it, in order."""
        before = len(self._world.moments)
        await wish()
        await self.quiet()
        return self._world.moments[before:]

    @contextlib.asynccontextmanager
    async def dies_at(self, moment: int) -> AsyncIterator[None]:
        """At this moment (from 1) of what happens inside, the world stops and every process is gone.

        Calls that are under way then fail as calls to a dead process do, and are forgiven. Where the
        moment never comes, the work is done as always; `has_died` tells.
        """
        world = self._world
        world.stop_after(moment)
        killer = asyncio.create_task(self._kill_when_stopped(world))
        try:
            yield
            await self.quiet()
        except Exception as error:
            if not world.is_stopped or not is_death(error):
                raise
        finally:
            if world.is_stopped:
                await killer
            else:
                world.stop_after(None)
                killer.cancel()
                await asyncio.wait([killer])

    @property
    def has_died(self) -> bool:
        """Whether the processes are gone."""
        return not self.running

    async def wakes_up(self) -> None:
        """Starts new processes, moves the leases of the dead ones on and sweeps until nothing is open."""
        if not self.running:
            await self.start()
        await self.settles()

    async def settles(self) -> None:
        """Sweeps until no operation is open; fails with what is left when that does not come about."""
        for _ in range(SWEEPS):
            await self.quiet()
            await self.leases_end()
            if not await self.open_operations():
                return
            for running in [*self.running.values()]:
                try:
                    await running.sweeper.sweep()
                except DatabaseTrouble:
                    # A busy pool is waited for, as the sweeper does in its rounds; a dead house is not.
                    if running not in self.running.values():
                        raise
        raise AssertionError(f"operations stay open: {await self.open_operations()}")

    async def leases_end(self) -> None:
        """Lets the time pass after which every driver counts as dead."""
        for schema in self.names:
            await self.run(
                f"UPDATE {schema}.operation SET lease_until = now() - interval '1 s' WHERE state < 10"
            )

    async def open_operations(self) -> list[dict[str, Any]]:
        """What is not final yet, in every service."""
        found: list[dict[str, Any]] = []
        for schema in self.names:
            found += await self.rows(
                f"SELECT '{schema}' AS service, user_id, op_id, kind, state, attempt, parked, trouble "
                # Where nobody counts, facts wait.
                f"FROM {schema}.operation WHERE state < 10 AND (state <> {FACT} OR $1)",
                "economy" in self.names,
            )
        return found

    async def quiet(self) -> None:
        """Waits until no service drives anything; the answer comes before the last mark."""
        for running in list(self.running.values()):
            tasks = [drive.task for drive in running.operations.drives.values()]
            if tasks:
                _, left = await asyncio.wait(tasks, timeout=WAIT_S)
                assert not left, "a driver does not come to its end"

    def _edges(self) -> Edges:
        world, faults = self._world, self.faults

        async def send(method: str, call: Callable[[], Awaitable[Any]]) -> Any:
            return await world.send(method, lambda: faults.send(method, call))

        return Edges(
            clock=self.clock,
            database=lambda url, name, size, cache: WorldDatabase(
                world, url, name=name, size=size, statement_cache_size=cache
            ),
            send=send,
            background=self._background,
        )

    async def _kill_when_stopped(self, world: World) -> None:
        await world.stopped.wait()
        await self.kill()

    async def _owner(self, sql: str) -> Admin:
        """A connection to where the tables of the statement are."""
        owner = await self.clone.owner_for(sql)
        if owner not in self._admins:
            connection = admin_connection(owner)
            self._admins[owner] = await self._stack.enter_async_context(connection)
        return self._admins[owner]

    async def _start_fake(self, name: str, fakes: list[Fake]) -> None:
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        for fake in fakes:
            fake.add_to_server(fake.servicer, server)
        server.add_insecure_port(self.address_of(name))
        await server.start()
        self._fake_servers.append(server)


def is_death(error: Exception) -> bool:
    """Whether a failure is what a dead process leaves its callers with."""
    return isinstance(error, grpc.aio.AioRpcError | DatabaseTrouble | Unknown)


class _AsAllowed:
    """A channel on which each method is called as somebody who may call it: the bot where it may."""

    def __init__(self, house: House, service: str) -> None:
        self._house = house
        self._service = service

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return self._channel(method).unary_unary(method, *args, **kwargs)

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return self._channel(method).stream_unary(method, *args, **kwargs)

    def _channel(self, method: str) -> Channel:
        service, name = method.lstrip("/").split("/")
        found = descriptor_pool.Default().FindServiceByName(service).methods_by_name[name]
        allowed = [
            Caller.Name(caller).removeprefix("CALLER_").lower()
            for caller in found.GetOptions().Extensions[callers]
        ]
        return self._house.channel(self._service, "bot" if "bot" in allowed else allowed[0])


class Houses:
    """Makes houses on one database and ends them with the test."""

    def __init__(self, clone: Clone) -> None:
        self._clone = clone
        self._stack = AsyncExitStack()

    async def __call__(self, *names: str, **options: Any) -> House:
        """A house with these services, or with all that there are."""
        return await self._stack.enter_async_context(
            House(self._clone, names or known_services(), **options)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()


class UsersHouse:
    """The users service with its stubs and a way to put players into it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.account = house.stub(AccountServiceStub, "users", None)
        self.wallet = house.stub(WalletServiceStub, "users", None)

    @property
    def database(self) -> Database:
        """The pool of the service, with its `round_trips`."""
        return self.house.database("users")

    async def has(
        self,
        player: int,
        *,
        crystals: int = 0,
        quartzs: int = 0,
        daphine: int = 0,
        rank: int = 1,
        epoch: int = 1,
        discord_id: int | None = None,
    ) -> None:
        """A player with these balances, each proven by a line of the ledger."""
        balances = {"sakura_crystals": crystals, "quartzs": quartzs, "daphine": daphine}
        lines = {currency: amount for currency, amount in balances.items() if amount}
        await self.house.run(
            """
            INSERT INTO users.users (id, discord_id, epoch, academy_name, sakura_crystals, quartzs,
                daphine, collector_rank, wallet_version)
            OVERRIDING SYSTEM VALUE VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            player,
            discord_id or 10**15 + player,
            epoch,
            f"Academy {player}",
            *(crystals, quartzs, daphine, rank, int(bool(lines))),
        )
        await self.house.run(
            "INSERT INTO users.gate (user_id, epoch) VALUES ($1, $2)", player, epoch
        )
        for currency, amount in lines.items():
            await self.house.run(
                """
                INSERT INTO users.ledger (user_id, version, currency, op_id, step, reason, amount,
                    balance_after)
                VALUES ($1, 1, $2, gen_random_uuid(), 0, 'mint.start', $3, $3)
                """,
                player,
                currency,
                amount,
            )

    async def balances(self, player: int) -> dict[str, int]:
        """What the player has, as it stands in the database."""
        rows = await self.house.rows(
            "SELECT sakura_crystals, quartzs, daphine FROM users.users WHERE id = $1", player
        )
        return rows[0]

    async def ledger(self, player: int) -> list[dict[str, Any]]:
        """The player's ledger, oldest first."""
        return await self.house.rows(
            "SELECT * FROM users.ledger WHERE user_id = $1 ORDER BY version, currency", player
        )


class CollectionHouse:
    """The collection service with its stubs."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.catalog = house.stub(CatalogServiceStub, "collection", None)
        self.roster = house.stub(RosterServiceStub, "collection", None)

    @property
    def database(self) -> Database:
        """The pool of the service, with its `round_trips`."""
        return self.house.database("collection")
