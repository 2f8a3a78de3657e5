"""Handing waifus over, for whoever may: one statement, once."""

from typing import Any

from chassis.operations.once import Once
from geminya.collection.v1 import roster_pb2 as pb
from services.collection.roster import rules, store


class Grants:
    """Grants of this service."""

    def __init__(self, once: Once) -> None:
        self._once = once

    async def grant(self, request: pb.GrantRequest, **_: object) -> pb.GrantResponse:
        """Hands waifus over; a repeat gets the same answer.

        A flow of this service calls it as a step, with the deadline that a stub would take.
        """
        pulled = rules.fold(request.waifu_ids)
        kept = await self._once.run(
            request,
            store.GRANT,
            list(pulled),
            list(pulled.values()),
            rules.SHARDS,
            rules.STAR_TOTALS,
            rules.POWERS,
            rules.MAX_CONSTELLATION,
        )
        return granted_out(kept)


def granted_out(kept: dict[str, Any]) -> pb.GrantResponse:
    """The kept answer of a grant; the rank follows from its numbers."""
    before = kept["power_before"], kept["owned_before"]
    after = kept["power"], kept["owned_count"]
    return pb.GrantResponse(
        granted=[pb.Granted(**one) for one in kept["granted"]],
        surplus_quartzs=kept["surplus_quartzs"],
        owned_count=kept["owned_count"],
        power=kept["power"],
        risen_rank=rules.risen_rank(before, after),
    )
