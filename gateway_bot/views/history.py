"""The bank statement of an academy."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway_bot.offers import Desk
from gateway_bot.text import say, table
from gateway_bot.views.parts import View, line, sheet, turner
from gateway_bot.views.parts import words as text
from gateway_bot.views.words import cut, number, on, plain, rarity, short, signed, symbol, title
from geminya.collection.v1.catalog_pb2 import Waifu
from geminya.economy.v1.gacha_pb2 import Summon
from geminya.users.v1.wallet_pb2 import LedgerLine

ACTION = "history"
WAIFU = "waifu"
"""The kind of a subject that is a waifu's number."""
GIFT = "gift"
"""The kind of a subject that was given to a waifu: `gift:honey_jar@1000001`."""
TICKET = "ticket"
"""The kind of a subject that an operator wrote down."""
SUBJECT_LETTERS = 60
ENTRY_LETTERS = 450
NAMES_LENGTH = 220
"""The best are named first; the rest of a very long list is left to the collection."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Everything that one operation moved, and the summon it was, if it was one."""

    lines: Sequence[LedgerLine]
    summon: Summon | None = None


def entries(lines: Sequence[LedgerLine]) -> list[Entry]:
    """Ledger lines by operation, newest first; what belongs to nothing stands alone."""
    grouped: dict[str, list[LedgerLine]] = {}
    for moved in lines:
        grouped.setdefault(moved.op_id or f"version {moved.version}", []).append(moved)
    return [Entry(group) for group in grouped.values()]


def named(shown: Sequence[Entry], summons: Sequence[Summon]) -> list[Entry]:
    """The entries with the summons they paid for."""
    by_op = {summon.op_id: summon for summon in summons}
    return [Entry(entry.lines, by_op.get(entry.lines[0].op_id)) for entry in shown]


def pulled_waifu_ids(shown: Sequence[Entry]) -> list[int]:
    """The waifus whose names the statement mentions."""
    pulled = [pull.waifu_id for entry in shown if entry.summon for pull in entry.summon.pulls]
    return [*pulled, *subject_waifu_ids(moved for entry in shown for moved in entry.lines)]


def subject_waifu_ids(lines: Iterable[LedgerLine]) -> list[int]:
    """The waifus that ledger lines were for."""
    subjects = (_parts(moved) for moved in lines)
    return [waifu_id for _, _, waifu_id in subjects if waifu_id]


def _parts(moved: LedgerLine) -> tuple[str, str, int]:
    """The kind of a subject, what it names, and the waifu's number, 0 for none."""
    kind, _, about = moved.subject.partition(":")
    thing, _, whom = about.partition("@") if kind == GIFT else ("", "", about)
    if kind in (WAIFU, GIFT) and whom.isascii() and whom.isdecimal():
        return kind, thing, int(whom)
    return kind, thing or about, 0


def subject(moved: LedgerLine, waifus: Mapping[int, Waifu]) -> str:
    """What exactly a line was for, by its name; empty when nothing was written down."""
    kind, thing, waifu_id = _parts(moved)
    if kind == TICKET:
        return say("history.ticket", ticket=plain(cut(thing, SUBJECT_LETTERS)))
    name = waifus[waifu_id].name if waifu_id in waifus else ""
    named = (
        title(cut(thing.replace("-", " "), SUBJECT_LETTERS)),
        plain(cut(name, SUBJECT_LETTERS)),
    )
    return " · ".join(filter(None, named))


def history_view(
    shown: Sequence[Entry],
    waifus: Mapping[int, Waifu],
    *,
    page: int,
    has_more: bool,
    desk: Desk,
) -> View:
    """One page of the statement."""
    if not shown:
        return sheet([text(say("history.title"), say("history.empty"))])
    told = [_entry(entry, waifus) for entry in shown]
    pages = turner(
        desk,
        ACTION,
        page=page,
        has_more=has_more,
        back=say("history.newer"),
        on=say("history.older"),
    )
    where = say("history.page", page=page + 1) if pages else None
    rows = [text(entry, letters=ENTRY_LETTERS) for entry in told]
    foot = text(f"-# {where}") if where else None
    return sheet([text(say("history.title")), line(), *rows, foot], buttons=pages)


def _entry(entry: Entry, waifus: Mapping[int, Waifu]) -> str:
    first = entry.lines[0]
    moves = " · ".join(
        move(moved)
        for moved in sorted(entry.lines, key=lambda moved: (moved.version, moved.currency))
    )
    head = f"**{_title(entry)}** · {on(first.time)}"
    return "\n".join(
        [
            head,
            moves,
            *_about(entry, waifus),
            *(pulls_told(entry.summon, waifus) if entry.summon else ()),
        ]
    )


def _about(entry: Entry, waifus: Mapping[int, Waifu]) -> Iterator[str]:
    """What it was for, unless the title says it, and how to ask for its receipt."""
    named = () if entry.summon else (subject(moved, waifus) for moved in entry.lines)
    parts = [*dict.fromkeys(filter(None, named))]
    if op_id := entry.lines[0].op_id:
        parts.append(say("history.receipt", short_id=short(op_id)))
    if parts:
        yield say("history.about", parts=" · ".join(parts))


def _title(entry: Entry) -> str:
    if entry.summon is not None:
        key = "history.summon_one" if len(entry.summon.pulls) == 1 else "history.summon_ten"
        return say(key, banner=plain(entry.summon.banner_name))
    oldest = min(entry.lines, key=lambda moved: moved.version)
    return reason(oldest)


def reason(moved: LedgerLine) -> str:
    """What a ledger line was for."""
    known = table("reasons").get(moved.reason)
    return known or say("reasons.credit" if moved.amount > 0 else "reasons.debit")


def move(moved: LedgerLine) -> str:
    """What a line changed, and what was there after it."""
    sign = symbol(moved.currency)
    return say(
        "history.line", change=f"{sign} {signed(moved.amount)}", after=number(moved.balance_after)
    )


def pulls_told(summon: Summon, waifus: Mapping[int, Waifu]) -> Iterator[str]:
    """How many of each rarity, and the best by name."""
    rarities = [pull.rarity for pull in summon.pulls]
    counts = [
        say("history.count", stars=rarity(value), count=rarities.count(value))
        for value in sorted(set(rarities), reverse=True)
    ]
    yield say("history.counts", counts=" · ".join(counts))
    best_first = sorted(summon.pulls, key=lambda pull: -pull.rarity)
    names = [waifus[pull.waifu_id].name for pull in best_first if pull.waifu_id in waifus]
    if names:
        joined = ", ".join(map(plain, dict.fromkeys(names)))
        if len(joined) > NAMES_LENGTH:
            joined = f"{joined[:NAMES_LENGTH].rpartition(', ')[0]} …"
        yield say("history.names", names=joined)
