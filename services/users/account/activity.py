"""What players do here that counts for missions, told to economy (flow F13 of docs/reliability.md)."""

from typing import ClassVar

from google.protobuf.message import Message

from chassis.operations.facts import FactFlow, fact_of
from chassis.rpc.channel import Channel
from geminya.common.v1.op_pb2 import Op
from geminya.economy.v1.mission_pb2 import RecordActivityRequest, RecordActivityResponse
from geminya.economy.v1.mission_pb2_grpc import MissionServiceStub


class ActivityFlow(FactFlow):
    """Tells the missions what a player has done."""

    order: ClassVar[type[Message]] = RecordActivityRequest
    answer: ClassVar[type[Message]] = RecordActivityResponse

    def __init__(self, economy: Channel) -> None:
        super().__init__(MissionServiceStub(economy).RecordActivity)


def done(cause: Op, kind: str) -> tuple[str, bytes, bytes, str]:
    """The fact that a player did something once, as a statement is given it."""
    return fact_of(cause, RecordActivityRequest(type=kind, count=1))
