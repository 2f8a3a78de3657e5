"""Requests of players and of the services that act for them; a test names only what it is about."""

from geminya.common.v1 import money_pb2
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
