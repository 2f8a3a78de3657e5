"""The composition root of users."""

from pathlib import Path

from chassis.operations.holdings import KIT, Holding, OnClose
from chassis.process import KIT_MIGRATIONS, Parts, Runtime, Served, Service
from chassis.pseudonyms import Pseudonyms
from geminya.users.v1 import (
    account_pb2,
    account_pb2_grpc,
    duty_pb2,
    duty_pb2_grpc,
    wallet_pb2,
    wallet_pb2_grpc,
)
from services.users.account.activity import ActivityFlow
from services.users.account.erased import Forgetting, Journal
from services.users.account.flows import AdminEraseFlow, EraseFlow, ResetFlow, lives_of
from services.users.account.servicer import AccountServicer
from services.users.duty.servicer import DutyServicer
from services.users.errors import UsersRejection
from services.users.wallet.measures import MoneyMeasures
from services.users.wallet.servicer import WalletServicer

HOLDINGS = (
    Holding("ledger", key=("version bigint", "currency text"), on_close=OnClose.KEEP),
    Holding("erased", on_close=OnClose.KEEP, hidden=("discord_hash",)),
    Holding("erasures", key=("op_id uuid",), on_close=OnClose.KEEP, hidden=("discord_hash",)),
    Holding("proposals", key=("proposal_id uuid",), hidden=("proposed_by", "ticket", "settled_by")),
    Holding("bans", on_close=OnClose.KEEP, hidden=("by",)),
    Holding("users", player="id", on_close=OnClose.KEEP),
)


def build(runtime: Runtime) -> Parts:
    """Puts the slices together."""
    database, operations = runtime.database, runtime.operations
    pseudonyms = Pseudonyms(runtime.settings.require_secret_key())
    journal = Journal(runtime.settings.erasure_journal)
    others = (runtime.dial(name) for name in ("collection", "expeditions", "economy"))
    lives = lives_of(database, (*HOLDINGS, *KIT), *others)
    operations.register(ResetFlow(lives))
    operations.register(ActivityFlow(runtime.dial("economy")))
    operations.register(EraseFlow(lives, pseudonyms, journal))
    operations.register(AdminEraseFlow(lives, pseudonyms, journal))
    money = MoneyMeasures(runtime.meter)
    account = AccountServicer(
        database,
        runtime.once,
        operations,
        pseudonyms,
        runtime.clock,
        runtime.settings.account_min_age_days,
        money,
    )
    wallet = WalletServicer(runtime.database, runtime.once, money)
    return Parts(
        served=[
            Served(
                account,
                account_pb2_grpc.add_AccountServiceServicer_to_server,
                account_pb2.DESCRIPTOR.services_by_name["AccountService"],
            ),
            Served(
                wallet,
                wallet_pb2_grpc.add_WalletServiceServicer_to_server,
                wallet_pb2.DESCRIPTOR.services_by_name["WalletService"],
            ),
            Served(
                DutyServicer(database),
                duty_pb2_grpc.add_DutyServiceServicer_to_server,
                duty_pb2.DESCRIPTOR.services_by_name["DutyService"],
            ),
        ],
        background=[Forgetting(database).run],
        prepare=journal.open,
    )


SERVICE = Service(
    name="users",
    migrations=(KIT_MIGRATIONS, Path(__file__).parent / "migrations"),
    rejection=UsersRejection,
    build=build,
    holdings=HOLDINGS,
    leads_closing=True,
)
