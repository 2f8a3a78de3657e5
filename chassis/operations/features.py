"""Features: parts of the game that an operator can freeze. A method names its feature in the contract.

A wish for a frozen feature is refused before anything of it is written. What began before goes on: repeats are
answered, open operations end, and steps of other services are done.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.background import again_and_again
from chassis.operations.refusals import Frozen
from chassis.postgres import Database, Tx
from geminya.common.v1.callers_pb2 import feature as feature_option
from geminya.common.v1.op_pb2 import Op

PERIOD_S = 1.0
"""How often each replica reads what is frozen: half of what is promised."""


@dataclass(frozen=True, slots=True)
class Freeze:
    """A feature that is frozen."""

    feature: str
    reason: str
    by: str
    since: datetime


@dataclass(slots=True)
class Features:
    """The features of a service, and which of them are frozen now."""

    database: Database
    names: frozenset[str] = frozenset()
    frozen: frozenset[str] = frozenset()

    async def admit(self, feature: str, op: Op) -> None:
        """Lets a wish in. Of a frozen feature only what was begun before."""
        if feature in self.frozen and not await is_known(self.database.bare, op):
            raise Frozen(flow=feature)

    async def read(self) -> None:
        """Learns what is frozen now."""
        found = await list_frozen(self.database.bare)
        self.frozen = frozenset(freeze.feature for freeze in found)

    async def watch(self) -> None:
        """Learns it again and again, until it is cancelled."""
        await again_and_again(self.read, PERIOD_S, away="features.database_away")


def features_of(descriptors: Iterable[Any]) -> frozenset[str]:
    """The features that the contracts of some services name."""
    named = (
        method.GetOptions().Extensions[feature_option]
        for service in descriptors
        for method in service.methods
    )
    return frozenset(filter(None, named))


async def is_known(tx: Tx, op: Op) -> bool:
    """Whether a wish was begun, or had its outcome, before."""
    return bool(
        await tx.value(
            """
            -- is_known
            SELECT EXISTS (SELECT FROM operation WHERE user_id = $1 AND op_id = $2)
                OR EXISTS (SELECT FROM applied_step WHERE user_id = $1 AND op_id = $2 AND step = $3)
            """,
            op.user_id,
            op.op_id,
            op.step,
        )
    )


async def list_frozen(tx: Tx) -> list[Freeze]:
    """What is frozen now, by name."""
    return await tx.all(
        Freeze,
        """
        -- list_frozen
        SELECT flow AS feature, reason, by, since FROM "freeze" ORDER BY flow
        """,
    )


async def find_freeze(tx: Tx, feature: str) -> Freeze | None:
    """How a feature is frozen, or none."""
    return await tx.maybe(
        Freeze,
        """
        -- find_freeze
        SELECT flow AS feature, reason, by, since FROM "freeze" WHERE flow = $1
        """,
        feature,
    )


async def freeze(tx: Tx, feature: str, reason: str, by: str) -> Freeze:
    """Freezes a feature; one that is frozen gets the new reason."""
    return await tx.one(
        Freeze,
        """
        -- freeze
        INSERT INTO "freeze" (flow, reason, by)
        VALUES ($1, $2, $3)
        ON CONFLICT (flow) DO UPDATE SET reason = excluded.reason, by = excluded.by
        RETURNING flow AS feature, reason, by, since
        """,
        *(feature, reason, by),
    )


async def unfreeze(tx: Tx, feature: str) -> None:
    """Lets a feature go on."""
    await tx.run(
        """
        -- unfreeze
        DELETE FROM "freeze" WHERE flow = $1
        """,
        feature,
    )
