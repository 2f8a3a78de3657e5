"""What is said to Discord arrives, also when a connection breaks before Discord could say yes."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
import discord
import structlog

log = structlog.get_logger()
T = TypeVar("T")

TRIES = 3
PAUSE_S = 0.1
BROKEN = (aiohttp.ClientError, ConnectionError, TimeoutError)
"""The request was carried out, or it was not: nobody could say."""

ACKNOWLEDGED = 40060


async def insist(send: Callable[[], Awaitable[T]], *, done: int = 0) -> T | None:
    """Sends until Discord answers; a repeat that hears the code `done` was heard the first time."""
    for attempt in range(1, TRIES + 1):
        try:
            return await send()
        except BROKEN as broken:
            if attempt == TRIES:
                raise
            log.warning("request.unanswered", attempt=attempt, why=repr(broken))
        except discord.HTTPException as refused:
            if attempt == 1 or refused.code != done:
                raise
            return None
        await asyncio.sleep(PAUSE_S * attempt)
    return None
