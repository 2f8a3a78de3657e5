"""Requests of players and of the services that act for them; a test names only what it is about."""

from datetime import datetime
from typing import Any

from geminya.common.v1 import money_pb2, operator_pb2
from geminya.users.v1 import account_pb2, wallet_pb2
from tests.support.calls import an_op

CURRENCIES = {
    "crystals": money_pb2.CURRENCY_SAKURA_CRYSTALS,
    "quartzs": money_pb2.CURRENCY_QUARTZS,
    "daphine": money_pb2.CURRENCY_DAPHINE,
}


def an_apply(
    player: int = 7,
    *,
    step: int = 1,
    epoch: int = 1,
    op_id: str | None = None,
    reason: str = "",
    subject: str = "",
    rank: int = 0,
    **amounts: int,
) -> wallet_pb2.ApplyRequest:
    """A change of a wallet by economy: `an_apply(crystals=-30, quartzs=3)`."""
    return wallet_pb2.ApplyRequest(
        op=an_op(player, step=step, epoch=epoch, op_id=op_id),
        changes=[
            wallet_pb2.Change(
                currency=CURRENCIES[currency],
                amount=amount,
                reason=reason or ("sink.gacha" if amount < 0 else "mint.mission"),
                subject=subject,
            )
            for currency, amount in amounts.items()
        ],
        min_collector_rank=rank,
    )


def a_daily(
    player: int = 7, *, epoch: int = 1, op_id: str | None = None
) -> account_pb2.ClaimDailyRequest:
    """A claim of today's reward."""
    return account_pb2.ClaimDailyRequest(op=an_op(player, epoch=epoch, op_id=op_id))


def a_rename(
    name: str = "Moonlit Hall", player: int = 7, *, epoch: int = 1, op_id: str | None = None
) -> account_pb2.RenameRequest:
    """A new name for an academy."""
    op = an_op(player, epoch=epoch, op_id=op_id)
    return account_pb2.RenameRequest(op=op, academy_name=name)


def an_operator(
    reason: str = "lost in an outage", *, name: str = "keeper", ticket: str = ""
) -> operator_pb2.Operator:
    """Who acts on a player, and why."""
    return operator_pb2.Operator(name=name, reason=reason, ticket=ticket)


def an_adjust(
    player: int = 7, *, op_id: str | None = None, ticket: str = "", **amounts: int
) -> wallet_pb2.AdminAdjustRequest:
    """A change of a wallet by hand: `an_adjust(daphine=5, crystals=-100)`."""
    return wallet_pb2.AdminAdjustRequest(
        op=an_op(player, op_id=op_id),
        operator=an_operator(ticket=ticket),
        adjustments=[
            wallet_pb2.Adjustment(currency=CURRENCIES[currency], amount=amount)
            for currency, amount in amounts.items()
        ],
    )


def a_setting(
    player: int = 7, *, op_id: str | None = None, **settings: Any
) -> account_pb2.UpdateSettingsRequest:
    """A change of what a player has set: `a_setting(prefers_text=True)`."""
    return account_pb2.UpdateSettingsRequest(op=an_op(player, op_id=op_id), **settings)


def a_ban(
    player: int = 7,
    reason: str = "sold waifus for money",
    *,
    until: datetime | None = None,
    epoch: int = 1,
    op_id: str | None = None,
) -> account_pb2.AdminBanRequest:
    """A ban, without an end unless one is given."""
    op = an_op(player, epoch=epoch, op_id=op_id)
    request = account_pb2.AdminBanRequest(op=op, operator=an_operator(reason))
    if until is not None:
        request.end_time.FromDatetime(until)
    return request


def a_lift(
    player: int = 7, *, epoch: int = 1, op_id: str | None = None
) -> account_pb2.AdminLiftBanRequest:
    """The end of a ban."""
    op = an_op(player, epoch=epoch, op_id=op_id)
    return account_pb2.AdminLiftBanRequest(op=op, operator=an_operator("said sorry"))
