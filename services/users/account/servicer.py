"""geminya.users.v1.AccountService"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

from google.protobuf import json_format

from chassis.clock import Clock, statement_time
from chassis.ids import uuid7
from chassis.operations.once import Once, mutation, mutation_under
from chassis.operations.operation import Operations
from chassis.postgres import Database, Tx
from chassis.pseudonyms import Pseudonyms
from chassis.rpc import page
from chassis.rpc.methods import query
from chassis.rpc.page import BadRequest
from chassis.rpc.status import Violation
from chassis.wire import balances_out, money_out, time_in, time_out
from geminya.users.v1 import account_pb2 as pb
from geminya.users.v1.account_pb2_grpc import AccountServiceServicer
from services.users.account import bans, rules, store
from services.users.account.activity import done
from services.users.errors import AccountClosing, PlayerNotFound, UserBanned, UserNotFound
from services.users.wallet.measures import MoneyMeasures
from services.users.wallet.rules import Change

SETTINGS = tuple(pb.Settings.DESCRIPTOR.fields_by_name)
"""The names of what a player can set: in the contract, and in `users.settings`."""
DAILY = Change(rules.DAILY.currency, rules.DAILY.amount, "mint.daily")


class AccountServicer(AccountServiceServicer):
    """Academies and their daily life."""

    def __init__(
        self,
        database: Database,
        once: Once,
        operations: Operations,
        pseudonyms: Pseudonyms,
        clock: Clock,
        min_age_days: int,
        money: MoneyMeasures,
    ) -> None:
        self.database = database
        self.once = once
        self.operations = operations
        self.pseudonyms = pseudonyms
        self.clock = clock
        self.min_age_days = min_age_days
        self.money = money

    @query
    async def Enter(self, request: pb.EnterRequest, tx: Tx) -> pb.EnterResponse:
        """Opens an academy the first time and finds it ever after."""
        who, start = request.discord_id, rules.START.amount
        name, discord_hash = rules.first_name(who), self.pseudonyms.of(who)
        now = statement_time(self.clock)
        entered = None
        while entered is None:
            entered = await store.enter(tx, who, name, start, uuid7(), discord_hash, now)
        if entered.ban_reason is not None:
            raise UserBanned(ban_reason=entered.ban_reason, end_time=end_told(entered.ban_until))
        if entered.state != "active":
            raise AccountClosing
        if entered.is_new:
            self.money.moved([Change(rules.START.currency, start, "mint.start")])
        reward_time = rules.reward_time(who, self.min_age_days)
        return pb.EnterResponse(
            user_id=entered.id,
            epoch=entered.epoch,
            is_new=entered.is_new,
            academy_name=entered.academy_name,
            settings=settings_out(entered.settings),
            reward_time=time_out(reward_time if reward_time > self.clock.now() else None),
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

    @query
    async def GetPlayer(self, request: pb.GetPlayerRequest, tx: Tx) -> pb.GetPlayerResponse:
        """Who belongs to a Discord id, without opening an academy."""
        player = await store.find_player(tx, request.discord_id)
        if player is None:
            raise PlayerNotFound
        return pb.GetPlayerResponse(
            user_id=player.id,
            epoch=player.epoch,
            academy_name=player.academy_name,
            settings=settings_out(player.settings),
        )

    @query
    async def GetContact(self, request: pb.GetContactRequest, tx: Tx) -> pb.GetContactResponse:
        """How to reach a player who asked to be told something in this life."""
        contact = await store.find_contact(
            tx, request.user_id, request.epoch, statement_time(self.clock)
        )
        if contact is None:
            raise UserNotFound(user_id=request.user_id)
        return pb.GetContactResponse(
            discord_id=contact.discord_id,
            settings=settings_out(contact.settings),
            is_banned=contact.is_banned,
        )

    @query
    async def BatchGetAccounts(
        self, request: pb.BatchGetAccountsRequest, tx: Tx
    ) -> pb.BatchGetAccountsResponse:
        """The names over several gates at once."""
        found = await store.list_accounts(tx, [*request.user_ids])
        return pb.BatchGetAccountsResponse(accounts=[brief_out(brief) for brief in found])

    async def UpdateSettings(
        self, request: pb.UpdateSettingsRequest, _: object
    ) -> pb.UpdateSettingsResponse:
        """Changes what a player has set."""
        named = {field.name: it for field, it in request.ListFields() if field.name in SETTINGS}
        kept = await self.once.run(request, store.UPDATE_SETTINGS, named)
        return pb.UpdateSettingsResponse(settings=settings_out(kept))

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
            *done(request.op, "daily"),
            when_done=lambda _: self.money.moved([DAILY]),
        )
        self.operations.wake()
        return pb.ClaimDailyResponse(
            reward=money_out(rules.DAILY),
            balances=balances_out(kept),
            daily_streak=kept["daily_streak"],
            next_daily_time=time_out(datetime.fromtimestamp(kept["next_time"], UTC)),
        )

    async def ResetAccount(
        self, request: pb.ResetAccountRequest, _: object
    ) -> pb.ResetAccountResponse:
        """Begins the player's life anew."""
        return await self.operations.run("reset", request)

    async def AdminEraseAccount(
        self, request: pb.AdminEraseAccountRequest, _: object
    ) -> pb.AdminEraseAccountResponse:
        """Closes the academy for good by an operator's hand."""
        await self.operations.run("admin_erase", request)
        return pb.AdminEraseAccountResponse()

    async def EraseAccount(
        self, request: pb.EraseAccountRequest, _: object
    ) -> pb.EraseAccountResponse:
        """Closes the academy for good and forgets the person."""
        return await self.operations.run("erase", request)

    @query
    async def ListBans(self, request: pb.ListBansRequest, tx: Tx) -> pb.ListBansResponse:
        """Who is banned now, by player."""
        filters = ("bans",)
        key = page.decode(filters, request.page_token, 1)
        size = page.size_of(request.page_size)
        after = None if key is None else page.whole(key[0])
        found = await bans.list_bans(tx, after, size + 1, statement_time(self.clock))
        token = page.encode(filters, (found[size - 1].user_id,)) if len(found) > size else ""
        return pb.ListBansResponse(
            bans=[ban_out(ban) for ban in found[:size]], next_page_token=token
        )

    @mutation_under(bans.lock_person)
    async def AdminBan(self, request: pb.AdminBanRequest, tx: Tx) -> pb.AdminBanResponse:
        """Bans a player, or changes the reason and the end of the ban."""
        until = end_in(request, self.clock.now())
        ban = await bans.ban(tx, act_in(request), until, statement_time(self.clock))
        return pb.AdminBanResponse(ban=ban_out(ban))

    @mutation_under(bans.lock_person)
    async def AdminLiftBan(
        self, request: pb.AdminLiftBanRequest, tx: Tx
    ) -> pb.AdminLiftBanResponse:
        """Lifts a ban; without one nothing changes."""
        was_banned = await bans.lift_ban(tx, act_in(request), statement_time(self.clock))
        return pb.AdminLiftBanResponse(was_banned=was_banned)


def act_in(request: pb.AdminBanRequest | pb.AdminLiftBanRequest) -> bans.Act:
    """Who acts on whom, and why."""
    op, by = request.op, request.operator
    return bans.Act(op.user_id, op.op_id, by.name, by.reason, by.ticket)


def end_in(request: pb.AdminBanRequest, now: datetime) -> datetime | None:
    """When the ban ends; none without an end."""
    if not request.HasField("end_time"):
        return None
    try:
        end = time_in(request.end_time)
    except (ValueError, OverflowError):
        raise BadRequest(Violation("end_time", "is no moment")) from None
    if end <= now:
        raise BadRequest(Violation("end_time", "is over already"))
    return end


def end_told(until: datetime | None) -> str:
    """The end of a ban in Unix seconds, for a refusal; empty without one."""
    return "" if until is None else str(math.ceil(until.timestamp()))


def settings_out(settings: Mapping[str, bool | int]) -> pb.Settings:
    """What a player has set; what was never set stands at its default."""
    return json_format.ParseDict(dict(settings), pb.Settings(), ignore_unknown_fields=True)


def brief_out(brief: store.Brief) -> pb.AccountBrief:
    """What others may see of an academy: no name where it is hidden."""
    settings = settings_out(brief.settings)
    return pb.AccountBrief(
        user_id=brief.id,
        academy_name="" if settings.is_collection_hidden else brief.academy_name,
        collector_rank=brief.collector_rank,
        is_collection_hidden=settings.is_collection_hidden,
    )


def ban_out(ban: bans.Ban) -> pb.Ban:
    """A ban as a message."""
    return pb.Ban(
        user_id=ban.user_id,
        discord_id=ban.discord_id or 0,
        reason=ban.reason,
        end_time=time_out(ban.until),
        create_time=time_out(ban.since),
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
        settings=settings_out(account.settings),
        epoch=account.epoch,
    )
