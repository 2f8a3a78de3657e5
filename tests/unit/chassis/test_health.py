"""Health as a probe asks for it: alive is whoever answers, ready is whoever serves."""

from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.rpc.health import LIVE, Health

STATE = health_pb2.HealthCheckResponse


async def test_who_does_not_serve_is_alive() -> None:
    """A probe that ends what waits for its database would mend nothing."""
    health = Health("users")
    await health.serving(False)
    port = await health.listen("127.0.0.1:0", "GEMINYA_HEALTH_PORT")
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)

        async def state(name: str) -> Any:
            return (await stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=5)).status

        for is_serving, expected in ((False, STATE.NOT_SERVING), (True, STATE.SERVING)):
            await health.serving(is_serving)
            assert [await state(name) for name in ("", "users")] == [expected] * 2
            assert await state(LIVE) == STATE.SERVING
    await health.close()
