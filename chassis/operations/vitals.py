"""What only the database can tell of a service, looked up now and then and never on a player's time."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import structlog

from chassis.metrics import Meter, Seen
from chassis.operations.store import FACT, REFUNDING
from chassis.postgres import Database, DatabaseTrouble, Tx, label_of

log = structlog.get_logger()

LOOK_S = 15.0
STATEMENTS_EVERY = 4
"""Every so many looks the server's own statistics of statements are read."""
SLOWEST = 20
STATES = ("open", "fact", "parked", "refunding")


@dataclass(frozen=True, slots=True)
class Open:
    """Operations without an end, of one kind and in one state."""

    kind: str
    state: str
    count: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Flushes:
    """How often a server has flushed its log."""

    server: str
    count: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What a server spent on a statement."""

    query: str
    calls: int
    seconds: float


class Vitals:
    """The last look at the database of a service."""

    def __init__(self, meter: Meter, database: Database) -> None:
        self._database = database
        self._kinds: frozenset[str] = frozenset()
        self._open: Seen = {}
        self._oldest: Seen = dict.fromkeys(((state,) for state in STATES), 0.0)
        self._flushes: Seen = {}
        self._calls: Seen = {}
        self._seconds: Seen = {}
        self._is_visible = False
        meter.look("geminya_operations_open", ("kind", "state"), lambda: self._open)
        meter.look("geminya_operation_oldest_seconds", ("state",), lambda: self._oldest)
        flushes, visible = "geminya_postgres_wal_flushes", "geminya_postgres_statements_visible"
        meter.look(flushes, ("server",), lambda: self._flushes, kind="counter")
        meter.look(visible, (), lambda: {(): float(self._is_visible)})
        calls, seconds = (f"geminya_postgres_statement_{name}" for name in ("calls", "seconds"))
        meter.look(calls, ("statement",), lambda: self._calls, kind="counter")
        meter.look(seconds, ("statement",), lambda: self._seconds, kind="counter")

    def begin(self, kinds: Iterable[str]) -> None:
        """Lets the operations of these flows be zero before the first look."""
        self._kinds = frozenset(kinds)
        self._open = self._counted([])

    async def watch(self) -> None:
        """Looks again and again, until it is cancelled."""
        looks = 0
        while True:
            try:
                await self.look(with_statements=looks % STATEMENTS_EVERY == 0)
            except DatabaseTrouble as trouble:
                log.warning("vitals.database_away", why=str(trouble))
            looks += 1
            await asyncio.sleep(LOOK_S)

    async def look(self, *, with_statements: bool = False) -> None:
        """Looks once."""
        tx = self._database.bare
        found = await list_open(tx)
        self._open = self._counted(found)
        self._oldest = {
            (state,): max((one.oldest_s for one in found if one.state == state), default=0.0)
            for state in STATES
        }
        self._flushes = {(one.server,): float(one.count) for one in await list_flushes(tx)}
        if with_statements:
            await self._look_at_statements(tx)

    def _counted(self, found: list[Open]) -> Seen:
        counts = {(kind, state): 0.0 for kind in self._kinds for state in STATES}
        return counts | {(one.kind, one.state): float(one.count) for one in found}

    async def _look_at_statements(self, tx: Tx) -> None:
        schema = await find_statements(tx)
        self._is_visible = schema is not None
        spent = [] if schema is None else await list_spent(tx, schema, SLOWEST)
        calls: dict[tuple[str, ...], float] = {}
        seconds: dict[tuple[str, ...], float] = {}
        # A statement that was written in two ways has two lines and one label.
        for one in spent:
            label = (label_of(one.query),)
            calls[label] = calls.get(label, 0.0) + one.calls
            seconds[label] = seconds.get(label, 0.0) + one.seconds
        self._calls, self._seconds = calls, seconds


async def list_open(tx: Tx) -> list[Open]:
    """Operations without an end; few at any time, and a partial index holds them."""
    return await tx.all(
        Open,
        f"""
        -- list_open
        SELECT kind, CASE WHEN state = {REFUNDING} THEN 'refunding' WHEN parked THEN 'parked'
                WHEN state = {FACT} THEN 'fact' ELSE 'open' END AS state,
            count(*) AS count, extract(epoch FROM max(now() - created_at))::float8 AS oldest_s
        FROM operation
        WHERE state < 10
        GROUP BY 1, 2
        """,
    )


async def list_flushes(tx: Tx) -> list[Flushes]:
    """How often the server has flushed its log, under a name that no other server has."""
    version = int(await tx.value("-- server_version\nSELECT current_setting('server_version_num')"))
    if version >= 180000:
        count = "(SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal')"
    else:
        count = "(SELECT wal_sync FROM pg_stat_wal)"
    return await tx.all(
        Flushes,
        f"""
        -- list_flushes
        SELECT system_identifier::text AS server, COALESCE({count}, 0)::bigint AS count
        FROM pg_control_system()
        """,
    )


async def find_statements(tx: Tx) -> str | None:
    """The schema where the server keeps statistics of statements, where this role may read them."""
    return await tx.value(
        """
        -- find_statements
        -- A server that has not loaded the library knows no setting of it.
        SELECT quote_ident(n.nspname)
        FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
        WHERE extname = 'pg_stat_statements' AND has_schema_privilege(n.oid, 'USAGE')
            AND current_setting('pg_stat_statements.max', true) IS NOT NULL
        """
    )


async def list_spent(tx: Tx, schema: str, limit: int) -> list[Spent]:
    """What the server spent most time on for this role."""
    return await tx.all(
        Spent,
        f"""
        -- list_spent
        SELECT query, calls::bigint AS calls, total_exec_time / 1000 AS seconds
        FROM {schema}.pg_stat_statements
        WHERE userid = current_user::regrole
            AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        ORDER BY total_exec_time DESC
        LIMIT $1
        """,
        limit,
    )
