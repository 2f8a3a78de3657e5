"""`@query`: a read. Changes are `@mutation` (operations/once.py) or flows (operations/operation.py)."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from chassis.postgres import Tx

R = TypeVar("R")


def query(
    method: Callable[[Any, Any, Tx], Awaitable[R]],
) -> Callable[[Any, Any, object], Awaitable[R]]:
    """A read of one statement, without BEGIN and COMMIT around it. Its servicer has `self.database`."""

    @functools.wraps(method)
    async def call(self: Any, request: Any, context: object = None) -> R:
        return await method(self, request, self.database.bare)

    return call
