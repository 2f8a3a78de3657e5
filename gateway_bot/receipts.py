"""The receipt of an operation: what each service remembers of it, and what it moved."""

import asyncio
from collections.abc import Sequence

from gateway_bot.clients import Clients
from gateway_bot.views.receipt import Receipt
from geminya.common.v1.operation_pb2 import FoundOperation, SearchOperationsRequest
from geminya.users.v1.wallet_pb2 import LedgerLine, ListLedgerRequest

MOST = 3
LINES = 25


async def find(clients: Clients, user_id: int, short_id: str) -> list[Receipt]:
    """The player's own operations whose id begins so, the newest first."""
    asked = SearchOperationsRequest(user_id=user_id, short_id=short_id)
    services = clients.operations
    answers = await asyncio.gather(*(each.SearchOperations(asked) for each in services.values()))
    parts = [
        (name, found)
        for name, answer in zip(services, answers, strict=True)
        for found in answer.operations
    ]
    by_op: dict[str, list[tuple[str, FoundOperation]]] = {}
    for name, found in sorted(parts, key=_newest_whole_first):
        by_op.setdefault(found.op_id, []).append((name, found))
    chosen = [*by_op.items()][:MOST]
    moved = await asyncio.gather(*(_lines(clients, user_id, op_id) for op_id, _ in chosen))
    return [Receipt(op_id, own, lines) for (op_id, own), lines in zip(chosen, moved, strict=True)]


async def _lines(clients: Clients, user_id: int, op_id: str) -> Sequence[LedgerLine]:
    request = ListLedgerRequest(user_id=user_id, op_id=op_id, page_size=LINES)
    return (await clients.wallet.ListLedger(request)).lines


def _newest_whole_first(part: tuple[str, FoundOperation]) -> tuple[int, bool, int, int]:
    _, found = part
    return (-found.create_time.seconds, not found.kind, -found.create_time.nanos, found.step)
