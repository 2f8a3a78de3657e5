"""How numbers, money, stars, times and names are written."""

import unicodedata
from collections.abc import Iterable, Sequence

import discord
from google.protobuf.timestamp_pb2 import Timestamp

from gateway_bot.text import say, table
from geminya.common.v1.money_pb2 import Currency, Money

THIN = "\N{NARROW NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
FULL_STAR, EMPTY_STAR = "★", "☆"
FULL_BAR, EMPTY_BAR = "▰", "▱"
HEART, MOST_HEARTS = "♥", 20
"""Far more than any bond has; a row of hearts stays a row."""
TOP_RARITY = 3
OWNED_STARS = 6
CHANCE_DIGITS = 4
SHORT_LETTERS = 8
"""Of an op id: enough to tell one's own operations apart."""
MILLION, BILLION = 10**6, 10**9


def plain(text: str) -> str:
    """Text that came from a person or a file, so that it shows as it is written."""
    return discord.utils.escape_markdown(text, ignore_links=False).replace("<", "\\<")


def cut(text: str, letters: int) -> str:
    """At most so many letters; what is cut off is marked."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def clip(text: str, letters: int) -> str:
    """The beginning of somebody's text, so that it shows as it is written."""
    return plain(cut(text, letters))


def typed(text: str) -> str:
    """What a person typed, in the form the contracts ask for."""
    sound = text.encode("utf-8", "ignore").decode("utf-8")  # Half a letter cannot be sent on.
    return " ".join(unicodedata.normalize("NFKC", sound).split())


def number(value: int) -> str:
    """A whole number with thin separators."""
    return f"{value:,}".replace(",", THIN).replace("-", MINUS)


def currency(value: "Currency.ValueType") -> str:
    """The name of a currency."""
    return say(f"currency.{Currency.Name(value)}.name")


def symbol(value: "Currency.ValueType") -> str:
    """The sign of a currency."""
    return say(f"currency.{Currency.Name(value)}.symbol")


def money(value: Money) -> str:
    """An amount with its sign and name."""
    return f"{symbol(value.currency)}{THIN}{number(value.amount)} {currency(value.currency)}"


def short_money(value: Money) -> str:
    """An amount with its sign only."""
    return f"{symbol(value.currency)}{THIN}{number(value.amount)}"


def many(values: Iterable[Money]) -> str:
    """Several amounts in one line."""
    return " · ".join(short_money(value) for value in values)


def signed(value: int) -> str:
    """A change: a plus or a minus in front."""
    return f"+{number(value)}" if value > 0 else number(value)


def rarity(value: int) -> str:
    """The stars printed on a waifu: full and empty ones, so that shape tells."""
    return FULL_STAR * value + EMPTY_STAR * max(0, TOP_RARITY - value)


def stars(value: int) -> str:
    """The stars of an owned waifu."""
    return FULL_STAR * value + EMPTY_STAR * max(0, OWNED_STARS - value)


def hearts(level: int) -> str:
    """A bond level as hearts."""
    return HEART * min(level, MOST_HEARTS)


def bar(part: int, whole: int, segments: int = 10) -> str:
    """Progress as a bar."""
    full = segments if whole <= 0 else min(segments, max(0, part) * segments // whole)
    return FULL_BAR * full + EMPTY_BAR * (segments - full)


def ago(time: Timestamp) -> str:
    """A time as Discord counts it: "in 3 hours", "2 days ago"."""
    return f"<t:{time.seconds}:R>"


def on(time: Timestamp) -> str:
    """A time as date and hour of the reader."""
    return f"<t:{time.seconds}:f>"


def day(time: Timestamp) -> str:
    """A time as a date of the reader."""
    return f"<t:{time.seconds}:D>"


def share(parts: int, whole: int = MILLION) -> str:
    """A chance in per cent."""
    percent = 100 * parts / whole
    return f"{percent:.{CHANCE_DIGITS}f}".rstrip("0").rstrip(".") + f"{THIN}%"


def percent(part: int, whole: int) -> str:
    """A part of a count, with one digit."""
    return f"{100 * part / whole:.1f}{THIN}%"


def thousandths(value: int) -> str:
    """A number given in thousandths, with two digits."""
    return f"{value / 1000:.2f}"


def short(op_id: str) -> str:
    """How a player names an operation."""
    return op_id[:SHORT_LETTERS]


def stat_names(stats: Sequence[str]) -> str:
    """Stats as players call them."""
    return ", ".join(table("stat").get(stat, plain(stat)) for stat in stats)


def title(word: str) -> str:
    """A lower-case word of the data, as a heading writes it."""
    return plain(word.replace("_", " ").strip().capitalize())
