"""geminya.users.v1.WalletService"""

from collections.abc import Iterable
from typing import Any

from chassis.money import Currency
from chassis.operations.once import Once
from chassis.operations.places import place_in, place_out
from chassis.postgres import Database, Tx
from chassis.rpc import page
from chassis.rpc.channel import calling
from chassis.rpc.methods import query
from chassis.rpc.short_id import ids_beginning
from chassis.wire import balances_out, currency_in, currency_out, time_out
from geminya.users.v1 import wallet_pb2 as pb
from geminya.users.v1.wallet_pb2_grpc import WalletServiceServicer
from services.users.wallet import proposals, rules, store
from services.users.wallet.measures import MoneyMeasures
from services.users.wallet.proposals import Proposal


class WalletServicer(WalletServiceServicer):
    """Balances and the ledger that proves them."""

    def __init__(self, database: Database, once: Once, money: MoneyMeasures) -> None:
        self.database = database
        self.once = once
        self.money = money

    async def Apply(self, request: pb.ApplyRequest, _: object) -> pb.ApplyResponse:
        """Changes the balances of one player, all or nothing."""
        kept = await self.once.run(
            request,
            store.APPLY,
            *wanted(request),
            when_done=lambda _: self.money.moved(changes_of(request)),
        )
        return pb.ApplyResponse(balances=balances_out(kept))

    async def BatchApply(self, request: pb.BatchApplyRequest, _: object) -> pb.BatchApplyResponse:
        """Changes the balances of several players, each all or nothing and for itself."""
        kept = await self.once.run_each(
            request.requests,
            store.BATCH_APPLY,
            all_wanted,
            when_done=lambda one: self.money.moved(changes_of(one)),
        )
        return pb.BatchApplyResponse(answers=[applied_out(one) for one in kept])

    async def AdminAdjust(
        self, request: pb.AdminAdjustRequest, _: object
    ) -> pb.AdminAdjustResponse:
        """Changes the balances of one player by an operator's hand, all or nothing."""
        changes = [
            rules.by_hand(currency_in(wish.currency), wish.amount) for wish in request.adjustments
        ]
        rules.admit(calling.get(), changes, rules.BY_HAND)
        amounts = {change.currency: change.amount for change in changes}
        by = request.operator
        kept = await self.once.run(
            request,
            store.ADJUST,
            *(amounts.get(currency, 0) for currency in Currency),
            *(by.name, by.reason, by.ticket),
            rules.passed_limit(changes),
            when_done=lambda _: self.money.moved(changes),
        )
        return pb.AdminAdjustResponse(balances=balances_out(kept))

    async def AdminApproveAdjust(
        self, request: pb.AdminApproveAdjustRequest, _: object
    ) -> pb.AdminApproveAdjustResponse:
        """Does what another operator has proposed."""
        kept = await self.once.run(
            request,
            proposals.APPROVE,
            *settling(request),
            when_done=lambda kept: self.money.moved(proposed(proposals.kept(kept["proposal"]))),
        )
        return pb.AdminApproveAdjustResponse(
            balances=balances_out(kept), proposal=proposal_out(proposals.kept(kept["proposal"]))
        )

    async def AdminRejectAdjust(
        self, request: pb.AdminRejectAdjustRequest, _: object
    ) -> pb.AdminRejectAdjustResponse:
        """Drops a proposal for good."""
        kept = await self.once.run(request, proposals.REJECT, *settling(request))
        return pb.AdminRejectAdjustResponse(proposal=proposal_out(proposals.kept(kept["proposal"])))

    @query
    async def AdminListProposals(
        self, request: pb.AdminListProposalsRequest, tx: Tx
    ) -> pb.AdminListProposalsResponse:
        """Proposals, the newest first."""
        filters = ("proposals", request.with_settled)
        before = place_in(page.decode(filters, request.page_token, 3))
        size = page.size_of(request.page_size)
        found = await proposals.list_proposals(
            tx, before, size + 1, with_settled=request.with_settled
        )
        last = found[size - 1] if len(found) > size else None
        token = page.encode(filters, place_out(last, last.created_at)) if last else ""
        return pb.AdminListProposalsResponse(
            proposals=[proposal_out(one) for one in found[:size]], next_page_token=token
        )

    @query
    async def ListLedger(self, request: pb.ListLedgerRequest, tx: Tx) -> pb.ListLedgerResponse:
        """The ledger, newest first."""
        ids = wanted_ids(request)
        filters = ("ledger", request.user_id, *(ids or ()))
        key = page.decode(filters, request.page_token, 2)
        size = page.size_of(request.page_size)
        before = None if key is None else (page.whole(key[0]), key[1])
        lines = await store.list_ledger(tx, request.user_id, ids, before, size + 1)
        last = lines[size - 1] if len(lines) > size else None
        token = page.encode(filters, (last.version, last.currency)) if last else ""
        return pb.ListLedgerResponse(
            lines=[line_out(line) for line in lines[:size]], next_page_token=token
        )


def changes_of(request: pb.ApplyRequest) -> list[rules.Change]:
    """The changes that are asked for."""
    return [
        rules.Change(currency_in(change.currency), change.amount, change.reason, change.subject)
        for change in request.changes
    ]


def wanted(request: pb.ApplyRequest) -> tuple[object, ...]:
    """What the statement needs of changes that the caller may make."""
    changes = changes_of(request)
    rules.admit(calling.get(), changes)
    amounts = {change.currency: change.amount for change in changes}
    return (
        *(amounts.get(currency, 0) for currency in Currency),
        {change.currency.value: change.reason for change in changes},
        request.min_collector_rank,
        {change.currency.value: change.subject for change in changes},
    )


def all_wanted(requests: Iterable[pb.ApplyRequest]) -> Iterable[object]:
    """What the statement for several players needs: an array for each part."""
    return zip(*map(wanted, requests), strict=True)


def applied_out(kept: dict[str, Any] | None) -> pb.AppliedAnswer:
    """The answer of one of several; empty where it has to be asked alone."""
    if kept is None:
        return pb.AppliedAnswer()
    return pb.AppliedAnswer(response=pb.ApplyResponse(balances=balances_out(kept)))


def wanted_ids(request: pb.ListLedgerRequest) -> tuple[str, str] | None:
    """The first and the last id of the operations that are asked for; none for all."""
    if request.op_id:
        return request.op_id, request.op_id
    return ids_beginning(request.short_id) if request.short_id else None


def proposed(proposal: Proposal) -> list[rules.Change]:
    """The changes that were proposed."""
    amounts = {currency: getattr(proposal, currency.value) for currency in Currency}
    return [rules.by_hand(currency, amount) for currency, amount in amounts.items() if amount]


def settling(
    request: pb.AdminApproveAdjustRequest | pb.AdminRejectAdjustRequest,
) -> tuple[str, ...]:
    """What the statements that settle a proposal are given."""
    by = request.operator
    return request.proposal_id, by.name, by.reason, by.ticket


def proposal_out(proposal: Proposal) -> pb.Proposal:
    """A proposal as a message."""
    amounts = {currency: getattr(proposal, currency.value) for currency in Currency}
    return pb.Proposal(
        proposal_id=proposal.proposal_id,
        user_id=proposal.user_id,
        epoch=proposal.epoch,
        adjustments=[
            pb.Adjustment(currency=currency_out(currency), amount=amount)
            for currency, amount in amounts.items()
            if amount
        ],
        proposed_by=proposal.proposed_by,
        reason=proposal.reason,
        ticket=proposal.ticket,
        state=proposal.state,
        settled_by=proposal.settled_by,
        create_time=time_out(proposal.created_at),
        settle_time=time_out(proposal.settled_at),
    )


def line_out(line: store.Line) -> pb.LedgerLine:
    """A line of the ledger as a message."""
    return pb.LedgerLine(
        version=line.version,
        currency=currency_out(Currency(line.currency)),
        amount=line.amount,
        balance_after=line.balance_after,
        reason=line.reason,
        op_id=line.op_id,
        time=time_out(line.at),
        subject=line.subject,
    )
