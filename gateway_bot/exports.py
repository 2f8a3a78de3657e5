"""Everything that the services hold about a player, as one JSON file."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from geminya.common.v1.life_pb2 import ListHeldRowsRequest

if TYPE_CHECKING:
    from geminya.common.v1.life_pb2_grpc import ExportServiceAsyncStub

PAGE = 500
LIMIT_BYTES = 8 * 10**6
"""What Discord takes as one file, with some room."""

Tables = dict[str, list[Any]]


class TooLarge(Exception):
    """The file would be more than Discord takes."""


async def collect(
    services: "Mapping[str, ExportServiceAsyncStub]", user_id: int, now: datetime | None = None
) -> bytes:
    """The file: service, table, rows; a service that holds nothing is an empty place."""
    held = await asyncio.gather(*(_tables(service, user_id) for service in services.values()))
    whole: dict[str, Any] = {
        "user_id": user_id,
        "exported_at": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
    }
    whole.update(zip(services, held, strict=True))
    data = json.dumps(whole, ensure_ascii=False, indent=1).encode()
    if len(data) > LIMIT_BYTES:
        raise TooLarge(len(data))
    return data


async def _tables(service: "ExportServiceAsyncStub", user_id: int) -> Tables:
    tables: Tables = {}
    letters, token = 0, ""
    while True:
        request = ListHeldRowsRequest(user_id=user_id, page_size=PAGE, page_token=token)
        answer = await service.ListHeldRows(request)
        for row in answer.rows:
            tables.setdefault(row.table, []).append(json.loads(row.json))
            letters += len(row.json)
        if letters > LIMIT_BYTES:
            raise TooLarge(letters)
        token = answer.next_page_token
        if not token:
            return tables
