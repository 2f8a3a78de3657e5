"""What a code may be and may give, and how often somebody may guess. No I/O."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.money import Currency, Money

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 letters that nobody takes for another: no I and 1, no O and 0."""
DRAWN_LETTERS = 12
"""60 bits."""
GROUP = 4
WORD = re.compile(r"[A-Z0-9._-]{1,64}")
SHORTEST = 4
"""A word that is made by hand has at least so many letters."""
MAX_MONEY = {
    Currency.SAKURA_CRYSTALS: 1_000_000,
    Currency.QUARTZS: 100_000,
    Currency.DAPHINE: 1_000,
}
"""A tenth of what the wallet takes in one call: what a code promises can be paid."""
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class GuessLimit:
    """So many wrong words in so long a time."""

    tries: int
    span: timedelta


SHORT = GuessLimit(5, timedelta(minutes=10))
LONG = GuessLimit(20, timedelta(days=1))
ALARM = GuessLimit(100, MINUTE)
"""Of all players together."""


@dataclass(frozen=True, slots=True)
class Rewards:
    """What a code gives."""

    money: tuple[Money, ...] = ()
    items: tuple[tuple[str, int], ...] = ()
    """Item and how many."""
    waifu_ids: tuple[int, ...] = ()

    @property
    def type(self) -> str:
        """The kind, as the first design names it; whatever is more than one thing is a bundle."""
        if self.waifu_ids or len(self.money) + len(self.items) != 1:
            return "bundle"
        return self.money[0].currency.value if self.money else "item"

    @property
    def value(self) -> int:
        """How much of the one thing; of a bundle, how many rewards it holds."""
        if self.type == "bundle":
            return len(self.money) + len(self.items) + len(self.waifu_ids)
        return self.money[0].amount if self.money else self.items[0][1]


@dataclass(frozen=True, slots=True)
class Batch:
    """Codes that are made together."""

    name: str
    word: str
    """Of one that is made by hand, as it was typed; empty for drawn ones."""
    count: int
    rewards: Rewards
    usage_limit: int
    """Of each; 0 without a limit."""
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to give."""

    items: Set[str]
    waifus: Set[int]


def normalise(text: str) -> str | None:
    """A word as it is compared; none where it can be no code."""
    word = text.strip().upper()
    return word if WORD.fullmatch(word) else None


def spell(secret: bytes) -> str:
    """A drawn code out of random bytes, in groups: `K7QM-XW3R-TB9P`."""
    bits = int.from_bytes(secret, "big")
    letters = "".join(ALPHABET[bits >> 5 * place & 31] for place in range(DRAWN_LETTERS))
    return "-".join(letters[start : start + GROUP] for start in range(0, DRAWN_LETTERS, GROUP))


def faults(batch: Batch, known: Known, now: datetime) -> Iterator[tuple[str, str]]:
    """Everything that is wrong with a batch: field and reason."""
    if batch.word:
        yield from _word_faults(batch)
    if batch.end is not None and batch.end <= now:
        yield "end_time", "is over already"
    if batch.start and batch.end and batch.end <= batch.start:
        yield "end_time", "is not after the start"
    yield from _money_faults(batch.rewards.money)
    yield from _item_faults(batch.rewards.items, known.items)
    for waifu_id in batch.rewards.waifu_ids:
        if waifu_id not in known.waifus:
            yield "rewards.waifu_ids", f"the catalogue has no waifu {waifu_id}"
    if batch.rewards == Rewards():
        yield "rewards", "gives nothing"


def _word_faults(batch: Batch) -> Iterator[tuple[str, str]]:
    word = normalise(batch.word)
    if word is None:
        yield "code", "is not made of A-Z, 0-9, dot, underscore and hyphen, 64 of them at most"
    elif len(word) < SHORTEST:
        yield "code", f"is shorter than {SHORTEST} letters, and so easy to guess"
    if batch.count != 1:
        yield "count", "is not 1, and a word that is made by hand is one code"
    if not batch.usage_limit:
        yield "usage_limit", "is needed for a word that is made by hand"
    if batch.end is None:
        yield "end_time", "is needed for a word that is made by hand"


def _money_faults(money: Sequence[Money]) -> Iterator[tuple[str, str]]:
    seen: set[Currency] = set()
    for one in money:
        highest = MAX_MONEY[one.currency]
        if not 1 <= one.amount <= highest:
            yield (
                "rewards.money",
                f"{one.amount} {one.currency.value} is not between 1 and {highest}",
            )
        if one.currency in seen:
            yield "rewards.money", f"{one.currency.value} stands twice"
        seen.add(one.currency)


def _item_faults(items: Sequence[tuple[str, int]], known: Set[str]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for item_code, _ in items:
        if item_code not in known:
            yield "rewards.items", f"the shop has no item {item_code}"
        if item_code in seen:
            yield "rewards.items", f"{item_code} stands twice"
        seen.add(item_code)
