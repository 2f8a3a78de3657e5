"""geminya.users.v1.AccountService"""

from datetime import UTC, datetime

from chassis.clock import Clock, statement_time
from chassis.ids import uuid7
from chassis.operations.once import Once, mutation
from chassis.postgres import Database, Tx
from chassis.rpc.methods import query
from chassis.wire import balances_out, money_out, time_out
from geminya.users.v1 import account_pb2 as pb
from geminya.users.v1.account_pb2_grpc import AccountServiceServicer
from services.users.account import rules, store
from services.users.errors import UserNotFound


class AccountServicer(AccountServiceServicer):
    """Academies and their daily life."""

    def __init__(self, database: Database, once: Once, clock: Clock, min_age_days: int) -> None:
        self.database = database
        self.once = once
        self.clock = clock
        self.min_age_days = min_age_days

    @query
    async def Enter(self, request: pb.EnterRequest, tx: Tx) -> pb.EnterResponse:
        """Opens an academy the first time and finds it ever after."""
        name = rules.first_name(request.discord_id)
        entered = None
        while entered is None:
            entered = await store.enter(tx, request.discord_id, name, rules.START.amount, uuid7())
        return pb.EnterResponse(
            user_id=entered.id,
            epoch=entered.epoch,
            is_new=entered.is_new,
            academy_name=entered.academy_name,
        )

    @query
    async def GetAccount(self, request: pb.GetAccountRequest, tx: Tx) -> pb.GetAccountResponse:
        """The academy with its balances."""
        account = await store.find_account(
            tx, request.user_id, statement_time(self.clock), self.clock.day_offset
        )
        if account is None:
            raise UserNotFound(user_id=request.user_id)
        return pb.GetAccountResponse(account=account_out(account))

    @mutation
    async def Rename(self, request: pb.RenameRequest, tx: Tx) -> pb.RenameResponse:
        """Gives the academy another name."""
        name = rules.check_name(request.academy_name)
        if not await store.rename(tx, request.op.user_id, name):
            raise UserNotFound(user_id=request.op.user_id)
        return pb.RenameResponse(academy_name=name)

    async def ClaimDaily(self, request: pb.ClaimDailyRequest, _: object) -> pb.ClaimDailyResponse:
        """Pays the daily reward, once per game day."""
        kept = await self.once.run(
            request,
            store.CLAIM_DAILY,
            statement_time(self.clock),
            self.clock.day_offset,
            self.min_age_days,
            rules.DAILY.amount,
        )
        return pb.ClaimDailyResponse(
            reward=money_out(rules.DAILY),
            balances=balances_out(kept),
            daily_streak=kept["daily_streak"],
            next_daily_time=time_out(datetime.fromtimestamp(kept["next_time"], UTC)),
        )


def account_out(account: store.Account) -> pb.Account:
    """The academy as a message."""
    balances = {
        "sakura_crystals": account.sakura_crystals,
        "quartzs": account.quartzs,
        "daphine": account.daphine,
    }
    return pb.Account(
        user_id=account.id,
        academy_name=account.academy_name,
        collector_rank=account.collector_rank,
        balances=balances_out(balances),
        daily_streak=account.daily_streak,
        can_claim_daily=account.can_claim_daily,
        next_daily_time=time_out(account.next_daily_time),
        create_time=time_out(account.created_at),
    )
