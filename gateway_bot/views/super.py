"""A super summon: how far it is, and everything that it brought, ten pulls a page."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gateway_bot.buttons import offer_button
from gateway_bot.offers import Desk, packed, unpacked
from gateway_bot.text import say
from gateway_bot.views import words
from gateway_bot.views.faces import known
from gateway_bot.views.parts import Piece, View, colour, line, sheet, turner
from gateway_bot.views.parts import words as text
from gateway_bot.views.summon import added, marks
from gateway_bot.views.words import TOP_RARITY, number, plain
from geminya.collection.v1.catalog_pb2 import Waifu
from geminya.common.v1.money_pb2 import Money
from geminya.economy.v1.gacha_pb2 import Pull, Summon
from geminya.users.v1.wallet_pb2 import LedgerLine

PAGE, ASK, JUMP = "super", "superask", "superjump"
FIELD = "page"
MOST = 100
"""Ten-summons of one command."""
TEN = 10
SHOWN = 10
"""Pulls on one page."""
PACKED_LETTERS = 22


@dataclass(frozen=True, slots=True)
class Order:
    """A super summon: the operation of the whole, and how many ten-summons were asked for."""

    op_id: str
    count: int

    def packed(self) -> str:
        """As it travels in a button."""
        return f"{packed(self.op_id)}{self.count}"

    @classmethod
    def unpacked(cls, data: str) -> "Order":
        """Back from a button."""
        return cls(unpacked(data[:PACKED_LETTERS]), int(data[PACKED_LETTERS:]))


@dataclass(frozen=True)
class Outcome:
    """What the services keep of a super summon."""

    order: Order
    summons: Sequence[Summon]
    """Those that were made, in their order."""
    lines: Sequence[LedgerLine]
    """What they moved."""
    balances: Sequence[Money]

    @cached_property
    def pulls(self) -> list[Pull]:
        """The best first; those of one rarity in the order they came."""
        pulled = [pull for summon in self.summons for pull in summon.pulls]
        return sorted(pulled, key=lambda pull: -pull.rarity)

    @property
    def last_page(self) -> int:
        """Counted from zero."""
        return max(0, len(self.pulls) - 1) // SHOWN

    def of_page(self, page: int) -> Sequence[Pull]:
        """The pulls of a page."""
        return self.pulls[page * SHOWN : (page + 1) * SHOWN]


def progress_view(order: Order, done: int, tops: int, desk: Desk) -> View:
    """How far it is. Its button shows what has come, should nobody go on."""
    told = say("super.progress", done=done, count=order.count)
    bar = words.bar(done, order.count, segments=20)
    found = say("super.progress_found", stars=words.rarity(TOP_RARITY), count=tops)
    button = offer_button(desk.sign(PAGE, f"0~{order.packed()}"), say("super.so_far"))
    return sheet([text(told, bar, found)], buttons=[button])


def super_view(
    found: Outcome, waifus: Mapping[int, Waifu], *, page: int, desk: Desk, note: str | None = None
) -> View:
    """One page of it, with what the whole brought and cost."""
    pulls, made = found.of_page(page), len(found.summons)
    heads = [
        say("super.title", banner=plain(found.summons[0].banner_name), count=made),
        say("super.stopped", count=made, asked=found.order.count)
        if made < found.order.count
        else None,
        note,
    ]
    rows = [_line(place, pull, waifus) for place, pull in enumerate(pulls, page * SHOWN + 1)]
    return sheet(
        [
            text(*heads, letters=800),
            text(*_rarities(found), *_account(found), letters=900),
            line(),
            text(*rows, letters=2000),
            text(say("super.page", page=page + 1, pages=found.last_page + 1)),
        ],
        buttons=_turns(found, page, desk),
        accent=colour(max(pull.rarity for pull in found.pulls)),
    )


def _turns(found: Outcome, page: int, desk: Desk) -> list[Piece]:
    """To the neighbours, and by a form to any page."""
    order = found.order.packed()
    turns = turner(
        desk, PAGE, page=page, has_more=page < found.last_page, back=say("super.back"),
        on=say("super.on"), filters=order,
    )  # fmt: skip
    if found.last_page:
        turns.append(offer_button(desk.sign(ASK, f"{page}~{order}"), say("super.jump")))
    return turns


def _rarities(found: Outcome) -> Iterator[str]:
    """How many of each rarity, and which part of all pulls that is."""
    counts = Counter(pull.rarity for pull in found.pulls)
    for rarity in sorted(counts, reverse=True):
        yield say(
            "super.rarity",
            stars=words.rarity(rarity),
            count=number(counts[rarity]),
            share=words.percent(counts[rarity], len(found.pulls)),
        )


def _account(found: Outcome) -> Iterator[str]:
    """What it cost, what came on top, what is left."""
    paid = added([summon.price for summon in found.summons])
    gained = added(
        [Money(currency=row.currency, amount=row.amount) for row in found.lines if row.amount > 0]
    )
    yield say("summon.paid", price=words.many(paid))
    if gained:
        yield say("super.bonus", bonus=words.many(gained))
    yield say("summon.left", balances=words.many(found.balances))


def _line(place: int, pull: Pull, waifus: Mapping[int, Waifu]) -> str:
    waifu = known(waifus.get(pull.waifu_id), pull.waifu_id, pull.rarity)
    told = say(
        "super.pull",
        place=number(place),
        stars=words.rarity(pull.rarity),
        name=plain(waifu.name),
        series=plain(waifu.series),
    )
    return told + marks(pull)
