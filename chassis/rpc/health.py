"""Whether a process serves: `grpc.health.v1`, beside its own methods and alone on ports of its own."""

# The library has no types of its own.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer

from chassis.settings import SettingsError

SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
LIVE = "live"
"""A name that serves for as long as anybody answers: a process that waits for its database is alive."""
_STATES = health_pb2.HealthCheckResponse


class Health:
    """Answers with one state for the whole process."""

    def __init__(self, name: str) -> None:
        self._names = ("", name)
        self._servicer = HealthServicer()
        self._servers: list[grpc.aio.Server] = []

    def join(self, server: grpc.aio.Server) -> None:
        """Answers on a server that others have made."""
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, server)

    async def listen(
        self, address: str, setting: str, credentials: grpc.ServerCredentials | None = None
    ) -> int:
        """Answers there too, where nothing else is served; gives the port."""
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        self.join(server)
        try:
            if credentials is None:
                port = server.add_insecure_port(address)
            else:
                port = server.add_secure_port(address, credentials)
        except RuntimeError:
            raise SettingsError(f"{address} is in use; set {setting}") from None
        self._servers.append(server)
        await server.start()
        return port

    async def serving(self, is_serving: bool) -> None:
        """Whether calls are answered, or players are."""
        state = _STATES.SERVING if is_serving else _STATES.NOT_SERVING
        for name in self._names:
            await self._servicer.set(name, state)
        await self._servicer.set(LIVE, _STATES.SERVING)

    async def close(self) -> None:
        """Says no and ends, on its own ports."""
        await self._servicer.enter_graceful_shutdown()
        for server in self._servers:
            await server.stop(grace=None)
