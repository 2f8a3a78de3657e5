"""Gift codes as an operator asks for them: on the command line, or as `[[code]]` tables of a TOML file."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from console.acts import Act, written
from console.sources import tables
from console.trouble import Trouble
from geminya.common.v1 import money_pb2, operator_pb2
from geminya.economy.v1 import gift_code_pb2 as pb
from geminya.economy.v1.shop_pb2 import ItemAmount

MONEY = {
    "crystals": money_pb2.CURRENCY_SAKURA_CRYSTALS,
    "quartz": money_pb2.CURRENCY_QUARTZS,
    "daphine": money_pb2.CURRENCY_DAPHINE,
}
HIGHEST = 2**31 - 1
"""Of every whole number but money; the service knows the real bounds."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One batch that is asked for."""

    name: str
    word: str = ""
    count: int = 1
    money: Mapping[str, int] = field(default_factory=dict)
    items: Mapping[str, int] = field(default_factory=dict)
    waifus: Sequence[int] = ()
    limit: int = 0
    starts: datetime | None = None
    ends: datetime | None = None
    place: str = ""
    """File and line, where there is one."""

    def request(self, act: operator_pb2.Act, *, dry_run: bool) -> pb.AdminCreateCodesRequest:
        """As the service is asked."""
        return pb.AdminCreateCodesRequest(
            act=act,
            name=written(self.name),
            code=written(self.word),
            count=self.count,
            rewards=pb.CodeRewards(
                money=[
                    money_pb2.Money(currency=MONEY[name], amount=amount)
                    for name, amount in self.money.items()
                    if amount
                ],
                items=[
                    ItemAmount(item_code=written(item), quantity=quantity)
                    for item, quantity in self.items.items()
                ],
                waifu_ids=self.waifus,
            ),
            usage_limit=self.limit,
            start_time=_stamp(self.starts),
            end_time=_stamp(self.ends),
            dry_run=dry_run,
        )


def act_of(act: Act, number: int) -> operator_pb2.Act:
    """The act of the so-manieth batch of a command: the same one for a repeat of the command."""
    named = uuid.uuid5(uuid.UUID(act.op_id), str(number)) if number else act.op_id
    return operator_pb2.Act(op_id=str(named), operator=act.operator)


def read_codes(file: Path) -> tuple[list[Wish], list[str]]:
    """The batches of a file, and everything that is wrong with how they are written."""
    wishes: list[Wish] = []
    problems: list[str] = []
    words: dict[str, str] = {}
    for line, table in tables(file, "code"):
        place = f"{file}:{line}"
        found = [f"{place}: {problem}" for problem in _faults(table)]
        word = str(table.get("word", "")).strip().upper()
        if word and word in words:
            found.append(f"{place}: word stands twice, first at {words[word]}")
        words[word] = place
        problems += found
        if not found:
            wishes.append(_wish(table, place))
    return wishes, problems


def read_items(given: Sequence[str]) -> dict[str, int]:
    """Items as options name them: `two-star-series`, or `two-star-series=3`."""
    items: dict[str, int] = {}
    for one in given:
        item, _, quantity = one.partition("=")
        if quantity and not (quantity.isascii() and quantity.isdecimal() and len(quantity) < 10):
            raise Trouble(f"--item {one} does not say how many; write it like two-star-series=3")
        if item in items:
            raise Trouble(f"--item {item} stands twice")
        items[item] = int(quantity or "1")
    return items


def gives(rewards: pb.CodeRewards) -> str:
    """Everything a code gives, in one line."""
    names = {currency: name for name, currency in MONEY.items()}
    parts = [f"{money.amount} {names.get(money.currency, '?')}" for money in rewards.money]
    parts += [f"{item.quantity} × {item.item_code}" for item in rewards.items]
    parts += [f"waifu {waifu_id}" for waifu_id in rewards.waifu_ids]
    return ", ".join(parts)


def _wish(table: Mapping[str, Any], place: str) -> Wish:
    return Wish(
        name=table["name"],
        word=table.get("word", ""),
        count=table.get("count", 1),
        money={name: table[name] for name in MONEY if name in table},
        items=table.get("items", {}),
        waifus=table.get("waifus", ()),
        limit=table.get("limit", 0),
        starts=table.get("starts"),
        ends=table.get("ends"),
        place=place,
    )


def _faults(table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the form of a table: the service looks at the rest."""
    for name in sorted(set(table) - set(_FORMS)):
        yield f"{name} is not known; there are {', '.join(_FORMS)}"
    if "name" not in table:
        yield "name is missing"
    if "word" in table and "count" in table:
        yield "count does not go with a word: a word that is made by hand is one code"
    if "word" not in table and "count" not in table:
        yield "word or count is missing: one code by hand, or how many are drawn"
    for name, value in table.items():
        if name in _FORMS and (fault := _FORMS[name](value)):
            yield f"{name} {fault}"


def _text(value: Any) -> str:
    return "" if isinstance(value, str) else "is not text in quotes"


def _whole(value: Any) -> str:
    if not isinstance(value, int) or isinstance(value, bool):
        return "is not a whole number"
    return "" if 0 <= value <= HIGHEST else f"is not between 0 and {HIGHEST}"


def _moment(value: Any) -> str:
    if not isinstance(value, datetime):
        return "is not a time; write it like 2026-12-31T18:00:00Z"
    return "" if value.tzinfo else "has no time zone; write it like 2026-12-31T18:00:00Z"


def _items(value: Any) -> str:
    if not isinstance(value, dict):
        return "is not a table; write it like { two-star-series = 2 }"
    return next((f"{item}: {fault}" for item, one in value.items() if (fault := _whole(one))), "")


def _waifus(value: Any) -> str:
    if not isinstance(value, list):
        return "is not a list; write it like [1000001]"
    return next((f"{one!r} {fault}" for one in value if (fault := _whole(one))), "")


_FORMS = {
    "name": _text,
    "word": _text,
    "count": _whole,
    **dict.fromkeys(MONEY, _whole),
    "items": _items,
    "waifus": _waifus,
    "limit": _whole,
    "starts": _moment,
    "ends": _moment,
}


def _stamp(time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC))
    return stamp
