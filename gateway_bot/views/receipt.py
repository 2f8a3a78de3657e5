"""The receipt of an operation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway_bot.text import say, table
from gateway_bot.views.history import move, reason, subject
from gateway_bot.views.parts import View, line, sheet
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import on, short, title
from geminya.collection.v1.catalog_pb2 import Waifu
from geminya.common.v1.operation_pb2 import OPERATION_STATE_OPEN, FoundOperation, OperationState
from geminya.users.v1.wallet_pb2 import LedgerLine

RECEIPT_LETTERS = 1200


@dataclass(frozen=True, slots=True)
class Receipt:
    """One operation."""

    whole: FoundOperation
    """What is remembered of it: of its steps only where there is nothing else."""
    lines: Sequence[LedgerLine]


def receipt_view(receipts: Sequence[Receipt], waifus: Mapping[int, Waifu]) -> View:
    """Each operation that was found: what it was, where it stands, what it moved."""
    pieces = [text(*_told(receipt, waifus), letters=RECEIPT_LETTERS) for receipt in receipts]
    return sheet([text(say("receipt.title")), line(), *pieces])


def _told(receipt: Receipt, waifus: Mapping[int, Waifu]) -> list[str]:
    whole = receipt.whole
    moved = sorted(receipt.lines, key=lambda each: (each.version, each.currency))
    return [
        say("receipt.head", name=_name(receipt), short_id=short(whole.op_id)),
        say("receipt.state", state=_state(whole), time=on(whole.create_time)),
        *_end(whole),
        *(_line(each, waifus) for each in moved),
        *([] if moved else [say("receipt.no_money")]),
        say("receipt.full", op_id=whole.op_id),
    ]


def _name(receipt: Receipt) -> str:
    if kind := receipt.whole.kind:
        return table("kinds").get(kind) or title(kind)
    return reason(receipt.lines[-1]) if receipt.lines else say("receipt.unnamed")


def _state(found: FoundOperation) -> str:
    name = OperationState.Name(found.state).removeprefix("OPERATION_STATE_").lower()
    return table("states").get(name) or title(name)


def _end(found: FoundOperation) -> list[str]:
    is_over = found.kind and found.state != OPERATION_STATE_OPEN
    return [say("receipt.end", time=on(found.update_time))] if is_over else []


def _line(moved: LedgerLine, waifus: Mapping[int, Waifu]) -> str:
    about = subject(moved, waifus)
    told = f"{reason(moved)} · {about}" if about else reason(moved)
    return f"{told}\n{move(moved)}"
