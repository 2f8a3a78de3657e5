"""What was done is claimed (flow F4 of docs/reliability.md)."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

from google.protobuf.message import Message

from chassis.clock import Clock, statement_time
from chassis.operations.operation import Look, Operation, Phase, Save, Step
from chassis.operations.refusals import KeptRejection
from chassis.rpc.channel import Channel
from geminya.economy.v1 import mission_pb2 as pb
from geminya.users.v1 import wallet_pb2
from services.economy.errors import (
    MissionClaimed,
    MissionNotDone,
    MissionNotFound,
    NothingToClaim,
)
from services.economy.mission import rules, store
from services.economy.mission.store import Progress
from services.economy.peers import Wallet

MARK = Phase(1, pb.ClaimTerms)
PAY = Step(1, is_pivot=True, name="pay")


class ClaimFlow:
    """Marks a mission as claimed and pays for it."""

    kind: ClassVar[str] = "claim_mission"
    order: ClassVar[type[Message]] = pb.ClaimMissionRequest
    answer: ClassVar[type[Message]] = pb.ClaimMissionResponse

    def __init__(self, users: Channel, clock: Clock) -> None:
        self.wallet = Wallet(users)
        self.clock = clock

    async def run(self, op: Operation, order: Any) -> Message:
        """The wish, from top to bottom."""
        terms = await op.phase(MARK, self.mark, order)
        try:
            # The pivot: a purse that is full refuses, and then the missions stay to be claimed.
            paid = await op.step(PAY, self.wallet.Apply, payment(terms))
        except KeptRejection as full:
            marks = [
                [one.mission_id for one in terms.missions],
                [one.date for one in terms.missions],
            ]
            await op.take_back(full, store.UNCLAIM, *marks)
        return self.told(terms, paid)

    async def mark(self, look: Look, order: Any) -> Save[pb.ClaimTerms]:
        """Marks what is done, and freezes what it brings. Only where that did not fit is it looked why."""
        mission_id, now = self.wanted(order), statement_time(self.clock)
        offset = self.clock.day_offset
        if look.is_again:
            rows = await store.list_progress(look.tx, order.op.user_id, now, offset)
            refuse(rows, mission_id)
        most = (list(rules.MAX_REWARD), list(rules.MAX_REWARD.values()))
        return Save(pb.ClaimTerms(), store.OPEN_CLAIM, (mission_id, now, offset, *most))

    def wanted(self, order: Any) -> str | None:
        """The mission that is to be claimed."""
        return order.mission_id

    def told(self, terms: pb.ClaimTerms, paid: wallet_pb2.ApplyResponse) -> Message:
        """The answer."""
        return pb.ClaimMissionResponse(mission=terms.missions[0], balances=paid.balances)


class ClaimAllFlow(ClaimFlow):
    """Marks every mission that is done and pays for all of them together."""

    kind: ClassVar[str] = "claim_missions"
    order: ClassVar[type[Message]] = pb.ClaimAllMissionsRequest
    answer: ClassVar[type[Message]] = pb.ClaimAllMissionsResponse

    def wanted(self, order: Any) -> str | None:
        """All of them."""
        return None

    def told(self, terms: pb.ClaimTerms, paid: wallet_pb2.ApplyResponse) -> Message:
        """The answer."""
        return pb.ClaimAllMissionsResponse(missions=terms.missions, balances=paid.balances)


def refuse(rows: Sequence[Progress], mission_id: str | None) -> None:
    """Says why there is nothing to claim; nothing when there is."""
    if any(row.completed and not row.claimed and mission_id in (None, row.id) for row in rows):
        return
    if mission_id is None:
        raise NothingToClaim
    row = next((row for row in rows if row.id == mission_id), None)
    if row is None:
        raise MissionNotFound(mission_id=mission_id)
    if row.claimed:
        raise MissionClaimed(name=row.name, reset_time=str(int(row.reset_time.timestamp())))
    raise MissionNotDone(name=row.name, current=row.current_progress, target=row.target_count)


def payment(terms: pb.ClaimTerms) -> wallet_pb2.ApplyRequest:
    """One line for each currency."""
    totals: Counter[int] = Counter()
    subjects: dict[int, str] = {}
    for one in terms.missions:
        totals[one.reward.currency] += one.reward.amount
        is_first = one.reward.currency not in subjects
        subjects[one.reward.currency] = f"mission:{one.mission_id}" if is_first else "missions"
    return wallet_pb2.ApplyRequest(
        changes=[
            wallet_pb2.Change(
                currency=currency,  # type: ignore[arg-type]
                amount=total,
                reason="mint.mission",
                subject=subjects[currency],
            )
            for currency, total in sorted(totals.items())
        ]
    )
