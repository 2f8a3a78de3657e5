"""Handing waifus over, for whoever may: one statement, once."""

from collections.abc import Iterable
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
            *FIXED,
        )
        return granted_out(kept)

    async def grant_each(self, request: pb.BatchGrantRequest) -> pb.BatchGrantResponse:
        """Hands waifus over to several players."""
        kept = await self._once.run_each(request.requests, store.BATCH_GRANT, all_pulled)
        return pb.BatchGrantResponse(
            answers=[
                pb.GrantedAnswer(response=None if one is None else granted_out(one)) for one in kept
            ]
        )


FIXED = (rules.SHARDS, rules.STAR_TOTALS, rules.POWERS, rules.MAX_CONSTELLATION)
"""What the rules say, for everybody."""


def all_pulled(requests: Iterable[pb.GrantRequest]) -> Iterable[object]:
    """What the statement for several players needs: whose waifus stand where, then all waifus and their copies."""
    first: list[int] = []
    waifus: list[int] = []
    copies: list[int] = []
    for request in requests:
        pulled = rules.fold(request.waifu_ids)
        first.append(len(waifus) + 1)
        waifus += pulled
        copies += pulled.values()
    last = [start - 1 for start in first[1:]] + [len(waifus)]
    return first, last, waifus, copies, *FIXED


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
