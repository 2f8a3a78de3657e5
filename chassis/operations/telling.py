"""An operation as an operator reads it: as JSON, without secrets and without a word of the player's.

A field that the contract marks `debug_redact` is left out, in the request, in what was kept and in the answer.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FileDescriptor

from chassis.operations.operation import Flow
from chassis.operations.store import DONE, Row


def request_told(flow: Flow, row: Row) -> str:
    """What was asked for; empty once its life has ended."""
    return "" if row.is_wiped else _told(flow, json_format.MessageToDict(_order(flow, row)))


def kept_told(flow: Flow, row: Row) -> str:
    """What the phases have kept: number to message."""
    return _told(flow, row.frozen)


def result_told(flow: Flow, row: Row) -> str:
    """The answer, or the refusal; empty while there is none."""
    if not row.result:
        return ""
    if row.state == DONE:
        return _told(flow, json_format.MessageToDict(flow.answer.FromString(row.result)))
    return _told(flow, json.loads(row.result))


def _order(flow: Flow, row: Row) -> Any:
    return flow.order.FromString(row.request)


def _told(flow: Flow, found: Any) -> str:
    shown = _without(found, secrets_of(flow.order.DESCRIPTOR.file))
    return json.dumps(shown, ensure_ascii=False, sort_keys=True)


def _without(found: Any, secret: frozenset[str]) -> Any:
    """The same, without what bears one of these names, at any depth."""
    if isinstance(found, dict):
        items = cast("dict[str, Any]", found)
        return {name: _without(it, secret) for name, it in items.items() if name not in secret}
    if isinstance(found, list):
        return [_without(one, secret) for one in cast("list[Any]", found)]
    return found


@cache
def secrets_of(file: FileDescriptor) -> frozenset[str]:
    """The names of what a contract, or one that it imports, marks as secret; as they stand in JSON."""
    names = {
        field.json_name
        for message in _messages(file)
        for field in message.fields
        if field.GetOptions().debug_redact
    }
    return frozenset(names.union(*(secrets_of(other) for other in file.dependencies)))


def _messages(file: FileDescriptor) -> Iterator[Descriptor]:
    """Every message of a file, nested ones too."""
    left: list[Descriptor] = [*file.message_types_by_name.values()]
    while left:
        message = left.pop()
        yield message
        left += message.nested_types
