"""The same code in one process (G8): every service in this loop, calling the others as functions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from chassis.clock import SystemClock
from chassis.process import Edges, Running
from chassis.rpc import channel
from chassis.settings import SERVICES
from tests.support.house import SECRET_KEY, GivenSettings, service_named
from tests.support.pg import Clone


class Direct:
    """In a channel's place: a call is a function of the other service."""

    def __init__(self, servicers: dict[str, Any], caller: str) -> None:
        self._servicers = servicers
        self._caller = caller

    def unary_unary(self, method: str, *_: Any, **__: Any) -> Any:
        """The method itself, found when it is called: not all services are there yet."""
        service, name = method.lstrip("/").split("/")

        async def call(request: Any, *, timeout: float | None = None) -> Any:  # noqa: ASYNC109
            channel.calling.set(self._caller)
            return await getattr(self._servicers[service], name)(request, None)

        return call

    stream_unary = unary_stream = stream_stream = unary_unary

    async def close(self, grace: float | None = None) -> None:
        """Nothing was opened."""


class Together(Running):
    """A service that calls the others in its own process."""

    def __init__(self, *given: Any, all_servicers: dict[str, dict[str, Any]]) -> None:
        self._all = all_servicers
        super().__init__(*given)

    def _dial(self, service: str) -> Any:
        return Direct(self._all.setdefault(service, {}), self.service.name)

    async def start(self) -> None:
        """As always; then the others know whom to call."""
        await super().start()
        for served in (*self._of_the_kit(), *self._parts.served):
            known = self._all.setdefault(self.service.name, {})
            known[served.descriptor.full_name] = served.servicer


@asynccontextmanager
async def in_one_process(clone: Clone) -> AsyncIterator[dict[str, Any]]:
    """All services in this process; a channel to each, as the bot would have one."""
    servicers: dict[str, dict[str, Any]] = {name: {} for name in SERVICES}
    running: list[Together] = []
    for name in SERVICES:
        given: dict[str, Any] = {
            "env": "dev",
            "secret_key": SECRET_KEY,
            f"{name}_database_url": clone.url_of(name),
            f"{name}_port": 0,
            "max_changes_per_10_s": 100_000,
        }
        edges = Edges(clock=SystemClock(), background=False)
        settings = GivenSettings(**given)
        running.append(Together(service_named(name), settings, edges, all_servicers=servicers))
    try:
        for one in running:
            await one.start()
        yield {name: Direct(servicers[name], "bot") for name in SERVICES}
    finally:
        for one in running:
            await one.stop()
