"""The player's own summons, as the services keep them."""

import re
from collections.abc import Sequence, Set

from chassis import ids
from gateway_bot import pages
from gateway_bot.clients import Clients
from gateway_bot.refusals import Hint
from gateway_bot.views import words
from gateway_bot.views.super import Order, Outcome
from geminya.common.v1.operation_pb2 import SearchOperationsRequest
from geminya.economy.v1.gacha_pb2 import ListSummonsRequest, Summon
from geminya.users.v1.account_pb2 import GetAccountRequest
from geminya.users.v1.wallet_pb2 import LedgerLine, ListLedgerRequest

WISH_LETTERS = 40
SHORT_ID = re.compile("[0-9a-f]{8}")
FAR_BEHIND = 20
"""So many rows of others in a row: what was made together lies together."""


async def history(
    clients: Clients, user_id: int, banner_id: str, page: int, size: int
) -> pages.Window[Summon]:
    """One page of summons, the newest first; of one banner, or of all."""
    return await pages.window(_fetch(clients, user_id, banner_id), page, size)


async def op_id(clients: Clients, user_id: int, typed: str) -> str:
    """The summon that was meant: the last one, or the one whose id begins so."""
    wish = words.typed(typed).strip("`#").lower()
    if not wish:
        for row in await recent(clients, user_id, 1):
            return row.op_id
        raise Hint("no_summon_yet")
    rows, _ = await pages.walk_until(
        _fetch(clients, user_id), lambda rows: any(_is_meant(row, wish) for row in rows)
    )
    for row in rows:
        if _is_meant(row, wish):
            return row.op_id
    # A ticket is no summon, but it was rolled too, and it has a receipt.
    if SHORT_ID.fullmatch(wish[: words.SHORT_LETTERS]):
        asked = SearchOperationsRequest(user_id=user_id, short_id=wish[: words.SHORT_LETTERS])
        for found in (await clients.operations["economy"].SearchOperations(asked)).operations:
            if found.op_id.startswith(wish):
                return found.op_id
    raise Hint("no_summon", words=words.clip(wish, WISH_LETTERS))


async def recent(clients: Clients, user_id: int, size: int) -> Sequence[Summon]:
    """The last summons, the newest first."""
    rows, _ = await pages.walk(_fetch(clients, user_id), size)
    return rows[:size]


async def outcome(clients: Clients, user_id: int, order: Order) -> Outcome:
    """What became of a super summon so far: its summons, what they moved, and the purse."""
    wanted = {ids.op_of_part(order.op_id, part): part for part in range(order.count)}
    summons, _ = await pages.walk_until(
        _fetch(clients, user_id), lambda rows: _are_behind(wanted.keys(), [r.op_id for r in rows])
    )
    made = sorted(
        (row for row in summons if row.op_id in wanted), key=lambda row: wanted[row.op_id]
    )
    lines = await _moved(clients, user_id, {row.op_id for row in made}) if made else []
    account = await clients.account.GetAccount(GetAccountRequest(user_id=user_id))
    return Outcome(order, made, lines, account.account.balances)


async def _moved(clients: Clients, user_id: int, wanted: set[str]) -> list[LedgerLine]:
    """Every line of the ledger that belongs to these operations."""

    async def fetch(size: int, token: str) -> tuple[Sequence[LedgerLine], str]:
        request = ListLedgerRequest(user_id=user_id, page_size=size, page_token=token)
        answer = await clients.wallet.ListLedger(request)
        return answer.lines, answer.next_page_token

    lines, _ = await pages.walk_until(
        fetch, lambda rows: _are_behind(wanted, [row.op_id for row in rows])
    )
    return [row for row in lines if row.op_id in wanted]


def _are_behind(wanted: Set[str], seen: Sequence[str]) -> bool:
    """Whether some of what is wanted was seen, and nothing of it for a while."""
    return not wanted.isdisjoint(seen) and wanted.isdisjoint(seen[-FAR_BEHIND:])


def _is_meant(row: Summon, wish: str) -> bool:
    return row.op_id.startswith(wish)


def _fetch(clients: Clients, user_id: int, banner_id: str = "") -> pages.Fetch[Summon]:
    async def fetch(size: int, token: str) -> tuple[Sequence[Summon], str]:
        request = ListSummonsRequest(
            user_id=user_id, banner_id=banner_id, page_size=size, page_token=token
        )
        answer = await clients.gacha.ListSummons(request)
        return answer.summons, answer.next_page_token

    return fetch
