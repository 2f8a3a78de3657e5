"""A toy service on the real kit: it buys a ticket with crystals and gives a quartz back.

It runs in the place of economy, on that schema's kit tables, and lets the real users service pay. Its order
borrows the shape of an `ApplyRequest`: the price is the first change.
"""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from chassis.operations.operation import Look, Operation, Phase, Save, Step
from chassis.operations.store import phase_statement
from chassis.process import Parts, Runtime, Service
from chassis.rejection import Rejection
from chassis.rpc.channel import Channel
from geminya.common.v1 import money_pb2
from geminya.common.v1.op_pb2 import Op
from geminya.users.v1 import wallet_pb2 as pb
from geminya.users.v1.wallet_pb2_grpc import WalletServiceStub
from tests.support.calls import an_op
from tests.support.house import House, Houses, UsersHouse

CRYSTALS = money_pb2.CURRENCY_SAKURA_CRYSTALS
QUARTZS = money_pb2.CURRENCY_QUARTZS
DAPHINE = money_pb2.CURRENCY_DAPHINE

OPEN = Phase(1, money_pb2.Money)
NOTE = Phase(2, money_pb2.Money)
PAY = Step(1, is_pivot=True)
GIVE = Step(2)
APPLY = "WalletService/Apply"

TABLE = """
SET ROLE economy_owner;
CREATE TABLE economy.ticket (user_id BIGINT, op_id UUID, number BIGINT);
RESET ROLE;
"""

SAVE_TICKET = phase_statement(
    """
-- save_ticket
made AS (
    INSERT INTO ticket (user_id, op_id, number) SELECT $1, $2, $8::bigint FROM turn RETURNING number
), fit AS (
    SELECT jsonb_build_object('amount', number::text) AS extra FROM made
)
"""
)


class ToyRejection(Rejection):
    """The toy refuses."""

    domain = "toy.geminya"


class BoxOfficeClosed(ToyRejection):
    """No tickets now."""

    reason = "BOX_OFFICE_CLOSED"
    text = "closed for {why}"

    def __init__(self, *, why: str) -> None:
        super().__init__(why=why)


@dataclass(slots=True)
class Mood:
    """How the toy behaves; it outlives the processes."""

    refuses_to_open: str = ""
    refuses_to_note: str = ""
    breaks_at_note: bool = False
    notes: int = 0
    """How often a ticket number was drawn."""
    waits_at: dict[str, asyncio.Event] = field(default_factory=dict)
    """Phases that wait for an event before they decide."""
    arrived: dict[str, asyncio.Event] = field(default_factory=dict)

    def hold(self, place: str) -> asyncio.Event:
        """Lets the next driver that comes to a place wait until the event is set."""
        self.waits_at[place] = asyncio.Event()
        self.arrived[place] = asyncio.Event()
        return self.waits_at[place]

    async def passes(self, place: str) -> None:
        event = self.waits_at.pop(place, None)
        if event is not None:
            self.arrived[place].set()
            await event.wait()


class TicketFlow:
    """Pay, note down, give back."""

    kind = "ticket"
    order = pb.ApplyRequest
    answer = pb.ApplyResponse

    def __init__(self, users: Channel, mood: Mood) -> None:
        self.wallet = WalletServiceStub(users)
        self.mood = mood

    async def run(self, op: Operation, order: pb.ApplyRequest) -> pb.ApplyResponse:
        terms = await op.phase(OPEN, self.open, order)
        await op.step(PAY, self.wallet.Apply, a_change(CRYSTALS, -terms.amount, "sink.gacha"))
        ticket = await op.phase(NOTE, self.note)
        paid = await op.step(GIVE, self.wallet.Apply, a_change(QUARTZS, 1, "mint.summon"))
        return pb.ApplyResponse(balances=[*paid.balances, ticket])

    async def open(self, _: Look, order: pb.ApplyRequest) -> Save[money_pb2.Money]:
        await self.mood.passes("open")
        if self.mood.refuses_to_open:
            raise BoxOfficeClosed(why=self.mood.refuses_to_open)
        return Save(money_pb2.Money(currency=CRYSTALS, amount=order.changes[0].amount))

    async def note(self, _: Look) -> Save[money_pb2.Money]:
        await self.mood.passes("note")
        if self.mood.refuses_to_note:
            raise BoxOfficeClosed(why=self.mood.refuses_to_note)
        if self.mood.breaks_at_note:
            raise RuntimeError("the pencil broke")
        self.mood.notes += 1
        number = random.getrandbits(40)
        return Save(money_pb2.Money(currency=DAPHINE, amount=number), SAVE_TICKET, (number,))


def a_change(currency: money_pb2.Currency, amount: int, reason: str) -> pb.ApplyRequest:
    return pb.ApplyRequest(changes=[pb.Change(currency=currency, amount=amount, reason=reason)])


def an_order(
    player: int = 7, price: int = 10, op: Op | None = None, **given: Any
) -> pb.ApplyRequest:
    """A wish for a ticket."""
    request = a_change(CRYSTALS, price, "ticket")
    request.op.CopyFrom(op or an_op(player, **given))
    return request


def toy_service(mood: Mood) -> Service:
    """The box office, in the place of economy."""

    def build(runtime: Runtime) -> Parts:
        runtime.operations.register(TicketFlow(runtime.dial("users"), mood))
        return Parts(served=[])

    return Service("economy", (), ToyRejection, build)


class Toy:
    """A house with users and the box office."""

    def __init__(self, house: House, mood: Mood) -> None:
        self.house = house
        self.mood = mood
        self.users = UsersHouse(house)

    async def buy(self, order: pb.ApplyRequest) -> pb.ApplyResponse:
        """Buys a ticket, without the wire between."""
        return await self.house.running["economy"].operations.run("ticket", order)

    async def row(self, order: pb.ApplyRequest) -> dict[str, Any]:
        """The operation as it stands."""
        rows = await self.house.rows(
            "SELECT *, lease_until > now() AS is_leased FROM economy.operation "
            "WHERE user_id = $1 AND op_id = $2",
            order.op.user_id,
            order.op.op_id,
        )
        return rows[0]

    async def tickets(self, player: int = 7) -> list[int]:
        """The numbers of the player's tickets."""
        rows = await self.house.rows("SELECT number FROM economy.ticket WHERE user_id = $1", player)
        return [row["number"] for row in rows]

    async def money(self, player: int = 7) -> tuple[int, int]:
        """Crystals and quartz."""
        balances = await self.users.balances(player)
        return balances["sakura_crystals"], balances["quartzs"]


async def a_toy(houses: Houses, **options: Any) -> Toy:
    """Opens the box office; player 7 has 100 crystals."""
    mood = Mood()
    house = await houses("users", "economy", services={"economy": toy_service(mood)}, **options)
    await house.run(TABLE)
    toy = Toy(house, mood)
    await toy.users.has(7, crystals=100)
    return toy
