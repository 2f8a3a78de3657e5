"""Shared types to messages and back: money and times."""

from collections.abc import Mapping
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from chassis.money import Currency, Money
from geminya.common.v1 import money_pb2

_OUT = {
    Currency.SAKURA_CRYSTALS: money_pb2.CURRENCY_SAKURA_CRYSTALS,
    Currency.QUARTZS: money_pb2.CURRENCY_QUARTZS,
    Currency.DAPHINE: money_pb2.CURRENCY_DAPHINE,
}
_IN = {number: currency for currency, number in _OUT.items()}


def currency_out(currency: Currency) -> money_pb2.Currency.ValueType:
    """The currency in a message."""
    return _OUT[currency]


def currency_in(number: int) -> Currency:
    """The currency of a message that passed its checks."""
    return _IN[money_pb2.Currency.ValueType(number)]


def money_out(money: Money) -> money_pb2.Money:
    """Money in a message."""
    return money_pb2.Money(currency=_OUT[money.currency], amount=money.amount)


def money_in(money: money_pb2.Money) -> Money:
    """Money of a message that passed its checks."""
    return Money(currency_in(money.currency), money.amount)


def balances_out(balances: Mapping[str, int]) -> list[money_pb2.Money]:
    """A row's balances by column name, in the order of the currencies."""
    return [money_out(Money(currency, balances[currency.value])) for currency in Currency]


def time_out(time: datetime | None) -> Timestamp | None:
    """A moment in a message; none stays none."""
    if time is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp


def time_in(stamp: Timestamp) -> datetime:
    """A moment of a message, aware, in UTC."""
    return stamp.ToDatetime(UTC)
