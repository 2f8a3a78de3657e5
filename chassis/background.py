"""Work that a process does by itself again and again."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from chassis.postgres import DatabaseTrouble

log = structlog.get_logger()


async def again_and_again(
    work: Callable[[], Awaitable[object]], every_s: float, *, away: str
) -> None:
    """Waits and works until it is cancelled; `away` is the log event of a round that had no database.

    Other trouble goes up: the process shows it and begins the work anew.
    """
    while True:
        await asyncio.sleep(every_s)
        try:
            await work()
        except DatabaseTrouble as trouble:
            log.warning(away, why=str(trouble))
