"""The receipt of an operation: what each service remembers of it, and what it moved."""

import asyncio
from collections.abc import Sequence

from gateway_bot.clients import Clients
from gateway_bot.views.receipt import Receipt
from geminya.common.v1.operation_pb2 import (
    OPERATION_STATE_DONE,
    FoundOperation,
    SearchOperationsRequest,
)
from geminya.users.v1.wallet_pb2 import LedgerLine, ListLedgerRequest

MOST = 3
LINES = 100


async def find(clients: Clients, user_id: int, short_id: str) -> list[Receipt]:
    """The player's own operations whose id begins so, the newest first."""
    asked = SearchOperationsRequest(user_id=user_id, short_id=short_id)
    ledger = ListLedgerRequest(user_id=user_id, short_id=short_id, page_size=LINES)
    answers, moved = await asyncio.gather(
        asyncio.gather(*(each.SearchOperations(asked) for each in clients.operations.values())),
        clients.wallet.ListLedger(ledger),
    )
    remembered = [found for answer in answers for found in answer.operations]
    op_ids = dict.fromkeys(each.op_id for each in (*remembered, *moved.lines))
    receipts = [_receipt(op_id, remembered, moved.lines) for op_id in op_ids]
    return sorted(receipts, key=lambda receipt: -receipt.whole.create_time.ToNanoseconds())[:MOST]


def _receipt(
    op_id: str, remembered: Sequence[FoundOperation], moved: Sequence[LedgerLine]
) -> Receipt:
    """The operation itself where a service led one; else its first step, or what the ledger alone still tells."""
    lines = [line for line in moved if line.op_id == op_id]
    parts = [found for found in remembered if found.op_id == op_id]
    if not parts:
        done = FoundOperation(op_id=op_id, state=OPERATION_STATE_DONE, create_time=lines[-1].time)
        return Receipt(done, lines)
    return Receipt(min(parts, key=_itself_first), lines)


def _itself_first(found: FoundOperation) -> tuple[bool, int]:
    return (not found.kind, found.create_time.ToNanoseconds())
