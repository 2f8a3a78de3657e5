"""`geminya serve`: one process of the house, or the whole house on this machine."""

import asyncio
import contextlib
import fcntl
import functools
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import typer
from rich.console import Console
from rich.status import Status

from chassis.embedded import Embedded, EmbeddedError
from chassis.settings import SERVICES, Settings, read_settings
from console import certs, content, health
from console.addresses import (
    by_server,
    embedded_of,
    login_passwords,
    needs_embedded,
    own_servers,
    owner_urls,
)
from console.house import (
    BOT,
    MODULES,
    PLAYGROUND,
    has_playground,
    playground_url,
    processes,
    require_free_ports,
)
from console.migrate import make_roles, make_tables
from console.supervisor import Child, clear_leftovers
from console.trouble import Trouble

READY_S = 100.0
# Together under ten seconds, the database's own end included.
_PATIENCE_S = {BOT: 2.5, PLAYGROUND: 1.0} | dict.fromkeys(SERVICES, 3.5)
_WATCH_EVERY_S = 0.1
_RENEW_EVERY_S = 3600.0
_NOTHING_NEW = "nothing new"

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="Run one process of the house, or all of them.")


def _add_command(name: str, module: str) -> None:
    @app.command(name, help=f"Run {name} alone, with the settings of this environment.")
    def serve_one() -> None:
        settings = read_settings()
        own = certs.folder_of(settings) / name
        if settings.tls_dir is None and own.exists():
            os.environ["GEMINYA_TLS_DIR"] = str(own)
        os.execv(sys.executable, [sys.executable, "-m", module])  # noqa: S606 - no shell


for _name, _module in MODULES.items():
    _add_command(_name, _module)


@app.command("all")
def serve_all() -> None:
    """Run the whole house here: PostgreSQL, four services, the bot, and the playground."""
    settings = read_settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o711)
    with alone(settings.data_dir), contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
        asyncio.run(House(settings).live())


@contextlib.contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Holds the data folder for this starter; the kernel lets go of it when the starter ends."""
    with (data_dir / "serve.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Trouble(
                f"a house already runs on {data_dir.absolute()} (process {lock.read().strip()}); "
                "end it first, or set GEMINYA_DATA_DIR"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


class House:
    """Everything on one machine, from the database to the playground, and its whole life."""

    def __init__(self, settings: Settings) -> None:
        # What the house itself calls with is the operator's, whoever started it.
        own = certs.folder_of(settings) / certs.OPERATOR
        self.settings = settings.model_copy(update={"tls_dir": own})
        self.database: Embedded | None = None
        self.children: list[Child] = []
        self.is_ready = False
        self._screen = Console(stderr=True, highlight=False)
        self._keepers: list[asyncio.Task[None]] = []

    async def live(self) -> None:
        """Starts everything, keeps it alive until somebody asks it to end, and ends it in order."""
        self._listen_for_the_end()
        try:
            await self._start()
            print(f"geminya is ready: {self._door()}", flush=True)
            await asyncio.gather(*self._keepers)
        finally:
            began = time.perf_counter()
            await self._stop()
            self.tell(f"ended in {time.perf_counter() - began:.1f} s")

    def tell(self, text: str) -> None:
        """A line for the person at the screen."""
        self._screen.print(text, markup=False, soft_wrap=True)

    def _door(self) -> str:
        settings = self.settings
        return playground_url(settings) if has_playground(settings) else "the bot is on Discord"

    def _listen_for_the_end(self) -> None:
        this = asyncio.current_task()
        asks = 0

        def ask() -> None:
            nonlocal asks
            asks += 1
            if asks == 1 and this is not None:
                this.cancel()
            for child in self.children if asks > 1 else ():
                child.kill()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, ask)

    async def _start(self) -> None:
        clear_leftovers(self.settings.data_dir)
        owners = await self._open_database()
        servers, passwords = by_server(owners), login_passwords(self.settings)
        async with self._step("roles"):
            for owner, services in servers.items():
                await make_roles(owner, passwords, services)
        async with self._step("migrations") as says:
            runs = [await make_tables(*server) for server in servers.items()]
            applied = sum(len(run) for run in runs)
            says(f"{applied} new" if applied else _NOTHING_NEW)
        async with self._step("identities") as says:
            says(await asyncio.to_thread(self._renew))
        await self._start_children(owners)
        try:
            async with asyncio.timeout(READY_S):
                await self._become_ready()
        except TimeoutError:
            raise Trouble(await self._what_is_missing()) from None
        self.is_ready = True

    async def _what_is_missing(self) -> str:
        found = [f"the house did not get ready within {READY_S:g} s"]
        for child in self.children:
            if trouble := await self._trouble_of(child.name):
                found.append(f"{child.name}: {trouble}; its log {child.log} ends with:")
                found.append(child.last_lines())
        return "\n".join(found)

    async def _trouble_of(self, name: str) -> str:
        settings = self.settings
        if name == PLAYGROUND:
            return await health.playground_trouble(playground_url(settings))
        return await health.service_trouble(settings, name)

    async def _open_database(self) -> Mapping[str, str]:
        """The owner's address for each service, on servers that run."""
        if not needs_embedded(self.settings):
            require_free_ports(self.settings)
            with owner_urls(self.settings) as owners:
                return owners
        self.database = embedded_of(self.settings)
        # What a killed starter left may still hold the port.
        self.database.clear()
        require_free_ports(self.settings)
        async with self._step("PostgreSQL"):
            self.database.start()
        return dict.fromkeys(SERVICES, self.database.url) | own_servers(self.settings)

    async def _start_children(self, owners: Mapping[str, str]) -> None:
        logs = self.settings.data_dir / "logs"
        logs.mkdir(exist_ok=True, mode=0o700)
        for planned in processes(self.settings, owners):
            child = Child(planned, logs, self.tell)
            self.children.append(child)
            await child.start()
            self._keep(child.keep(is_ready=lambda: self.is_ready))
        self._keep(self._keep_certificates())
        if self.database is not None:
            self._keep(self._keep_database(self.database))

    def _keep(self, work: Awaitable[None]) -> None:
        self._keepers.append(asyncio.ensure_future(work))

    async def _keep_database(self, database: Embedded) -> None:
        """A killed PostgreSQL comes back on the same port with the same data."""
        while True:
            await asyncio.sleep(_WATCH_EVERY_S)
            if database.process_id is not None:
                continue
            self.tell(f"PostgreSQL ended and is started again; its log is {database.log}")
            try:
                database.start()
            except EmbeddedError as error:
                self.tell(str(error))
                await asyncio.sleep(1)

    async def _keep_certificates(self) -> None:
        """Whoever runs for months is renewed meanwhile; the processes take it up by themselves."""
        while True:
            await asyncio.sleep(_RENEW_EVERY_S)
            said = await asyncio.to_thread(self._renew)
            if said != _NOTHING_NEW:
                self.tell(f"identities: {said}")

    def _renew(self) -> str:
        made = certs.make(certs.folder_of(self.settings))
        counts = Counter(one.news for one in made if one.news != "kept")
        return ", ".join(f"{count} {news}" for news, count in counts.items()) or _NOTHING_NEW

    async def _become_ready(self) -> None:
        async with self._step("services"):
            await self._unless_hopeless(self._all_well(SERVICES))
        async with self._step("content") as says:
            report = await self._unless_hopeless(
                content.import_files(self.settings, content.STARTER)
            )
            for problem in (*report.problems, *report.warnings):
                self.tell(str(problem))
            if not report.is_written:
                raise Trouble("the starter content was refused; the lines above say why")
            says(str(report) if report.has_news else f"nothing new in {report}")
        for name in (BOT, PLAYGROUND) if has_playground(self.settings) else (BOT,):
            async with self._step(name):
                await self._unless_hopeless(self._all_well([name]))

    async def _all_well(self, names: Sequence[str]) -> None:
        """Waits until every one of them serves."""
        async with asyncio.TaskGroup() as group:
            for name in names:
                ask = functools.partial(self._trouble_of, name)
                group.create_task(health.wait_until_well(ask))

    async def _unless_hopeless(self, work: Awaitable[T]) -> T:
        """Waits for the work, or for a child that cannot start."""
        task = asyncio.ensure_future(work)
        try:
            done, _ = await asyncio.wait(
                {task, *self._keepers}, return_when=asyncio.FIRST_COMPLETED
            )
            for keeper in done - {task}:
                keeper.result()
            return await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def _step(self, name: str) -> AsyncIterator[Callable[[str], None]]:
        """One line for each step: what it is, how long it took, and what came of it."""
        began = time.perf_counter()
        facts: list[str] = []
        with Status(f"{name} …", console=self._screen):
            try:
                yield facts.append
            except (Exception, asyncio.CancelledError):
                self.tell(f"  {name:<11} not finished after {time.perf_counter() - began:.1f} s")
                raise
        took = f"{time.perf_counter() - began:5.1f} s"
        self.tell(f"  {name:<11}{took}   {' '.join(facts)}".rstrip())

    async def _stop(self) -> None:
        for child in self.children:
            child.is_needed = False
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for group in ({BOT}, set(SERVICES), {PLAYGROUND}):
            ending = (c.stop(_PATIENCE_S[c.name]) for c in self.children if c.name in group)
            await asyncio.gather(*ending)
        if self.database is not None:
            self.database.stop()
