"""The bot's own health, as every service has it: serving while it is connected."""

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer

from chassis.settings import SettingsError

SERVICE = "gateway_bot"


class Health:
    """`grpc.health.v1` on a port of its own."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._is_serving = False
        self._servicer = HealthServicer()
        self._server: grpc.aio.Server | None = None

    async def start(self) -> None:
        """Answers from now on, first with NOT_SERVING."""
        await self._tell()
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        health_pb2_grpc.add_HealthServicer_to_server(self._servicer, self._server)
        try:
            self._server.add_insecure_port(self.address)
        except RuntimeError:
            raise SettingsError(f"{self.address} is in use; set GEMINYA_BOT_HEALTH_PORT") from None
        await self._server.start()

    async def serving(self, is_serving: bool) -> None:
        """Whether players are answered."""
        self._is_serving = is_serving
        await self._tell()

    async def close(self) -> None:
        """Says no and ends."""
        await self._servicer.enter_graceful_shutdown()
        if self._server:
            await self._server.stop(grace=None)

    async def _tell(self) -> None:
        states = health_pb2.HealthCheckResponse
        state = states.SERVING if self._is_serving else states.NOT_SERVING
        for name in ("", SERVICE):
            await self._servicer.set(name, state)
