"""Traces of a person: every row of every table that names them, in whatever shape."""

from collections.abc import Iterator

from chassis.settings import SERVICES
from tests.support.house import House


async def traces_of(house: House, discord_id: int, *words: str) -> list[str]:
    """The tables in which the Discord id or one of the words stands, as text, JSON or bytes."""
    tables = await house.rows(
        "SELECT table_schema, table_name FROM information_schema.tables "
        "WHERE table_schema = ANY($1) AND table_type = 'BASE TABLE'",
        [*SERVICES],
    )
    shapes = [f"%{shape}%" for shape in shapes_of(discord_id, words)]
    found: list[str] = []
    for table in tables:
        name = f'{table["table_schema"]}."{table["table_name"]}"'
        # A row as text has its JSON as it is, and its bytes as hexadecimal digits.
        sql = f"SELECT row::text FROM {name} AS row WHERE row::text LIKE ANY($1) LIMIT 1"
        found += [f"{name}: {row['row']}" for row in await house.rows(sql, shapes)]
    return found


def shapes_of(discord_id: int, words: tuple[str, ...]) -> Iterator[str]:
    """How the person looks in a row."""
    for text in (str(discord_id), *words):
        yield text
        yield text.encode().hex()
    yield varint(discord_id).hex()


def varint(number: int) -> bytes:
    """The number as it stands in a message."""
    parts: list[int] = []
    while number:
        number, low = number >> 7, number & 0x7F
        parts.append(low | (0x80 if number else 0))
    return bytes(parts)
