"""A pod of the manifests, as a process of this machine: it starts with what it is told there, and with nothing else."""

import asyncio
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from chassis.rpc.health import LIVE
from tests.support.kubernetes import DEV, build
from tests.support.pg import Clone
from tests.support.pods import Pods

SERVING = health_pb2.HealthCheckResponse.SERVING


async def test_a_pod_waits_for_its_tables_and_answers_its_probes(
    clone: Clone, tmp_path: Path
) -> None:
    """In production, with its own login role and its own certificate, by files alone."""

    def here(secret: str) -> str:
        return clone.url_of("users") if secret.startswith("postgresql:") else secret

    pods = Pods(build(DEV), tmp_path, here)
    assert await asyncio.to_thread(pods.start("users", first=True).wait) == 0

    process = pods.start("users")
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{pods.ports['users health']}") as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            while not await is_serving(stub, ""):
                assert process.poll() is None, (tmp_path / "users.log").read_text()
            assert await is_serving(stub, LIVE)
    finally:
        process.kill()
        process.wait()


async def is_serving(stub: Any, name: str) -> bool:
    """What a probe of the node would hear; a process that is not there yet is waited for."""
    request = health_pb2.HealthCheckRequest(service=name)
    try:
        return (await stub.Check(request, timeout=1, wait_for_ready=True)).status == SERVING
    except grpc.aio.AioRpcError:
        return False
