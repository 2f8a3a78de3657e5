"""What the daily reward, a payment and a page cost (goals G1 and G2)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from geminya.users.v1 import account_pb2, wallet_pb2
from tests.support.cost import POOL_SIZE, Cost, spent
from tests.support.house import Houses, UsersHouse
from tests.support.pg import Clone
from tests.support.players import a_daily, a_setting, an_adjust, an_apply

WARM_UP = 8


def looks(users: UsersHouse) -> list[Callable[[], Awaitable[Any]]]:
    """Reads of the account service."""
    pb, account = account_pb2, users.account
    return [
        lambda: account.Enter(pb.EnterRequest(discord_id=10**15 + 1)),
        lambda: account.GetPlayer(pb.GetPlayerRequest(discord_id=10**15 + 1)),
        lambda: account.BatchGetAccounts(pb.BatchGetAccountsRequest(user_ids=[1, 2])),
        lambda: account.ListBans(pb.ListBansRequest()),
    ]


@pytest.fixture
async def users(durable_clone: Clone) -> AsyncIterator[UsersHouse]:
    """The users service on a server that flushes what it commits."""
    async with Houses(durable_clone) as houses:
        users = UsersHouse(await houses("users", pool_size=POOL_SIZE))
        for player in range(1, WARM_UP):
            # Every statement is known on every connection afterwards.
            await users.has(player, crystals=100)
            await users.account.ClaimDaily(a_daily(player))
            await users.wallet.Apply(an_apply(player, crystals=-1))
            await users.wallet.ListLedger(wallet_pb2.ListLedgerRequest(user_id=player))
            await users.account.GetAccount(account_pb2.GetAccountRequest(user_id=player))
            await users.wallet.AdminAdjust(an_adjust(player, daphine=1))
            await users.account.UpdateSettings(a_setting(player, prefers_text=True))
            for look in looks(users):
                await look()
        await users.has(WARM_UP, crystals=100)
        yield users


async def test_a_daily_reward_is_one_round_trip_and_one_flush(users: UsersHouse) -> None:
    before = await spent(users.house)
    await users.account.ClaimDaily(a_daily(WARM_UP))

    assert (await spent(users.house)).since(before) == Cost(round_trips=1, flushes=1)


async def test_a_payment_is_one_round_trip_and_one_flush(users: UsersHouse) -> None:
    before = await spent(users.house)
    await users.wallet.Apply(an_apply(WARM_UP, crystals=-30, quartzs=1))

    assert (await spent(users.house)).since(before) == Cost(round_trips=1, flushes=1)


async def test_a_repeated_claim_is_one_round_trip_and_no_flush(users: UsersHouse) -> None:
    claim = a_daily(WARM_UP)
    await users.account.ClaimDaily(claim)

    before = await spent(users.house)
    await users.account.ClaimDaily(claim)

    assert (await spent(users.house)).since(before) == Cost(round_trips=1, flushes=0)


async def test_a_page_of_the_ledger_is_one_round_trip_and_no_flush(users: UsersHouse) -> None:
    request = wallet_pb2.ListLedgerRequest(user_id=1, page_size=25)

    before = await spent(users.house)
    page = await users.wallet.ListLedger(request)

    assert len(page.lines) == 4
    assert (await spent(users.house)).since(before) == Cost(round_trips=1, flushes=0)


async def test_an_account_is_one_round_trip_and_no_flush(users: UsersHouse) -> None:
    before = await spent(users.house)
    await users.account.GetAccount(account_pb2.GetAccountRequest(user_id=1))

    assert (await spent(users.house)).since(before) == Cost(round_trips=1, flushes=0)


async def test_an_adjustment_by_hand_is_one_round_trip_and_one_flush(users: UsersHouse) -> None:
    before = await spent(users.house)
    await users.wallet.AdminAdjust(an_adjust(WARM_UP, daphine=5, crystals=-1))

    assert (await spent(users.house)).since(before) == Cost(round_trips=1, flushes=1)


async def test_a_setting_is_one_round_trip_and_one_flush(users: UsersHouse) -> None:
    before = await spent(users.house)
    await users.account.UpdateSettings(a_setting(WARM_UP, prefers_text=True))

    assert (await spent(users.house)).since(before) == Cost(round_trips=1, flushes=1)


async def test_each_look_is_one_round_trip_and_no_flush(users: UsersHouse) -> None:
    for look in looks(users):
        before = await spent(users.house)
        await look()

        assert (await spent(users.house)).since(before) == Cost(round_trips=1, flushes=0)
