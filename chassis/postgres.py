"""PostgreSQL: `Database` and `Tx`. The only file that imports asyncpg.

A `Tx` has five methods: `one`, `maybe`, `all` (rows as a dataclass), `value` and `run`. `Database.bare` runs
single statements without BEGIN and COMMIT around them, which are a round trip each.
"""

# The library has no types of its own.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportAttributeAccessIssue=false

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import asyncpg
from opentelemetry.trace import SpanKind

from chassis import attributes, telemetry
from chassis.measures import DatabaseMeasures

T = TypeVar("T")

ACQUIRE_TIMEOUT_S = 0.3
CONNECT_TIMEOUT_S = 5
COPY_TIMEOUT_S = 3600


class DatabaseTrouble(Exception):
    """The database could not answer now; the same call may go through later."""


class DatabaseConflict(DatabaseTrouble):
    """Deadlock or serialization failure: the statement was rolled back whole."""


class UniqueViolation(Exception):
    """A row with this key is there already."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


TROUBLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # A connection that was lost between its answer and its way back into the pool.
    asyncpg.InternalClientError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InvalidPasswordError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.ReadOnlySQLTransactionError,
    OSError,
    TimeoutError,
)
CONFLICT = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)


@lru_cache(maxsize=1024)
def label_of(sql: str) -> str:
    """The name of a statement: its first line, `-- save_summon`."""
    first = sql.strip().split("\n", 1)[0]
    return first.removeprefix("--").strip() if first.startswith("--") else "statement"


class Tx(Protocol):
    """What a store function works with: a transaction, or single statements."""

    async def one(self, kind: type[T], sql: str, *args: object) -> T:
        """The only row; its absence is a bug."""
        ...

    async def maybe(self, kind: type[T], sql: str, *args: object) -> T | None:
        """The only row, or none."""
        ...

    async def all(self, kind: type[T], sql: str, *args: object) -> list[T]:
        """Every row."""
        ...

    async def value(self, sql: str, *args: object) -> Any:
        """The first column of the first row; none without a row."""
        ...

    async def run(self, sql: str, *args: object) -> int:
        """Runs the statement; the number of rows it touched."""
        ...


class _Statements:
    """The five methods over whatever gives a connection."""

    def __init__(self, database: "Database", connection: asyncpg.Connection | None) -> None:
        self._database = database
        self._connection = connection

    async def one(self, kind: type[T], sql: str, *args: object) -> T:
        row = await self._do("fetchrow", sql, args)
        if row is None:
            raise AssertionError(f"no row from {label_of(sql)}")
        return kind(**row)

    async def maybe(self, kind: type[T], sql: str, *args: object) -> T | None:
        row = await self._do("fetchrow", sql, args)
        return None if row is None else kind(**row)

    async def all(self, kind: type[T], sql: str, *args: object) -> list[T]:
        return [kind(**row) for row in await self._do("fetch", sql, args)]

    async def value(self, sql: str, *args: object) -> Any:
        return await self._do("fetchval", sql, args)

    async def run(self, sql: str, *args: object) -> int:
        tag = await self._do("execute", sql, args)
        last = tag.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0

    async def _do(self, verb: str, sql: str, args: tuple[object, ...]) -> Any:
        database, label = self._database, label_of(sql)
        facts = {
            attributes.STATEMENT: label,
            attributes.DB_SYSTEM: "postgresql",
            attributes.DB_SCHEMA: database.name,
        }
        with telemetry.span(label, facts, SpanKind.CLIENT), translated():
            database.round_trips += 1
            if self._connection is not None:
                return await database.timed(label, self._connection, verb, sql, args)
            async with database.connection() as connection:
                result = await database.timed(label, connection, verb, sql, args)
        await database.committed(label)
        return result


class Transaction(_Statements):
    """A transaction under way."""

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """A part that is undone alone when it raises."""
        assert self._connection is not None
        self._database.round_trips += 2
        async with self._connection.transaction():
            yield


class translated:  # noqa: N801 - reads as a word in a with-statement
    """Turns the driver's errors into the three that the rest of the house knows."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        match error:
            case asyncpg.UniqueViolationError():
                raise UniqueViolation(error.constraint_name or "") from error
            case asyncpg.PostgresError() if isinstance(error, CONFLICT):
                raise DatabaseConflict(str(error)) from error
            case FileNotFoundError():
                # The driver does not say which: the authority's certificate of `sslrootcert`, mostly.
                raise DatabaseTrouble("a file that the address names is not there") from error
            case asyncpg.ClientConfigurationError():
                raise DatabaseTrouble(str(error)) from error
            case asyncpg.InterfaceError() if isinstance(error, ValueError):
                # An argument that the driver cannot send is our own mistake; no repeat will mend it.
                return
            case _ if isinstance(error, TROUBLE):
                raise DatabaseTrouble(f"{type(error).__name__}: {error}") from error
            case _:
                return


class Database:
    """The pool of one service, opened once and handed down."""

    def __init__(
        self, url: str, *, name: str, size: int = 10, statement_cache_size: int = 500
    ) -> None:
        self.name = name
        self.round_trips = 0
        """Every round trip since the start, hidden ones included."""
        self.measures = DatabaseMeasures()
        self._url = url
        self._size = size
        self._statement_cache_size = statement_cache_size
        self._pool: asyncpg.Pool | None = None
        self.bare: Tx = _Statements(self, None)
        """Single statements, each its own transaction."""

    async def open(self) -> None:
        """Connects. A server that is not there is a `DatabaseTrouble`."""
        with translated():
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=2,
                max_size=self._size,
                init=_prepare_connection,
                # No session state is kept, and the default reset costs a round trip on each release.
                reset=_no_reset,
                timeout=CONNECT_TIMEOUT_S,
                command_timeout=10,
                statement_cache_size=self._statement_cache_size,
                max_inactive_connection_lifetime=0,
            )

    async def close(self) -> None:
        """Gives the connections back; whatever still runs on them is cut off after two seconds."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), 2)
        except TimeoutError:
            pool.terminate()

    def terminate(self) -> None:
        """Drops the connections at once, as a dying process does."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.terminate()

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[Any]:
        """One connection of the pool, for at most a statement or a transaction."""
        # Closing takes the pool away while its connections are still out.
        pool = self._pool
        if pool is None:
            raise DatabaseTrouble("the pool is closed")
        began = time.perf_counter()
        try:
            connection = await pool.acquire(timeout=ACQUIRE_TIMEOUT_S)
        except TimeoutError:
            self.measures.refused.inc()
            raise
        self.measures.waited(time.perf_counter() - began)
        try:
            yield connection
        finally:
            await pool.release(connection)

    @asynccontextmanager
    async def transaction(self, *, readonly: bool = False) -> AsyncGenerator[Transaction]:
        """Several statements, all or nothing."""
        with translated():
            async with self.connection() as connection:
                self.round_trips += 2
                async with connection.transaction(readonly=readonly):
                    yield Transaction(self, connection)
            if not readonly:
                await self.committed("transaction")

    async def timed(
        self, label: str, connection: Any, verb: str, sql: str, args: tuple[object, ...]
    ) -> Any:
        """Runs a statement and measures it, also one that fails."""
        began = time.perf_counter()
        try:
            return await getattr(connection, verb)(sql, *args)
        finally:
            self.measures.ran(label, time.perf_counter() - began)

    def connections(self) -> dict[str, int]:
        """How many connections there are, by whether they are at work."""
        pool = self._pool
        if pool is None:
            return {"idle": 0, "busy": 0}
        idle = pool.get_idle_size()
        return {"idle": idle, "busy": pool.get_size() - idle}

    @property
    def limit(self) -> int:
        """The most connections there may be."""
        return self._size

    async def committed(self, label: str) -> None:
        """Called after every commit; a test counts the moments here."""

    async def is_alive(self) -> bool:
        """Whether one query comes back."""
        try:
            self.measures.is_up = await self.bare.value("-- is_alive\nSELECT 1") == 1
        except DatabaseTrouble:
            self.measures.is_up = False
        return self.measures.is_up


async def _no_reset(_: Any) -> None:
    return None


def _dump_json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


async def _prepare_connection(connection: asyncpg.Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, schema="pg_catalog", encoder=_dump_json, decoder=json.loads
        )
    await connection.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str)


class Admin:
    """A connection for an operator's work: roles, schemas, checks. Not for services."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def run(self, sql: str, *args: object) -> None:
        """Runs a statement, or a whole script when there are no arguments."""
        with translated():
            await self._connection.execute(sql, *args)

    async def value(self, sql: str, *args: object) -> Any:
        """The first column of the first row; none without a row."""
        with translated():
            return await self._connection.fetchval(sql, *args)

    async def all_rows(self, sql: str, *args: object) -> list[dict[str, Any]]:
        """Every row as a dictionary."""
        with translated():
            return [dict(row) for row in await self._connection.fetch(sql, *args)]

    async def copy_to(self, other: "Admin", schema: str, table: str, columns: list[str]) -> None:
        """Every row of a table into the same table of another server, piece by piece."""
        place = {"schema_name": schema, "columns": columns, "format": "binary"}
        pieces: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=16)

        async def leave() -> None:
            await self._connection.copy_from_table(
                table, output=pieces.put, timeout=COPY_TIMEOUT_S, **place
            )
            await pieces.put(None)

        async def arriving() -> AsyncGenerator[bytes]:
            while (piece := await pieces.get()) is not None:
                yield piece

        with translated():
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(leave())
                    await other._connection.copy_to_table(
                        table, source=arriving(), timeout=COPY_TIMEOUT_S, **place
                    )
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None


@asynccontextmanager
async def admin_connection(url: str, limit_s: float | None = 60) -> AsyncGenerator[Admin]:
    """One connection with the rights the address gives; closed afterwards. A statement may take `limit_s`."""
    with translated():
        connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S, command_timeout=limit_s)
    try:
        await _prepare_connection(connection)
        yield Admin(connection)
    finally:
        await connection.close(timeout=2)
