"""Refusals that the kit gives, and refusals that were kept."""

import json
from typing import Any

from chassis.rejection import Because, Rejection


class KitRejection(Rejection):
    """A refusal of the kit itself, the same in every service."""

    domain = "common.geminya"


class OpReused(KitRejection):
    """The same op came before with other content."""

    reason = "OP_REUSED"
    because = Because.ALREADY_EXISTS
    text = "this op id was used for something else"


class UserGone(KitRejection):
    """This life of the player is closed."""

    reason = "USER_GONE"
    text = "this epoch of the user is closed"


class Frozen(KitRejection):
    """An operator has frozen the flow."""

    reason = "FROZEN"
    text = "{flow} is frozen"

    def __init__(self, *, flow: str) -> None:
        super().__init__(flow=flow)


class TooMany(KitRejection):
    """Too many changes at once, or too many in a short time."""

    reason = "TOO_MANY"
    because = Because.RESOURCE_EXHAUSTED
    text = "over the limit: {limit}"

    def __init__(self, *, limit: str) -> None:
        super().__init__(limit=limit)


class OperationNotFound(KitRejection):
    """No operation has this id."""

    reason = "OPERATION_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no operation {op_id}"

    def __init__(self, *, op_id: str) -> None:
        super().__init__(op_id=op_id)


class OperationFinal(KitRejection):
    """The operation is over; its state never changes again."""

    reason = "OPERATION_FINAL"
    text = "operation {op_id} is over"

    def __init__(self, *, op_id: str) -> None:
        super().__init__(op_id=op_id)


class NotParked(KitRejection):
    """Only a parked operation can be refunded."""

    reason = "NOT_PARKED"
    text = "operation {op_id} is not parked"

    def __init__(self, *, op_id: str) -> None:
        super().__init__(op_id=op_id)


class NothingToRefund(KitRejection):
    """The operation has taken nothing that could be paid back."""

    reason = "NOTHING_TO_REFUND"
    text = "operation {op_id} has taken nothing"

    def __init__(self, *, op_id: str) -> None:
        super().__init__(op_id=op_id)


class RefundBegun(KitRejection):
    """Its price is being paid back: it must not go on."""

    reason = "REFUND_BEGUN"
    text = "operation {op_id} is being refunded"

    def __init__(self, *, op_id: str) -> None:
        super().__init__(op_id=op_id)


class Refunded(KitRejection):
    """An operator has paid the price of the operation back; it never brings anything."""

    reason = "REFUNDED"
    text = "operation {op_id} was refunded"

    def __init__(self, *, op_id: str) -> None:
        super().__init__(op_id=op_id)


class FeatureNotFound(KitRejection):
    """This service has no feature of that name."""

    reason = "FEATURE_NOT_FOUND"
    because = Because.NOT_FOUND
    text = "no feature {feature} here"

    def __init__(self, *, feature: str) -> None:
        super().__init__(feature=feature)


class KeptRejection(Rejection):
    """A refusal that was kept, whoever gave it first."""

    def __init__(self, domain: str, reason: str, because: str, text: str, **facts: str) -> None:
        Exception.__init__(self, text)
        self.domain = domain  # type: ignore[misc]
        self.reason = reason  # type: ignore[misc]
        self.because = Because(because)  # type: ignore[misc]
        self.metadata = facts


def keep(rejection: Rejection) -> bytes:
    """The refusal as bytes that `recall` reads."""
    kept = {
        "domain": rejection.domain,
        "reason": rejection.reason,
        "because": rejection.because.value,
        "text": str(rejection),
        "metadata": rejection.metadata,
    }
    return json.dumps(kept, sort_keys=True, separators=(",", ":")).encode()


def recall(kept: bytes, own: dict[str, type[Rejection]]) -> Rejection:
    """The refusal again. One that a statement made names only its reason, found among the service's own."""
    facts: dict[str, Any] = json.loads(kept)
    metadata = {key: str(value) for key, value in facts["metadata"].items()}
    if "domain" not in facts:
        return own[facts["reason"]].recall(metadata)
    return KeptRejection(
        facts["domain"], facts["reason"], facts["because"], facts["text"], **metadata
    )
