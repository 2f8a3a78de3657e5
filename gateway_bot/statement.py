"""The bank statement: ledger lines, merged with the summons they paid for."""

from collections.abc import Sequence

from gateway_bot.clients import Clients
from gateway_bot.pages import Window, walk_until
from gateway_bot.views.history import Entry, entries, named
from geminya.economy.v1.gacha_pb2 import ListSummonsRequest, Summon
from geminya.users.v1.wallet_pb2 import LedgerLine, ListLedgerRequest

ENTRIES = 8
"""On one page."""


async def read(clients: Clients, user_id: int, page: int) -> Window[Entry]:
    """One page of the statement, newest first."""
    first, last = page * ENTRIES, (page + 1) * ENTRIES

    async def ledger(size: int, token: str) -> tuple[Sequence[LedgerLine], str]:
        request = ListLedgerRequest(user_id=user_id, page_size=size, page_token=token)
        answer = await clients.wallet.ListLedger(request)
        return answer.lines, answer.next_page_token

    # One entry more than shown: only then is the last one whole.
    lines, is_whole = await walk_until(ledger, lambda rows: len(entries(rows)) > last)
    known = entries(lines)
    shown = known[first:last]
    has_more = len(known) > last or (not is_whole and bool(shown))
    return Window(named(shown, await _summons(clients, user_id, shown)), has_more)


async def _summons(clients: Clients, user_id: int, shown: Sequence[Entry]) -> list[Summon]:
    """The player's summons back to the oldest entry that is shown."""
    if not any(line.reason == "sink.gacha" for entry in shown for line in entry.lines):
        return []
    oldest = min(entry.lines[-1].time.seconds for entry in shown)

    async def summons(size: int, token: str) -> tuple[Sequence[Summon], str]:
        request = ListSummonsRequest(user_id=user_id, page_size=size, page_token=token)
        answer = await clients.gacha.ListSummons(request)
        return answer.summons, answer.next_page_token

    found, _ = await walk_until(summons, lambda rows: rows[-1].time.seconds < oldest)
    return found
