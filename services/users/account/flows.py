"""The end of a life: reset and erase over all four services (flow F12 of docs/reliability.md)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from google.protobuf.message import Message

from chassis.operations.gate import close_gate
from chassis.operations.holdings import Holding, end_life
from chassis.operations.operation import Look, Operation, Phase, Save, Step
from chassis.operations.store import count_open, find_operation
from chassis.postgres import Database, Tx
from chassis.pseudonyms import Pseudonyms
from chassis.rpc.channel import Channel
from chassis.wire import balances_out
from geminya.common.v1 import life_pb2
from geminya.common.v1.life_pb2_grpc import ClosingServiceStub
from geminya.common.v1.op_pb2 import Op
from geminya.users.v1 import account_pb2 as pb
from services.users.account import rules, store
from services.users.account.erased import Erasure, Journal

if TYPE_CHECKING:
    # The generated code has this name for the checker of types only.
    from geminya.common.v1.life_pb2_grpc import ClosingServiceAsyncStub

OPEN = Phase(1, pb.ClosingTerms)
CLOSE_COLLECTION = Step(1, name="close collection")
CLOSE_EXPEDITIONS = Step(2, name="close expeditions")
CLOSE_ECONOMY = Step(3, name="close economy")
EMPTY, BEGIN = 4, 5
"""Steps of the ledger's lines: the old wallet goes down to zero, the new one begins."""


@dataclass(frozen=True, slots=True)
class Lives:
    """A player's life in all four services."""

    database: Database
    holdings: Sequence[Holding]
    """What this service holds itself."""
    others: "Sequence[tuple[Step, ClosingServiceAsyncStub]]"

    async def count_open(self, op: Op) -> int:
        """How many wishes of the player are under way anywhere; not asked for an operation that is known."""
        tx = self.database.bare
        if await find_operation(tx, op.user_id, op.op_id) is not None:
            return 0
        count = await count_open(tx, op.user_id)
        request = life_pb2.GetOpenCountRequest(user_id=op.user_id)
        for _, other in self.others:
            count += (await other.GetOpenCount(request)).count
        return count

    async def close_elsewhere(self, op: Operation) -> None:
        """Ends what the other services hold; what comes to them later finds the gate shut."""
        for step, other in self.others:
            await op.step(step, other.CloseUser, life_pb2.CloseUserRequest())

    async def close_here(self, tx: Tx, op: Op) -> None:
        """The last gate, in the transaction that ends the operation."""
        is_closed = await close_gate(tx, op.user_id, op.epoch)
        assert is_closed, "the gate was locked for this epoch"
        await end_life(tx, self.holdings, op.user_id, op.epoch, op.op_id)


def lives_of(
    database: Database,
    holdings: Sequence[Holding],
    collection: Channel,
    expeditions: Channel,
    economy: Channel,
) -> Lives:
    """The services in the order in which they are closed."""
    others = (
        (CLOSE_COLLECTION, ClosingServiceStub(collection)),
        (CLOSE_EXPEDITIONS, ClosingServiceStub(expeditions)),
        (CLOSE_ECONOMY, ClosingServiceStub(economy)),
    )
    return Lives(database, holdings, others)


async def begin(look: Look, op: Op, open_count: int = 0) -> Save[pb.ClosingTerms]:
    """The academy is closing from here on: whatever the player wishes in it is refused.

    Only where something is in the way it is looked what.
    """
    if look.is_again or open_count:
        state = await store.find_state(look.tx, op.user_id, op.epoch)
        rules.admit_closing(op.user_id, state, open_count)
    return Save(pb.ClosingTerms(epoch=op.epoch), store.BEGIN_CLOSING)


class ResetFlow:
    """Ends what was earned, in all services, and begins the next life under the same name."""

    kind: ClassVar[str] = "reset"
    order: ClassVar[type[Message]] = pb.ResetAccountRequest
    answer: ClassVar[type[Message]] = pb.ResetAccountResponse

    def __init__(self, lives: Lives) -> None:
        self.lives = lives

    async def run(self, op: Operation, order: pb.ResetAccountRequest) -> pb.ResetAccountResponse:
        """The wish, from top to bottom."""
        # Asked here, because a phase may hold the gate and must not wait for others; what it decides is kept.
        open_count = await self.lives.count_open(order.op)
        await op.phase(OPEN, self.open, order, open_count)
        await self.lives.close_elsewhere(op)
        return await op.last_phase(self.renew, order)

    async def open(
        self, look: Look, order: pb.ResetAccountRequest, open_count: int
    ) -> Save[pb.ClosingTerms]:
        """A wish that is under way would end without its reward: the player waits for it."""
        return await begin(look, order.op, open_count)

    async def renew(self, tx: Tx, order: pb.ResetAccountRequest) -> pb.ResetAccountResponse:
        """The old wallet to zero, a fresh one, and the gate of the old life shut."""
        op = order.op
        renewed = await store.reset_account(
            tx, op.user_id, op.op_id, EMPTY, BEGIN, rules.START.amount
        )
        await self.lives.close_here(tx, op)
        return pb.ResetAccountResponse(
            epoch=renewed.epoch,
            balances=balances_out(
                {
                    "sakura_crystals": renewed.sakura_crystals,
                    "quartzs": renewed.quartzs,
                    "daphine": renewed.daphine,
                }
            ),
        )


class EraseFlow:
    """Ends the life in all services and forgets the person."""

    kind: ClassVar[str] = "erase"
    order: ClassVar[type[Message]] = pb.EraseAccountRequest
    answer: ClassVar[type[Message]] = pb.EraseAccountResponse

    def __init__(self, lives: Lives, pseudonyms: Pseudonyms, journal: Journal) -> None:
        self.lives = lives
        self.pseudonyms = pseudonyms
        self.journal = journal

    async def run(self, op: Operation, order: pb.EraseAccountRequest) -> pb.EraseAccountResponse:
        """The wish, from top to bottom. It waits for nothing: late parts of other wishes find the gates shut."""
        await op.phase(OPEN, self.open, order)
        await self.lives.close_elsewhere(op)
        return await op.last_phase(self.forget, order)

    async def open(self, look: Look, order: pb.EraseAccountRequest) -> Save[pb.ClosingTerms]:
        """No more wishes from here on."""
        return await begin(look, order.op)

    async def forget(self, tx: Tx, order: pb.EraseAccountRequest) -> pb.EraseAccountResponse:
        """The wallet to zero, the person out of the row, a keyed hash in their place, and the gate shut."""
        op = order.op
        discord_hash = self.pseudonyms.of(await store.get_discord_id(tx, op.user_id))
        await self.journal.tell(Erasure(op.user_id, op.epoch, op.op_id, discord_hash))
        await store.erase_account(tx, op.user_id, op.op_id, EMPTY, discord_hash)
        await self.lives.close_here(tx, op)
        return pb.EraseAccountResponse()


class AdminEraseFlow(EraseFlow):
    """As the player's own erase, with the audit row in the phase that begins it."""

    kind: ClassVar[str] = "admin_erase"
    order: ClassVar[type[Message]] = pb.AdminEraseAccountRequest
    answer: ClassVar[type[Message]] = pb.EraseAccountResponse

    async def open(self, look: Look, order: Any) -> Save[pb.ClosingTerms]:
        """No more wishes from here on, and who has ended it."""
        save, by = await begin(look, order.op), order.operator
        return replace(
            save, statement=store.BEGIN_CLOSING_BY_HAND, args=(by.name, by.reason, by.ticket)
        )
