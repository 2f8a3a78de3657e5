"""Tells Discord the commands: one bot for all of them, and only what Discord does not have yet."""

import asyncio
import hashlib
import json
from typing import Any

import grpc
import structlog
from discord import app_commands

from gateway_bot.duties import COMMANDS, Duties, Duty

log = structlog.get_logger()

LEASE_S = 30.0
"""So long a bot may take to tell; one that dies over it is followed by the next one then."""
LOOK_S = 0.5

Tree = app_commands.CommandTree[Any]


class Telling:
    """One bot leads: it tells, and notes what it told; the others find that it is done."""

    def __init__(self, duties: Duties, holder: str) -> None:
        self._duties = duties
        self._duty = Duty(COMMANDS, 0, holder, LEASE_S)

    async def tell(self, tree: Tree) -> None:
        """Returns when Discord has the commands of this release."""
        try:
            await self._lead(tree)
        except grpc.aio.AioRpcError as error:
            # Telling twice is only a waste; not telling would leave players without commands.
            log.warning("commands.leader_unknown", code=error.code().name)
            await sync(tree)

    async def _lead(self, tree: Tree) -> None:
        while not (lease := await self._duties.lease(self._duty)).is_held:  # noqa: ASYNC110 - another process knows
            await asyncio.sleep(LOOK_S)
        told = digest(tree)
        if lease.note != told or not await is_there(tree):
            await sync(tree)
        await self._duties.give_back(self._duty, lease.token, told)


async def sync(tree: Tree) -> None:
    """Replaces what Discord knows."""
    synced = await tree.sync()
    log.info("commands.synced", count=len(synced))


async def is_there(tree: Tree) -> bool:
    """Whether Discord still has as many commands as there are: somebody may have taken them away by hand."""
    return len(await tree.fetch_commands()) == len(tree.get_commands())


def digest(tree: Tree) -> str:
    """What tells one release's commands from another's."""
    commands = [command.to_dict(tree) for command in tree.get_commands()]
    return hashlib.sha256(json.dumps(commands, sort_keys=True).encode()).hexdigest()
