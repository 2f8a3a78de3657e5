"""What players have asked for and the bot is still at: an end waits for it."""

import asyncio


class UnderWay:
    """The tasks that carry out interactions."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    def enter(self) -> None:
        """The current task belongs to an interaction; the library gives each one a task of its own."""
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def quiet(self, seconds: float) -> bool:
        """Waits until everything is done, or so long; whether it is."""
        if not self._tasks:
            return True
        _, left = await asyncio.wait(set(self._tasks), timeout=seconds)
        return not left
