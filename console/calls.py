"""Calls to a running house as the operator; what goes wrong becomes a sentence."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import grpc

from chassis.rpc.channel import Channel, dial
from chassis.rpc.status import refusal_of, violations_of
from chassis.settings import SERVICES, Settings, read_settings
from console.certs import certificates_for
from console.trouble import Trouble
from geminya.collection.v1.catalog_pb2_grpc import CatalogServiceStub
from geminya.collection.v1.equipment_pb2_grpc import EquipmentServiceStub
from geminya.collection.v1.roster_pb2_grpc import RosterServiceStub
from geminya.common.v1.admin_pb2_grpc import AdminServiceStub
from geminya.common.v1.life_pb2_grpc import ExportServiceStub
from geminya.economy.v1.gacha_pb2_grpc import GachaServiceStub
from geminya.economy.v1.gift_code_pb2_grpc import GiftCodeServiceStub
from geminya.economy.v1.mission_pb2_grpc import MissionServiceStub
from geminya.economy.v1.shop_pb2_grpc import ShopServiceStub
from geminya.expeditions.v1.atlas_pb2_grpc import AtlasServiceStub
from geminya.expeditions.v1.expedition_pb2_grpc import ExpeditionServiceStub
from geminya.users.v1.account_pb2_grpc import AccountServiceStub
from geminya.users.v1.wallet_pb2_grpc import WalletServiceStub

if TYPE_CHECKING:
    from geminya.collection.v1.catalog_pb2_grpc import CatalogServiceAsyncStub
    from geminya.collection.v1.equipment_pb2_grpc import EquipmentServiceAsyncStub
    from geminya.collection.v1.roster_pb2_grpc import RosterServiceAsyncStub
    from geminya.common.v1.admin_pb2_grpc import AdminServiceAsyncStub
    from geminya.common.v1.life_pb2_grpc import ExportServiceAsyncStub
    from geminya.economy.v1.gacha_pb2_grpc import GachaServiceAsyncStub
    from geminya.economy.v1.gift_code_pb2_grpc import GiftCodeServiceAsyncStub
    from geminya.economy.v1.mission_pb2_grpc import MissionServiceAsyncStub
    from geminya.economy.v1.shop_pb2_grpc import ShopServiceAsyncStub
    from geminya.expeditions.v1.atlas_pb2_grpc import AtlasServiceAsyncStub
    from geminya.expeditions.v1.expedition_pb2_grpc import ExpeditionServiceAsyncStub
    from geminya.users.v1.account_pb2_grpc import AccountServiceAsyncStub
    from geminya.users.v1.wallet_pb2_grpc import WalletServiceAsyncStub

T = TypeVar("T")
CALLER = "admin"
CALL_S = 8.0
UNKNOWN = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.INTERNAL,
}
"""Codes that say nothing about whether a change was made."""


class Refused(Trouble):
    """A service says no, for a reason of the game."""

    def __init__(self, sentence: str, reason: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class NoAnswer(Trouble):
    """Nobody knows what became of the call."""


class Calls:
    """The services of a house, called as the operator."""

    def __init__(self, settings: Settings) -> None:
        self._certificates = certificates_for(settings)
        self._channels = {name: self._dial(settings, name) for name in SERVICES}
        at = self._channels
        # The stubs of a contract are made for either kind of channel; these are asynchronous.
        self.account = cast("AccountServiceAsyncStub", AccountServiceStub(at["users"]))
        self.wallet = cast("WalletServiceAsyncStub", WalletServiceStub(at["users"]))
        self.catalog = cast("CatalogServiceAsyncStub", CatalogServiceStub(at["collection"]))
        self.roster = cast("RosterServiceAsyncStub", RosterServiceStub(at["collection"]))
        self.equipment = cast("EquipmentServiceAsyncStub", EquipmentServiceStub(at["collection"]))
        self.gacha = cast("GachaServiceAsyncStub", GachaServiceStub(at["economy"]))
        self.codes = cast("GiftCodeServiceAsyncStub", GiftCodeServiceStub(at["economy"]))
        self.missions = cast("MissionServiceAsyncStub", MissionServiceStub(at["economy"]))
        self.shop = cast("ShopServiceAsyncStub", ShopServiceStub(at["economy"]))
        self.atlas = cast("AtlasServiceAsyncStub", AtlasServiceStub(at["expeditions"]))
        self.expeditions = cast(
            "ExpeditionServiceAsyncStub", ExpeditionServiceStub(at["expeditions"])
        )
        self.exports = {
            name: cast("ExportServiceAsyncStub", ExportServiceStub(channel))
            for name, channel in at.items()
        }
        self.admin = {
            name: cast("AdminServiceAsyncStub", AdminServiceStub(channel))
            for name, channel in at.items()
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for channel in self._channels.values():
            await channel.close()

    def _dial(self, settings: Settings, service: str) -> Channel:
        address = settings.address_of(service)

        async def send(_: str, call: Callable[[], Awaitable[Any]]) -> Any:
            try:
                return await call()
            except grpc.aio.AioRpcError as error:
                raise trouble_of(service, address, error) from None

        return dial(
            address,
            caller=CALLER,
            default_timeout_s=CALL_S,
            send=send,
            server=service,
            certificates=self._certificates,
        )


def run(work: Callable[[Calls, Settings], Awaitable[T]]) -> T:
    """Does a command's work with the services of the house."""
    settings = read_settings()

    async def connected() -> T:
        async with Calls(settings) as calls:
            return await work(calls, settings)

    return asyncio.run(connected())


def trouble_of(service: str, address: str, error: grpc.aio.AioRpcError) -> Trouble:
    """What an operator reads of a call that failed."""
    if refusal := refusal_of(error):
        return Refused(f"{service} refused: {error.details()} ({refusal.reason})", refusal.reason)
    if found := violations_of(error):
        wrong = "; ".join(f"{one.field} {one.description}" for one in found)
        return Trouble(f"{service} does not take that: {wrong}")
    if error.code() is grpc.StatusCode.UNAVAILABLE:
        return NoAnswer(
            f"{service} does not answer at {address}; is the house running? "
            "`geminya doctor` tells more"
        )
    sentence = f"{service} failed: {error.details()} ({error.code().name})"
    return NoAnswer(sentence) if error.code() in UNKNOWN else Trouble(sentence)


@contextlib.contextmanager
def once(op_id: str) -> Any:
    """A change that is made once at most: without an answer it is asked for again, by the same id."""
    try:
        yield
    except NoAnswer as trouble:
        raise Trouble(
            f"{trouble}. Whether it was done is not known. The same command again with "
            f"`--op {op_id}` finds out, and does it once at most"
        ) from None
