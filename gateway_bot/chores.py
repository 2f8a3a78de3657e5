"""Daily reward, parties that are back and missions that are done: all by one press, each on its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from chassis.rpc.status import refusal_of
from gateway_bot import journeys
from gateway_bot.answers import Interaction
from gateway_bot.clients import Change, Clients, StillUnderWay
from gateway_bot.offers import Offer
from gateway_bot.refusals import excuse_for, is_known
from gateway_bot.text import say
from gateway_bot.views.expedition import name_of
from gateway_bot.views.now import Done, Wish, key_of
from geminya.economy.v1.mission_pb2 import ClaimAllMissionsRequest
from geminya.expeditions.v1.expedition_pb2 import CompleteExpeditionRequest, Expedition
from geminya.users.v1.account_pb2 import ClaimDailyRequest

Answer = TypeVar("Answer")
Told = Callable[[str], str]
"""From why something was not done to the whole of what is told of it."""

DAILY, MISSIONS = "daily", "missions"
NOTHING_TO_CLAIM = "NOTHING_TO_CLAIM"


class Chores:
    """The parts of one press. The offer and the part name an operation, so that a repeat finds its answer."""

    def __init__(self, clients: Clients, interaction: Interaction, offer: Offer) -> None:
        self.clients = clients
        self.interaction = interaction
        self.offer = offer
        self.troubles: list[Exception] = []
        self.done = Done()

    async def through(self, wish: Wish) -> AsyncIterator[Done]:
        """What is done so far, after each part. Missions come last: the others may complete them."""
        if wish.has_daily:
            await self.claim_daily()
            yield self.done
        for expedition in await self.meant(wish):
            await self.bring_home(expedition)
            yield self.done
        if wish.has_missions:
            await self.claim_missions()
            yield self.done

    async def claim_daily(self) -> None:
        """Today's reward."""
        change = self.clients.account.ClaimDaily
        self.done.daily = await self.tried(self.act(change, ClaimDailyRequest(), DAILY))

    async def meant(self, wish: Wish) -> Sequence[Expedition]:
        """The expeditions of the wish, also when they are home already."""
        if not wish.journeys:
            return ()
        player = await self.clients.players.of(self.interaction)
        known = await self.tried(journeys.journeys(self.clients, player.user_id))
        return [one for one in known or () if key_of(one) in wish.journeys]

    async def bring_home(self, expedition: Expedition) -> None:
        """One party."""

        def told(why: str) -> str:
            name = name_of(expedition)
            return say("journey.stopped", slot=expedition.slot_no, name=name, why=why)

        request = CompleteExpeditionRequest(expedition_id=expedition.expedition_id)
        change, part = self.clients.expeditions.CompleteExpedition, expedition.expedition_id
        if came := await self.tried(self.act(change, request, part), told):
            self.done.home.append(came)

    async def claim_missions(self) -> None:
        """Everything that is done by now."""
        change = self.clients.mission.ClaimAllMissions
        asked = self.act(change, ClaimAllMissionsRequest(), MISSIONS)
        self.done.missions = await self.tried(asked)

    async def act(self, change: Change[Answer], request: Message, part: str) -> Answer:
        """One part."""
        return await self.clients.act(
            self.interaction, change, request, offer=self.offer, part=part
        )

    async def tried(self, asked: Awaitable[Answer], told: Told = str) -> Answer | None:
        """The answer; where it was refused or did not come, that is noted, and the others go on."""
        try:
            return await asked
        except (grpc.aio.AioRpcError, StillUnderWay) as error:
            excuse = excuse_for(error)
            if not is_known(error) or excuse is None:
                raise
            self.troubles.append(error)
            if not (self.done.is_something and _is_nothing_to_claim(error)):
                self.done.notes.append(told(excuse.sentence))
            return None


def _is_nothing_to_claim(error: Exception) -> bool:
    """Whether no mission was done; next to other things that is not worth a word."""
    refused = refusal_of(error) if isinstance(error, grpc.aio.AioRpcError) else None
    return refused is not None and refused.reason == NOTHING_TO_CLAIM
