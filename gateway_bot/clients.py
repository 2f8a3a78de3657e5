"""Every stub, typed, one channel per service; `act` for whatever changes something."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import discord
import grpc
import structlog
from google.protobuf.message import Message

from chassis import ids
from chassis.rpc.certificates import Certificates
from chassis.rpc.channel import Channel, dial
from chassis.rpc.status import refusal_of
from chassis.settings import SERVICES, Settings
from gateway_bot.duties import Duties
from gateway_bot.offers import Offer
from gateway_bot.players import Player, Players
from geminya.collection.v1 import (
    bond_pb2_grpc,
    catalog_pb2_grpc,
    equipment_pb2_grpc,
    roster_pb2_grpc,
)
from geminya.common.v1.life_pb2_grpc import ExportServiceStub
from geminya.common.v1.op_pb2 import Op
from geminya.common.v1.operation_pb2 import OPERATION_STATE_OPEN, GetOperationRequest
from geminya.common.v1.operation_pb2_grpc import OperationServiceStub
from geminya.economy.v1 import gacha_pb2_grpc, gift_code_pb2_grpc, mission_pb2_grpc, shop_pb2_grpc
from geminya.expeditions.v1 import (
    atlas_pb2_grpc,
    expedition_pb2_grpc,
    notice_pb2_grpc,
    planner_pb2_grpc,
)
from geminya.users.v1 import account_pb2_grpc, duty_pb2_grpc, wallet_pb2_grpc

if TYPE_CHECKING:
    from geminya.common.v1.life_pb2_grpc import ExportServiceAsyncStub
    from geminya.common.v1.operation_pb2_grpc import OperationServiceAsyncStub

log = structlog.get_logger()

CALLER = "bot"
READ_S = 2.5
"""As long as a read waits, also for a service that is away for a moment."""
CHANGE_S = 8.0
LEAST_TRIES = 3

Code = grpc.StatusCode
TROUBLE = frozenset({Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.ABORTED, Code.CANCELLED})
"""What became of the call is unknown; a service that is stopped in the middle of it ends it with CANCELLED."""
UNHEARD_OF = frozenset({Code.NOT_FOUND, Code.UNIMPLEMENTED})

Answer = TypeVar("Answer")
Change = Callable[..., Awaitable[Answer]]
"""A method of a service that changes something of a player."""


class StillUnderWay(Exception):
    """Nobody could say in time what became of the wish; it goes on without us."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a change is followed when its answer does not come."""

    first_pause_s: float = 0.1
    longest_pause_s: float = 1.0
    """Between repeats of the call itself; each pause is twice the one before."""
    repeat_for_s: float = 8.0
    ask_every_s: float = 2.0
    ask_for_s: float = 60.0


def jittered(seconds: float) -> float:
    """Never in step with whatever comes and goes by a clock of its own."""
    return seconds * random.uniform(0.6, 1.4)  # noqa: S311 - no secret hangs on a pause


def is_trouble(error: grpc.aio.AioRpcError) -> bool:
    """Nobody refused and nobody confirmed: what became of the call is unknown."""
    if error.code() is Code.RESOURCE_EXHAUSTED:
        return refusal_of(error) is None
    return error.code() in TROUBLE


def dial_patiently(
    address: str, server: str = "", certificates: Certificates | None = None
) -> Channel:
    """A channel whose reads wait for a service that is away; of changes `act` takes care."""
    return dial(
        address,
        caller=CALLER,
        default_timeout_s=READ_S,
        waits=True,
        server=server,
        certificates=certificates,
    )


class Clients:
    """The bot's side of every service it talks to."""

    def __init__(
        self, channels: Mapping[str, grpc.aio.Channel], patience: Patience | None = None
    ) -> None:
        self._channels = channels
        self._patience = patience or Patience()
        users, collection = channels["users"], channels["collection"]
        economy, expeditions = channels["economy"], channels["expeditions"]
        self.account = account_pb2_grpc.AccountServiceStub(users)
        self.wallet = wallet_pb2_grpc.WalletServiceStub(users)
        self.duties = Duties(duty_pb2_grpc.DutyServiceStub(users))
        self.catalog = catalog_pb2_grpc.CatalogServiceStub(collection)
        self.roster = roster_pb2_grpc.RosterServiceStub(collection)
        self.equipment = equipment_pb2_grpc.EquipmentServiceStub(collection)
        self.bond = bond_pb2_grpc.BondServiceStub(collection)
        self.gacha = gacha_pb2_grpc.GachaServiceStub(economy)
        self.mission = mission_pb2_grpc.MissionServiceStub(economy)
        self.shop = shop_pb2_grpc.ShopServiceStub(economy)
        self.codes = gift_code_pb2_grpc.GiftCodeServiceStub(economy)
        self.atlas = atlas_pb2_grpc.AtlasServiceStub(expeditions)
        self.expeditions = expedition_pb2_grpc.ExpeditionServiceStub(expeditions)
        self.planner = planner_pb2_grpc.PlannerServiceStub(expeditions)
        self.notices = notice_pb2_grpc.NoticeServiceStub(expeditions)
        self.operations: Mapping[str, OperationServiceAsyncStub] = {
            name: OperationServiceStub(channel) for name, channel in channels.items()
        }
        self.exports: Mapping[str, ExportServiceAsyncStub] = {
            name: ExportServiceStub(channel) for name, channel in channels.items()
        }
        self.players = Players(self.account)

    @classmethod
    def dial(cls, settings: Settings, certificates: Certificates | None = None) -> "Clients":
        """Clients of the services that the settings name."""
        addresses = {name: settings.address_of(name) for name in SERVICES}
        return cls({name: dial_patiently(at, name, certificates) for name, at in addresses.items()})

    async def close(self) -> None:
        """Lets the services go."""
        await asyncio.gather(*(channel.close() for channel in self._channels.values()))

    async def act(
        self,
        interaction: discord.Interaction[Any],
        change: Change[Answer],
        request: Message,
        *,
        offer: Offer | None = None,
        part: int | str | None = None,
        player: Player | None = None,
    ) -> Answer:
        """The answer to a change, however often it has to be asked for.

        The operation is named by the interaction, or by the offer behind the pressed button, so
        that a repeat of any kind is the same operation. A change that was offered to one life of
        a player says which: then nobody is asked, and no other life is taken in its place.

        A command that changes several things names each `part` by what stays the same when it is
        repeated: an index, or the id of what is changed. The parts count as one for a player's limits.
        """
        op = _op(op_id(interaction, request, offer), part)
        if player is not None:
            return await self._see_through(change, _for(request, op, player))
        player = await self.players.of(interaction)
        try:
            return await self._see_through(change, _for(request, op, player))
        except grpc.aio.AioRpcError as error:
            refused = refusal_of(error)
            if refused is None or refused.reason != "USER_GONE":
                raise
        self.players.forget(interaction.user.id)
        player = await self.players.of(interaction)
        return await self._see_through(change, _for(request, op, player))

    async def _see_through(self, change: Change[Answer], request: Message) -> Answer:
        """Repeats on trouble; then asks what became of the operation until that is known."""
        patience, loop = self._patience, asyncio.get_running_loop()
        tried, pause_s, repeat_until = (
            0,
            patience.first_pause_s,
            loop.time() + patience.repeat_for_s,
        )
        while tried < LEAST_TRIES or loop.time() < repeat_until:
            answer = await self._try(change, request)
            if answer is not None:
                return answer
            await asyncio.sleep(jittered(pause_s))
            tried, pause_s = tried + 1, min(2 * pause_s, patience.longest_pause_s)
        give_up = loop.time() + patience.ask_for_s
        while loop.time() < give_up:
            # What is final has its answer stored, and what was never heard of may be asked again.
            if await self._is_settled(request):
                answer = await self._try(change, request)
                if answer is not None:
                    return answer
            await asyncio.sleep(jittered(patience.ask_every_s))
        raise StillUnderWay

    async def _try(self, change: Change[Answer], request: Message) -> Answer | None:
        try:
            return await change(request, timeout=CHANGE_S)
        except grpc.aio.AioRpcError as error:
            if not is_trouble(error):
                raise
            log.warning("change.unknown", method=request.DESCRIPTOR.name, code=error.code().name)
            return None

    async def _is_settled(self, request: Any) -> bool:
        service = request.DESCRIPTOR.file.package.split(".")[1]
        asked = GetOperationRequest(user_id=request.op.user_id, op_id=request.op.op_id)
        try:
            found = await self.operations[service].GetOperation(asked, timeout=READ_S)
        except grpc.aio.AioRpcError as error:
            return error.code() in UNHEARD_OF
        return found.state != OPERATION_STATE_OPEN


def op_id(interaction: discord.Interaction[Any], request: Message, offer: Offer | None) -> str:
    """What names an operation: the interaction and the change, or the offer behind the button."""
    if offer is not None:
        return ids.op_of_offer(offer.nonce)
    action = request.DESCRIPTOR.name.removesuffix("Request").lower()
    return ids.op_of_interaction(interaction.id, action)


def _op(op_id: str, part: int | str | None) -> Op:
    """The operation itself, or a part of it."""
    if part is None:
        return Op(op_id=op_id)
    return Op(op_id=ids.op_of_part(op_id, part), parent_op_id=op_id)


def _for(request: Any, op: Op, player: Player) -> Any:
    """The request in the name of a player."""
    asked = type(request)()
    asked.CopyFrom(request)
    asked.op.CopyFrom(op)
    asked.op.user_id, asked.op.epoch = player.user_id, player.epoch
    return asked
