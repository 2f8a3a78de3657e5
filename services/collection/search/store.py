"""Lists of waifus in PostgreSQL: one statement for each, whatever the query and its order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.postgres import Tx
from services.collection.bond.store import MOOD_NOW
from services.collection.roster.store import MINE, OwnedRow
from services.collection.search.rules import NEW_DAYS, Query, Sort, Spans
from services.collection.search.rules.spans import HIGHEST, LOWEST

# What a nickname is compared as, like `fold` of the catalogue: without accents and case.
NICKNAME = r"""
lower(regexp_replace(normalize(mine.custom_nickname, NFKD), '[\u0300-\u036f\u3099\u309a]', '', 'g'))
""".strip()

# $2 who fits as far as the catalogue knows, $3 series, $4 words and $5 whose name has them, $6 to $10
# numbers, $11 to $15 answers, $16 days. Null lets everybody through.
FITS = f"""
            ($2::int[] IS NULL OR waifus.waifu_id = ANY($2))
            AND ($3::int = 0 OR waifus.series_id = $3)
            AND (cardinality($4::text[]) = 0 OR waifus.waifu_id = ANY($5::int[])
                OR NOT EXISTS (
                    SELECT FROM unnest($4) AS word WHERE COALESCE(strpos({NICKNAME}, word), 0) = 0
                ))
            AND ($6::text IS NULL OR mine.current_star_level <@ $6::int4multirange)
            AND ($7::text IS NULL OR mine.bond_level <@ $7::int4multirange)
            AND ($8::text IS NULL OR mine.constellation_level <@ $8::int4multirange)
            AND ($9::text IS NULL OR mine.character_shards <@ $9::int4multirange)
            AND ($10::text IS NULL OR {MOOD_NOW} <@ $10::int4multirange)
            AND ($11::bool IS NULL OR (mine.waifu_id IS NOT NULL) = $11)
            AND ($12::bool IS NULL OR mine.is_awakened = $12)
            AND ($13::bool IS NULL OR mine.is_favorite = $13)
            AND ($14::bool IS NULL OR $14 = (
                mine.constellation_level > 0 OR mine.star_shards > 0 OR mine.character_shards > 0
            ))
            AND ($15::bool IS NULL
                OR $15 = (mine.obtained_at > now() - make_interval(days => $16::int)))
""".strip()

# $17 what to sort by, $18 −1 to turn the order round. Who is missing has no star, bond or day, and comes last.
KEYS = f"""
            waifus.waifu_id,
            waifus.rarity,
            waifus.name,
            mine.waifu_id IS NOT NULL AS is_owned,
            COALESCE($18::int * CASE $17::text
                WHEN 'star' THEN mine.current_star_level
                WHEN 'bond' THEN mine.bond_level
                WHEN 'constellation' THEN mine.constellation_level
                WHEN 'shards' THEN mine.character_shards
                WHEN 'mood' THEN {MOOD_NOW}
                WHEN 'obtained' THEN (extract(epoch FROM mine.obtained_at) * 1000000)::bigint
                WHEN 'rarity' THEN waifus.rarity
                WHEN 'id' THEN waifus.waifu_id
                ELSE 0
            END, {2**62}) AS sort_number,
            CASE $17 WHEN 'name' THEN waifus.name WHEN 'series' THEN waifus.series ELSE '' END
                AS sort_name
""".strip()

# $19 and $20 the number and the waifu that the page comes behind, $23 rows. Names are not carried from page
# to page: they can be longer than a token.
PAGE = f"""
    last AS (
        SELECT
            rarity,
            name,
            CASE $17 WHEN 'name' THEN name WHEN 'series' THEN series ELSE '' END AS sort_name
        FROM waifus
        WHERE waifu_id = $20::int
    ), placed AS (
        SELECT
            found.*,
            row_number() OVER (
                ORDER BY
                    found.sort_number,
                    CASE WHEN $18 > 0 THEN found.sort_name END,
                    CASE WHEN $18 < 0 THEN found.sort_name END DESC,
                    found.rarity DESC,
                    found.name,
                    found.waifu_id
            ) AS place
        FROM found
        LEFT JOIN last ON true
        WHERE $20 IS NULL OR found.sort_number > $19::bigint OR found.sort_number = $19 AND (
            CASE WHEN $18 > 0
                THEN found.sort_name > last.sort_name ELSE found.sort_name < last.sort_name END
            OR found.sort_name = last.sort_name
                AND (-found.rarity, found.name, found.waifu_id) > (-last.rarity, last.name, $20)
        )
    ), counted AS (
        SELECT count(*) AS total_count, count(*) FILTER (WHERE is_owned) AS owned_count
        FROM found
    )
    SELECT
        counted.total_count,
        counted.owned_count,
        COALESCE(placed.waifu_id, 0) AS waifu_id,
        placed.name,
        placed.rarity,
        placed.is_owned,
        placed.sort_number,
        {MINE}
    FROM counted
    LEFT JOIN placed ON placed.place <= $23
    LEFT JOIN user_waifus AS mine ON mine.user_id = $1 AND mine.waifu_id = placed.waifu_id
    ORDER BY placed.place
""".strip()

# $21 the moment that moods are told at, and $22 by how much they fade an hour.
MOMENT = "(SELECT $21::timestamptz AS t, $22::int AS fade) AS moment"

LIST_OWNED = f"""
    -- list_owned
    WITH found AS MATERIALIZED (
        SELECT
            {KEYS}
        FROM user_waifus AS mine
        JOIN waifus USING (waifu_id)
        CROSS JOIN {MOMENT}
        WHERE mine.user_id = $1
            AND {FITS}
    ), {PAGE}
"""

LIST_ALBUM = f"""
    -- list_album
    WITH found AS MATERIALIZED (
        SELECT
            {KEYS}
        FROM waifus
        LEFT JOIN user_waifus AS mine ON mine.user_id = $1 AND mine.waifu_id = waifus.waifu_id
        CROSS JOIN {MOMENT}
        WHERE {FITS}
    ), {PAGE}
"""


@dataclass(frozen=True, slots=True)
class FoundRow(OwnedRow):
    """A row of a list. Without `is_owned` only the waifu's own columns mean something."""

    total_count: int
    owned_count: int
    is_owned: bool
    sort_number: int
    """Where she stands in the order, as far as a number tells."""


@dataclass(frozen=True, slots=True)
class Filters:
    """A query as the database takes it, with what the catalogue said to it."""

    query: Query
    waifu_ids: Sequence[int] | None
    """Who fits as far as the catalogue knows; none for everybody."""
    named_ids: Sequence[int]
    """The waifus whose name has the words."""
    series_id: int
    """0 for all."""
    sort: Sort
    moment: datetime
    """When the first page was read: moods are told at it on every page."""
    fade_per_hour: int
    """Of moods."""


@dataclass(frozen=True, slots=True)
class Place:
    """The row that a page comes behind."""

    sort_number: int
    waifu_id: int
    moment: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """A page, and how many there are on all pages."""

    rows: Sequence[FoundRow]
    total_count: int
    owned_count: int


async def list_owned(
    tx: Tx, user_id: int, filters: Filters, after: Place | None, count: int
) -> Found:
    """The player's waifus behind a place."""
    args = arguments(filters, after)
    return found(await tx.all(FoundRow, LIST_OWNED, user_id, *args, count))


async def list_album(
    tx: Tx, user_id: int, filters: Filters, after: Place | None, count: int
) -> Found:
    """The catalogue's waifus behind a place, with what the player has of each."""
    args = arguments(filters, after)
    return found(await tx.all(FoundRow, LIST_ALBUM, user_id, *args, count))


def found(rows: list[FoundRow]) -> Found:
    """The rows of a page; an empty one has a row for the counts alone."""
    first = rows[0]
    return Found([row for row in rows if row.waifu_id], first.total_count, first.owned_count)


def arguments(filters: Filters, after: Place | None) -> tuple[object, ...]:
    """$2 to $22."""
    query, sort = filters.query, filters.sort
    numbers = ("star", "bond", "constellation", "shards", "mood")
    answers = ("owned", "awakened", "fav", "dup", "new")
    return (
        filters.waifu_ids,
        filters.series_id,
        query.words,
        filters.named_ids,
        *(multirange(query.number(key)) for key in numbers),
        *(query.answer(key) for key in answers),
        NEW_DAYS,
        # Power goes by stars alone.
        "star" if sort.by == "power" else sort.by,
        -1 if sort.is_descending else 1,
        after and after.sort_number,
        after and after.waifu_id,
        filters.moment,
        filters.fade_per_hour,
    )


def multirange(spans: Spans | None) -> str | None:
    """Spans as PostgreSQL writes them."""
    if spans is None:
        return None
    ends = (
        ("" if first == LOWEST else str(first), "" if last == HIGHEST else str(last + 1))
        for first, last in spans.pairs
    )
    return "{" + ",".join(f"[{first},{last})" for first, last in ends) + "}"


@dataclass(frozen=True, slots=True)
class SeriesCount:
    """How many of a series somebody has."""

    series_id: int
    owned_count: int


async def list_series_counts(tx: Tx, user_id: int) -> dict[int, int]:
    """Series to how many of its waifus the player has; those with nobody are left out."""
    rows = await tx.all(
        SeriesCount,
        """
        -- list_series_counts
        SELECT waifus.series_id, count(*) AS owned_count
        FROM user_waifus
        JOIN waifus USING (waifu_id)
        WHERE user_id = $1
        GROUP BY waifus.series_id
        """,
        user_id,
    )
    return {row.series_id: row.owned_count for row in rows}
