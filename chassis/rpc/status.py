"""Refusals on the wire: `google.rpc.Status` with `ErrorInfo`, and back."""

# The library has no types of its own.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportAttributeAccessIssue=false

from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status

from chassis.rejection import Rejection


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal as the caller sees it."""

    reason: str
    domain: str
    metadata: dict[str, str]


@dataclass(frozen=True, slots=True)
class Violation:
    """One field of a request that is not as it must be."""

    field: str
    description: str


def status_of(rejection: Rejection) -> status_pb2.Status:
    """The refusal with its reason and facts."""
    info = error_details_pb2.ErrorInfo(
        reason=rejection.reason, domain=rejection.domain, metadata=rejection.metadata
    )
    return _status(rejection.because.value, str(rejection), info)


def bad_request(violations: list[Violation]) -> status_pb2.Status:
    """The caller is wrong, and where."""
    details = error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field=v.field, description=v.description)
            for v in violations
        ]
    )
    text = "; ".join(f"{v.field}: {v.description}" for v in violations)
    return _status("INVALID_ARGUMENT", text[:1000], details)


def refusal_of(error: grpc.aio.AioRpcError) -> Refused | None:
    """The refusal inside a failed call; none when it failed for another cause."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info) and info.reason:
            return Refused(info.reason, info.domain, dict(info.metadata))
    return None


def violations_of(error: grpc.aio.AioRpcError) -> list[Violation]:
    """The fields a service found wrong; empty when it failed for another cause."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    for detail in status.details if status else ():
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            return [Violation(v.field, v.description) for v in bad.field_violations]
    return []


async def abort(
    context: grpc.aio.ServicerContext[Any, Any],
    status: status_pb2.Status,
    *metadata: tuple[str, str],
) -> None:
    """Ends a call with a status and its details, and with what else the caller is to know."""
    made = rpc_status.to_status(status)
    trailing = (*made.trailing_metadata, *metadata)
    await context.abort(made.code, made.details, trailing)


def _status(code: str, text: str, detail: object) -> status_pb2.Status:
    packed = any_pb2.Any()
    packed.Pack(detail)  # type: ignore[arg-type]
    return status_pb2.Status(code=code_pb2.Code.Value(code), message=text, details=[packed])
