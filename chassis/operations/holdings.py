"""Holdings: what a service holds about players, table by table, so that it can be told and can end.

Whoever adds a table with rows of players names it in the `holdings=` of the service's composition root:

    Holding("user_waifus", key=("waifu_id integer",))

`key` is what tells the rows of one player apart, with types, in the order of an index that begins with the
player; it stays empty where a player has one row. Rows go when the life ends. A table whose rows must outlive it
says `on_close=OnClose.KEEP` and holds numbers only: no word of the player's, no Discord id. Secrets, and what means
nothing to a player, go into `hidden` and are left out of the export. Children stand before the table they
refer to. The login role needs DELETE. A contract test finds tables that nobody has named.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from chassis.operations.once import WIPED
from chassis.postgres import Tx
from chassis.rpc.page import BadRequest
from chassis.rpc.status import Violation

BATCH = 1000
"""Rows of one statement: it ends well within the second that a service's statement may take."""

TOLD = "-"
BOUNDS = {"smallint": 2**15, "integer": 2**31, "bigint": 2**63}
BETWEEN = "\x1f"
"""Stands between the parts of a key in a page token."""
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class OnClose(Enum):
    """What becomes of a player's rows when the life ends."""

    DELETE = "they go"
    KEEP = "they stay: numbers that must outlive the life"
    WIPE = "they stay, without a word of the player's"


@dataclass(frozen=True, slots=True)
class Holding:
    """A table with rows of players."""

    table: str
    key: tuple[str, ...] = ()
    """Columns with their types that tell the rows of one player apart: `("op_id uuid", "step smallint")`."""
    player: str = "user_id"
    on_close: OnClose = OnClose.DELETE
    hidden: tuple[str, ...] = ()
    """Columns that no export shows."""
    wipes: str = ""
    """With `WIPE`: the assignments that take the words away."""
    is_unwiped: str = ""
    """With `WIPE`: which rows still have some. `closing` has the epoch that ends and the op that ends it."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the key."""
        return tuple(part.split()[0] for part in self.key)

    def list_statement(self, *, is_first: bool) -> str:
        """A page of the player's rows as JSON. $1 player, $2 hidden, $3 most rows, $4 … the key to go on after."""
        columns = ", ".join(self.columns)
        texts = ", ".join(f"{column}::text" for column in self.columns)
        after = ", ".join(f"${4 + n}::text::{part.split()[1]}" for n, part in enumerate(self.key))
        return f"""
        -- list_held_{self.table}
        SELECT (to_jsonb(held) - $2::text[])::text AS body, ARRAY[{texts}]::text[] AS key
        FROM {self.table} AS held
        WHERE {self.player} = $1 {"" if is_first else f"AND ({columns}) > ({after})"}
        {f"ORDER BY {columns}" if columns else ""}
        LIMIT $3
        """

    def end_statement(self) -> str:
        """Ends a batch of a closed life. $1 player, $2 epoch, $3 the op that ends it.

        The gate is looked at in the same picture as the rows: once a later life has opened it, a late copy finds
        nothing, and rows of that life cannot be in a picture in which the gate is still closed.
        """
        is_wipe = self.on_close is OnClose.WIPE
        what = f"UPDATE {self.table} SET {self.wipes}" if is_wipe else f"DELETE FROM {self.table}"
        return f"""
        -- end_{self.table}
        WITH closing AS MATERIALIZED (
            SELECT epoch, $3::uuid AS op_id FROM gate WHERE user_id = $1 AND epoch = $2 AND closed
        )
        {what} WHERE ctid = ANY(ARRAY(
            SELECT held.ctid FROM {self.table} AS held, closing
            WHERE held.{self.player} = $1 {f"AND {self.is_unwiped}" if is_wipe else ""}
            LIMIT {BATCH}
        ))
        """


KIT = (
    Holding("gate", on_close=OnClose.KEEP, hidden=("changes",)),
    Holding(
        "applied_step",
        key=("op_id uuid", "step smallint"),
        on_close=OnClose.WIPE,
        hidden=("request_hash", "answer"),
        wipes=f"answer = '{WIPED.decode()}'",
        is_unwiped=f"answer <> '{WIPED.decode()}'",
    ),
    Holding(
        "operation",
        key=("op_id uuid",),
        on_close=OnClose.WIPE,
        hidden=(
            *("request_hash", "request", "frozen", "result", "driver"),
            *("lease_until", "attempt", "parked", "trouble", "trace"),
        ),
        wipes="state = CASE WHEN state < 10 THEN 12 ELSE state END, "
        "request = '', frozen = '{}', result = '', trouble = ''",
        # The one that ends the life stays: its repeat is answered.
        is_unwiped="held.epoch = closing.epoch AND held.op_id <> closing.op_id AND request <> ''",
    ),
    # Who acted, and by which ticket, is about the operator.
    Holding("audit", key=("op_id uuid",), on_close=OnClose.KEEP, hidden=("operator", "ticket")),
)
"""The kit's own tables, in every schema."""


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A row as JSON, with what comes after it."""

    body: str
    key: list[str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: a table, and the key to go on after."""

    table: int
    key: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """A row of a page."""

    table: str
    body: str
    place: Place


async def list_held(
    tx: Tx, holdings: Sequence[Holding], user_id: int, place: Place, limit: int
) -> list[Told]:
    """The player's rows after a place, table by table."""
    told: list[Told] = []
    for number, holding in enumerate(holdings):
        after = place.key if number == place.table else ()
        if number < place.table or (number == place.table and not holding.key and place.key):
            continue
        rows = await tx.all(
            HeldRow,
            holding.list_statement(is_first=not after),
            *(user_id, holding.hidden, limit - len(told), *after),
        )
        # Without a key there is one row, and a mark that it was told.
        told += [
            Told(holding.table, row.body, Place(number, tuple(row.key) or (TOLD,))) for row in rows
        ]
        if len(told) >= limit:
            break
    return told


def place_in(holdings: Sequence[Holding], text: str) -> Place:
    """The place that a token's key names; a key that no row can have is a `BadRequest`."""
    number, *key = text.split(BETWEEN)
    if not _is_of(number, "smallint") or not 0 <= int(number) < len(holdings):
        raise _not_a_token()
    types = [part.split()[1] for part in holdings[int(number)].key] or ["text"]
    if len(types) != len(key) or not all(map(_is_of, key, types)):
        raise _not_a_token()
    return Place(int(number), tuple(key))


def place_out(place: Place) -> str:
    """The place as a token's key."""
    return BETWEEN.join([str(place.table), *place.key])


async def end_life(
    tx: Tx, holdings: Iterable[Holding], user_id: int, epoch: int, op_id: str
) -> None:
    """Ends what a life that is closed held, in batches; a repeat goes on where the last one stopped.

    Each batch is a transaction of its own where `tx` runs single statements.
    """
    for holding in holdings:
        if holding.on_close is not OnClose.KEEP:
            while await tx.run(holding.end_statement(), user_id, epoch, op_id) == BATCH:
                pass


def _is_of(text: str, kind: str) -> bool:
    """Whether PostgreSQL reads the text as this type."""
    if kind == "uuid":
        return UUID.fullmatch(text) is not None
    if kind == "date":
        return _is_date(text)
    if kind in BOUNDS:
        is_whole = re.fullmatch(r"-?[0-9]{1,19}", text) is not None
        return is_whole and -BOUNDS[kind] <= int(text) < BOUNDS[kind]
    assert kind == "text", kind
    return True


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _not_a_token() -> BadRequest:
    return BadRequest(Violation("page_token", "is not a page token"))
