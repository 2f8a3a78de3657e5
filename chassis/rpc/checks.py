"""The checks of a message, compiled once from the options in its contract.

The names of the rules are those of protovalidate; the option is `geminya.common.v1.check`.
"""

import re
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from chassis.rpc.status import Violation
from chassis.text import is_clean
from geminya.common.v1.checks_pb2 import Check, check

MOST_VIOLATIONS = 20
"""In one answer: they travel in trailers, and those have room for 8 KiB."""
Finding = Callable[[Any, str], Iterator[Violation]]
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def violations(message: Any) -> list[Violation]:
    """Everything that is wrong with the form of a message, nested ones included."""
    return list(islice(_message(message, ""), MOST_VIOLATIONS))


def _message(message: Any, path: str) -> Iterator[Violation]:
    for finding in _findings(message.DESCRIPTOR):
        yield from finding(message, path)


@cache
def _findings(descriptor: Descriptor) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for field in descriptor.fields:
        rule: Check = field.GetOptions().Extensions[check]
        if _has_something_to_check(field, rule):
            found.append(_finding(field, rule))
    return tuple(found)


def _has_something_to_check(field: FieldDescriptor, rule: Check) -> bool:
    """A number without a rule can be anything, and is not looked at."""
    return (
        field.message_type is not None
        or rule != Check()
        or any(True for _ in _value_checks(field, rule))
    )


def _finding(field: FieldDescriptor, rule: Check) -> Finding:
    """One field's checks as one function."""
    parts = [*_value_checks(field, rule)]
    name, kind = field.name, field.message_type
    is_message = kind is not None
    is_map = kind is not None and kind.GetOptions().map_entry

    def find(message: Any, path: str) -> Iterator[Violation]:
        where = f"{path}{name}"
        if is_message and not field.is_repeated:
            if not message.HasField(name):
                if rule.required:
                    yield Violation(where, "is required")
                return
            yield from _message(getattr(message, name), f"{where}.")
            return
        value = getattr(message, name)
        if is_map:
            yield from _texts_of_map(value, where)
            return
        if field.is_repeated:
            yield from _count(rule, value, where)
        for index, item in enumerate(value if field.is_repeated else (value,)):
            spot = f"{where}[{index}]" if field.is_repeated else where
            if is_message:
                yield from _message(item, f"{spot}.")
            else:
                yield from (Violation(spot, text) for part in parts if (text := part(item)))

    return find


def _count(rule: Check, values: Any, where: str) -> Iterator[Violation]:
    if len(values) < max(rule.min_items, int(rule.required)):
        yield Violation(where, f"needs at least {max(rule.min_items, 1)} items")
    if rule.HasField("max_items") and len(values) > rule.max_items:
        yield Violation(where, f"has over {rule.max_items} items")


def _texts_of_map(values: Any, where: str) -> Iterator[Violation]:
    for key, value in values.items():
        for text in (key, value):
            if isinstance(text, str) and "\0" in text:
                yield Violation(f"{where}[{key!r}]", "holds a NUL character")


def _value_checks(field: FieldDescriptor, rule: Check) -> Iterator[Callable[[Any], str]]:
    """The checks of one value; each gives what is wrong, or an empty text."""
    if rule.required and not field.is_repeated:
        yield lambda value: "" if value else "is required"
    if field.type == FieldDescriptor.TYPE_STRING:
        yield lambda value: "holds a NUL character" if "\0" in value else ""
    if field.enum_type is not None:
        known = frozenset(field.enum_type.values_by_number)
        yield lambda value: "" if value in known else f"{value} is not a known value"
    yield from _range_checks(rule)
    yield from _text_checks(rule)


def _range_checks(rule: Check) -> Iterator[Callable[[Any], str]]:
    low, high, allowed = rule.gte, rule.lte, frozenset(rule.one_of)
    if rule.HasField("gte"):
        yield lambda value: "" if value >= low else f"is below {low}"
    if rule.HasField("lte"):
        yield lambda value: "" if value <= high else f"is above {high}"
    if allowed:
        words = ", ".join(map(str, sorted(allowed)))
        yield lambda value: "" if value in allowed else f"is none of {words}"


def _text_checks(rule: Check) -> Iterator[Callable[[Any], str]]:
    least, most = rule.min_len, rule.max_len
    if rule.HasField("min_len"):
        yield lambda value: "" if len(value) >= least else f"is shorter than {least}"
    if rule.HasField("max_len"):
        yield lambda value: "" if len(value) <= most else f"is longer than {most}"
    if rule.uuid:
        yield lambda value: "" if not value or _is_uuid(value) else "is not a UUID"
    if rule.slug:
        yield lambda value: "" if not value or SLUG.fullmatch(value) else "is not a slug"
    if rule.clean_text:
        yield lambda value: "" if is_clean(value) else "has characters that are not allowed"


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
