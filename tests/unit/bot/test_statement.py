"""The bank statement: whole entries, with the summons they paid for."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from gateway_bot import statement
from geminya.common.v1.money_pb2 import CURRENCY_QUARTZS as QUARTZ
from geminya.common.v1.money_pb2 import CURRENCY_SAKURA_CRYSTALS as CRYSTALS
from geminya.economy.v1.gacha_pb2 import ListSummonsResponse, Summon
from geminya.users.v1.wallet_pb2 import LedgerLine, ListLedgerResponse
from tests.unit.bot.builders import NOW, a_pull, at


class Paged:
    def __init__(self, rows: Sequence[Any], answer: Any) -> None:
        self.rows, self.answer = rows, answer
        self.calls = 0

    async def __call__(self, request: Any) -> Any:
        self.calls += 1
        first = int(request.page_token or 0)
        last = first + request.page_size
        token = str(last) if last < len(self.rows) else ""
        return self.answer(self.rows[first:last], token)


class Services:
    """A player with so many ten-summons, newest first, and a gift to begin with."""

    def __init__(self, summons: int) -> None:
        numbers = range(summons, 0, -1)
        lines = [line for number in numbers for line in self._lines(number)]
        lines.append(
            LedgerLine(version=0, currency=CRYSTALS, amount=2000, reason="mint.start", time=at())
        )
        made = [
            Summon(op_id=f"op-{n}", banner_name=f"B{n}", pulls=[a_pull()] * 10, time=at(NOW + n))
            for n in numbers
        ]
        self.ledger = Paged(
            lines, lambda rows, token: ListLedgerResponse(lines=rows, next_page_token=token)
        )
        self.summons = Paged(
            made, lambda rows, token: ListSummonsResponse(summons=rows, next_page_token=token)
        )
        self.clients: Any = SimpleNamespace(
            wallet=SimpleNamespace(ListLedger=self.ledger),
            gacha=SimpleNamespace(ListSummons=self.summons),
        )

    @staticmethod
    def _lines(number: int) -> list[LedgerLine]:
        return [
            LedgerLine(
                version=number,
                currency=currency,
                amount=amount,
                reason=reason,
                op_id=f"op-{number}",
                time=at(NOW + number),
            )
            for currency, amount, reason in (
                (CRYSTALS, -100, "sink.gacha"),
                (QUARTZ, 10, "mint.summon"),
            )
        ]


async def test_every_page_holds_whole_entries_until_the_first_gift() -> None:
    services = Services(summons=130)
    seen = []
    page = 0
    while True:
        found = await statement.read(services.clients, 7, page)
        for entry in found.rows:
            seen.append(entry.summon.banner_name if entry.summon else entry.lines[0].reason)
            assert len(entry.lines) == (2 if entry.summon else 1)
        if not found.has_more:
            break
        page += 1
    assert seen == [f"B{n}" for n in range(130, 0, -1)] + ["mint.start"]


async def test_the_first_page_is_two_calls() -> None:
    services = Services(summons=130)
    await statement.read(services.clients, 7, 0)
    assert (services.ledger.calls, services.summons.calls) == (1, 1)


async def test_who_never_summoned_is_not_asked_about_summons() -> None:
    services = Services(summons=0)
    found = await statement.read(services.clients, 7, 0)
    assert [entry.lines[0].reason for entry in found.rows] == ["mint.start"]
    assert services.summons.calls == 0
