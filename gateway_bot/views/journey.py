"""How an expedition went, in words: what it brought home, and every encounter of it."""

from collections.abc import Iterable, Mapping, Sequence

import discord

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk, packed
from gateway_bot.text import knows, say, table
from gateway_bot.views import words
from gateway_bot.views.effects import piece_name
from gateway_bot.views.expedition import REPEAT, name_of, status_button, title
from gateway_bot.views.parts import Piece, View, line, picture, sheet, turner
from gateway_bot.views.parts import words as text
from gateway_bot.views.strip import tally_words, word
from gateway_bot.views.words import clip, number, on
from geminya.common.v1.money_pb2 import (
    CURRENCY_DAPHINE,
    CURRENCY_QUARTZS,
    CURRENCY_SAKURA_CRYSTALS,
    Currency,
    Money,
)
from geminya.expeditions.v1.expedition_pb2 import (
    CheckResult,
    CompleteExpeditionResponse,
    Event,
    Expedition,
    ExpeditionLog,
    Homecomer,
    Loot,
    Report,
    Rewards,
    Settlement,
)

LOG = "xlog"
LINES = 6
"""Of the log on one page."""
TEXT_LETTERS = 220
NAME_LETTERS = 80
COLOURS = {"perfect": 0xE0A84A, "great_success": 0x5DA06A, "failure": 0x8A8F98}
PLAIN = 0x7C6FA8
MONEY: Mapping[str, "Currency.ValueType"] = {
    "sakura_crystals": CURRENCY_SAKURA_CRYSTALS,
    "quartzs": CURRENCY_QUARTZS,
    "daphine": CURRENCY_DAPHINE,
}
STANDARD = "standard"
NO_WORDS = "–"


# What it brought.


def result_view(
    done: CompleteExpeditionResponse,
    desk: Desk,
    *,
    note: str | None = None,
    strip: discord.File | None = None,
) -> View:
    """One expedition that is over; its picture tells who came home how."""
    expedition, report = done.expedition, done.report
    members = say("journey.home"), *_members(expedition, report.members)
    return sheet(
        [
            text(title(expedition), ended(report.outcome), note),
            picture(strip.filename, strip.description or "") if strip else line(),
            text(tally_words(report.tally), _luck(report), letters=600),
            text(say("journey.brought"), *brought(report.rewards, done.settlement), letters=1500),
            None if strip else text(*members, letters=700),
            _balances(done.settlement.balances),
        ],
        buttons=[*_after(expedition, desk), status_button(desk)],
        accent=COLOURS.get(report.outcome, PLAIN),
    )


def results_view(
    results: Sequence[CompleteExpeditionResponse], desk: Desk, *, notes: Sequence[str] = ()
) -> View:
    """Several expeditions at once, each in short; the notes tell of those that could not come."""
    pieces: list[Piece] = [text(say("journey.all_title", count=len(results)), *notes, letters=700)]
    for done in results:
        told = brought(done.report.rewards, done.settlement)
        head = (title(done.expedition), ended(done.report.outcome))
        pieces += [line(), text(*head, *told, letters=650)]
    logs = [_log_button(done.expedition, desk, is_numbered=True) for done in results]
    return sheet(pieces, buttons=[*logs, status_button(desk)])


def progress_view(done: int, count: int) -> View:
    """So many are home already, and the others come."""
    bar = words.bar(done, count)
    return sheet([text(say("journey.progress", bar=bar, done=done, count=count))])


def ended(outcome: str) -> str:
    """How it went, in a sentence."""
    return say("journey.outcome", outcome=word("outcome", outcome))


def _luck(report: Report) -> str | None:
    fortune = report.luck.fortune
    return word("fortune", fortune) if fortune and fortune != STANDARD else None


def brought(rewards: Rewards, settlement: Settlement) -> list[str]:
    """Everything that was paid and handed over, a line each."""
    coins = {
        CURRENCY_SAKURA_CRYSTALS: rewards.crystals,
        CURRENCY_QUARTZS: rewards.quartzs,
        CURRENCY_DAPHINE: rewards.daphine,
    }
    lines = [
        say("journey.thing", thing=words.money(Money(currency=currency, amount=amount)))
        for currency, amount in coins.items()
        if amount
    ]
    lines += [
        say("journey.thing", thing=thing_words(code, count))
        for code, count in sorted(rewards.items.items())
    ]
    return [*lines, *_piece(settlement)] or [say("journey.nothing")]


def _piece(settlement: Settlement) -> list[str]:
    if settlement.HasField("awarded"):
        name = clip(piece_name(settlement.awarded), NAME_LETTERS)
        return [say("journey.piece", piece=name)]
    if settlement.is_full:
        instead = Money(currency=CURRENCY_QUARTZS, amount=settlement.overflow_quartzs)
        return [say("journey.piece_instead", money=words.money(instead))]
    return []


def _members(expedition: Expedition, members: Iterable[Homecomer]) -> list[str]:
    names = {one.waifu_id: one.name for one in expedition.travellers}
    return [
        say(
            "journey.member",
            name=clip(names.get(one.waifu_id, NO_WORDS), NAME_LETTERS),
            hp=number(one.final_hp),
            mp=number(one.final_mp),
        )
        for one in members
    ]


def _balances(balances: Sequence[Money]) -> Piece | None:
    return text(say("journey.purse", balances=words.many(balances))) if balances else None


def _after(expedition: Expedition, desk: Desk) -> list[Piece]:
    again = desk.sign(REPEAT, packed(expedition.expedition_id))
    return [
        _log_button(expedition, desk),
        offer_button(again, say("journey.repeat"), style=discord.ButtonStyle.primary),
    ]


def _log_button(expedition: Expedition, desk: Desk, *, is_numbered: bool = False) -> Piece:
    data = f"0~{packed(expedition.expedition_id)}"
    label = say("journey.log_of", slot=expedition.slot_no) if is_numbered else say("journey.log")
    return offer_button(desk.sign(LOG, data), label)


def thing_words(thing: str, amount: int) -> str:
    """So many of something that can be found."""
    if (currency := MONEY.get(thing)) is not None:
        return words.short_money(Money(currency=currency, amount=amount))
    return say("journey.items", count=number(amount), item=word("item", thing))


# What happened.


def log_view(
    expedition: Expedition, logs: Sequence[ExpeditionLog], *, page: int, has_more: bool, desk: Desk
) -> View:
    """A page of the log."""
    told = [_entry(log) for log in logs] or [say("journey.log_empty")]
    turns = turner(
        desk,
        LOG,
        page=page,
        has_more=has_more,
        back=say("journey.earlier"),
        on=say("journey.later"),
        filters=packed(expedition.expedition_id),
    )
    return sheet(
        [
            text(say("journey.log_title", name=name_of(expedition))),
            line(),
            text("\n\n".join(told), letters=3600),
        ],
        buttons=[*turns, status_button(desk)],
    )


def _entry(log: ExpeditionLog) -> str:
    if log.HasField("event"):
        return _event(log.event)
    key = f"ending.{log.log_type}"
    return say(key, time=on(log.time)) if knows(key) else clip(log.message, TEXT_LETTERS)


def _event(event: Event) -> str:
    outcome = word("outcome", event.outcome)
    found, lost = _loot(event.loot), _loot(event.lost)
    lines = [
        say(
            "journey.event",
            number=event.number,
            name=clip(event.name, NAME_LETTERS),
            outcome=outcome,
        ),
        say("journey.tale", text=clip(event.text, TEXT_LETTERS)) if event.text else "",
        _check(event.check) if event.HasField("check") else "",
        say("journey.found", loot=found) if found else "",
        say("journey.lost", loot=lost) if lost else "",
    ]
    return "\n".join(line for line in lines if line)


def _check(check: CheckResult) -> str:
    return say(
        "journey.check",
        stat=table("stat").get(check.stat, words.plain(check.stat)),
        score=number(check.score),
        difficulty=number(check.difficulty),
    )


def _loot(loot: Sequence[Loot]) -> str:
    return " · ".join(thing_words(one.thing, one.amount) for one in loot)
