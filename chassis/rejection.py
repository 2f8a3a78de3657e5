"""How the game says no."""

from enum import Enum
from typing import ClassVar


class Because(Enum):
    """The kind of a refusal; the value is the name of its gRPC code."""

    FAILED_PRECONDITION = "FAILED_PRECONDITION"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    RESOURCE_EXHAUSTED = "RESOURCE_EXHAUSTED"
    PERMISSION_DENIED = "PERMISSION_DENIED"


class Rejection(Exception):
    """The rules refuse. A subclass per reason; its metadata are the facts behind the sentence."""

    domain: ClassVar[str]
    """Who refuses: `users.geminya`."""
    reason: ClassVar[str]
    """The word on the wire, a value of the package's `ErrorReason`."""
    because: ClassVar[Because] = Because.FAILED_PRECONDITION
    text: ClassVar[str]
    """For developers, with the metadata as places."""

    def __init__(self, **metadata: str) -> None:
        super().__init__(self.text.format_map(metadata))
        self.metadata = metadata

    @classmethod
    def recall(cls, metadata: dict[str, str]) -> "Rejection":
        """The refusal again, from the metadata that were kept with it."""
        rejection = cls.__new__(cls)
        Rejection.__init__(rejection, **metadata)
        return rejection


def by_reason(base: type[Rejection]) -> dict[str, type[Rejection]]:
    """Every refusal below `base`, found by its reason."""
    found: dict[str, type[Rejection]] = {}
    for child in base.__subclasses__():
        if "reason" in vars(child):
            found[child.reason] = child
        found |= by_reason(child)
    return found
