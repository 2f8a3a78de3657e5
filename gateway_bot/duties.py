"""What one bot of several does at a time: the bot's side of `users.DutyService`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geminya.users.v1.duty_pb2 import (
    DUTY_KIND_COMMANDS,
    DUTY_KIND_IDENTIFY,
    DUTY_KIND_SHARE,
    LeaseDutyRequest,
    LeaseDutyResponse,
    ReturnDutyRequest,
)

if TYPE_CHECKING:
    from geminya.users.v1.duty_pb2 import DutyKind
    from geminya.users.v1.duty_pb2_grpc import DutyServiceAsyncStub

IDENTIFY, SHARE, COMMANDS = DUTY_KIND_IDENTIFY, DUTY_KIND_SHARE, DUTY_KIND_COMMANDS


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that one bot does, and who asks for it."""

    kind: "DutyKind.ValueType"
    number: int
    holder: str
    duration_s: float


class Duties:
    """Takes duties, keeps them and gives them back."""

    def __init__(self, service: "DutyServiceAsyncStub") -> None:
        self._service = service

    async def lease(self, duty: Duty, note: str | None = None) -> LeaseDutyResponse:
        """Takes it or keeps it for longer, when nobody else has it."""
        request = LeaseDutyRequest(
            kind=duty.kind,
            number=duty.number,
            holder=duty.holder,
            duration_ms=round(1000 * duty.duration_s),
            note=note,
        )
        return await self._service.LeaseDuty(request)

    async def give_back(self, duty: Duty, token: int, note: str) -> None:
        """Lets the next one have it, with a note."""
        request = ReturnDutyRequest(
            kind=duty.kind, number=duty.number, holder=duty.holder, token=token, note=note
        )
        await self._service.ReturnDuty(request)
