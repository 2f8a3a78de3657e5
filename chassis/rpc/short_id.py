"""The first eight letters of an op id, as receipts show them."""

import re

from chassis.rpc.page import BadRequest
from chassis.rpc.status import Violation

SHORT = re.compile(r"[0-9a-f]{8}")


def ids_beginning(short_id: str) -> tuple[str, str]:
    """The first and the last id that begin so."""
    if not SHORT.fullmatch(short_id):
        raise BadRequest(Violation("short_id", "is not eight letters of 0-9 and a-f"))
    return f"{short_id}-0000-0000-0000-000000000000", f"{short_id}-ffff-ffff-ffff-ffffffffffff"
