"""Whose turn it is to begin a session: Discord lets each bucket begin one in five seconds, whoever asks."""

import asyncio
import uuid

import grpc
import structlog

from gateway_bot.duties import IDENTIFY, Duties, Duty

log = structlog.get_logger()

TURN_S = 5.5
"""Discord's five seconds, and what the way there may differ from one session to the next."""


def bucket_of(shard_id: int, max_concurrency: int) -> int:
    """The bucket that a shard begins its sessions in."""
    return shard_id % max_concurrency


class Turns:
    """Turns over all bots. A turn ends by itself, so who dies with one blocks nobody for longer."""

    def __init__(self, duties: Duties, turn_s: float = TURN_S) -> None:
        self._duties = duties
        self._turn_s = turn_s

    async def take(self, shard_id: int, max_concurrency: int) -> None:
        """Waits for a turn of the shard's bucket."""
        # Each session has a name of its own: a second one of this bot has to wait like everybody's.
        turn = Duty(IDENTIFY, bucket_of(shard_id, max_concurrency), str(uuid.uuid4()), self._turn_s)
        while (wait_s := await self._wait_s(turn)) > 0:
            log.info("identify.waits_for_its_turn", shard=shard_id, wait_s=wait_s)
            await asyncio.sleep(wait_s)

    async def _wait_s(self, turn: Duty) -> float:
        """How long somebody else has it; when nobody can say, that is a turn, and then one goes alone."""
        try:
            return (await self._duties.lease(turn)).wait_ms / 1000
        except grpc.aio.AioRpcError as error:
            log.warning("identify.turn_unknown", code=error.code().name)
            await asyncio.sleep(self._turn_s)
            return 0
