"""Series, waifus and the versions of the catalogue in PostgreSQL."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypeVar

from chassis.postgres import Tx
from services.collection.catalog.rules import Catalog, Series, Stats, Waifu

PIECE = 500
"""Rows in one statement of an import: a few hundred kilobytes."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """A row of `series`."""

    series_id: int
    name: str
    english_name: str | None
    image_link: str | None
    studios: str | None
    genres: str
    synopsis: str | None
    favorites: int | None
    members: int | None
    score: float | None
    media_type: str

    @property
    def read(self) -> Series:
        """The series of this row."""
        return Series(
            series_id=self.series_id,
            name=self.name,
            english_name=self.english_name,
            image_link=self.image_link,
            studios=self.studios,
            genres=tuple(self.genres.split("|")),
            synopsis=self.synopsis,
            favorites=self.favorites,
            members=self.members,
            score=self.score,
            media_type=self.media_type,
        )


@dataclass(frozen=True, slots=True)
class WaifuRow:
    """A row of `waifus`."""

    waifu_id: int
    name: str
    series_id: int
    series: str
    genre: str
    rarity: int
    image_url: str | None
    about: str | None
    stats: dict[str, int]
    elemental_type: list[str]
    archetype: str | None
    potency: dict[str, str]
    elemental_resistances: dict[str, str]
    birthday: date | None
    favorite_gifts: list[str]
    special_dialogue: dict[str, str]

    @property
    def read(self) -> Waifu:
        """The waifu of this row."""
        return Waifu(
            waifu_id=self.waifu_id,
            name=self.name,
            series_id=self.series_id,
            series=self.series,
            genre=self.genre,
            rarity=self.rarity,
            image_url=self.image_url,
            about=self.about,
            stats=Stats(**self.stats),
            elemental_type=tuple(self.elemental_type),
            archetype=self.archetype,
            potency=self.potency,
            elemental_resistances=self.elemental_resistances,
            birthday=self.birthday,
            favorite_gifts=tuple(self.favorite_gifts),
            special_dialogue=self.special_dialogue,
        )


async def get_version(tx: Tx) -> int:
    """The newest version; 0 before the first import."""
    return await tx.value(
        """
        -- get_version
        SELECT COALESCE(max(version), 0) FROM catalog_versions
        """
    )


async def load(tx: Tx) -> Catalog:
    """The whole catalogue of one version.

    Every import brings its version in its own transaction. So rows that were read while the version
    stayed the same are the rows of that version.
    """
    while True:
        version = await get_version(tx)
        series = await list_series(tx)
        waifus = await list_waifus(tx)
        if version == await get_version(tx):
            return Catalog.of(version, [row.read for row in series], [row.read for row in waifus])


async def list_series(tx: Tx) -> list[SeriesRow]:
    """Every series."""
    return await tx.all(
        SeriesRow,
        """
        -- list_series
        SELECT
            series_id, name, english_name, image_link, studios, genres, synopsis, favorites,
            members, score, media_type
        FROM series
        """,
    )


async def list_waifus(tx: Tx) -> list[WaifuRow]:
    """Every waifu."""
    return await tx.all(
        WaifuRow,
        """
        -- list_waifus
        SELECT
            waifu_id, name, series_id, series, genre, rarity, image_url, about, stats,
            elemental_type, archetype, potency, elemental_resistances, birthday, favorite_gifts,
            special_dialogue
        FROM waifus
        """,
    )


async def lock_catalog(tx: Tx) -> None:
    """Lets one import at a time in, and gives it longer than a player's statement gets."""
    await tx.run(
        """
        -- allow_time
        SELECT set_config(name, '30s', true)
        FROM pg_settings
        WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout')
        """
    )
    await tx.run(
        """
        -- lock_catalog
        SELECT pg_advisory_xact_lock(hashtextextended('collection.catalog', 0))
        """
    )


@dataclass(frozen=True, slots=True)
class SeriesName:
    """What an import has to know of the series that are there."""

    series_id: int
    name: str


async def list_series_names(tx: Tx) -> dict[int, str]:
    """Every series' id and name."""
    rows = await tx.all(
        SeriesName,
        """
        -- list_series_names
        SELECT series_id, name FROM series
        """,
    )
    return {row.series_id: row.name for row in rows}


@dataclass(frozen=True, slots=True)
class Written:
    """How many rows of an import were new, and how many were different."""

    added: int = 0
    changed: int = 0

    def __add__(self, other: "Written") -> "Written":
        return Written(self.added + other.added, self.changed + other.changed)

    @property
    def total(self) -> int:
        """How many rows were touched at all."""
        return self.added + self.changed


async def save_series(tx: Tx, series: Sequence[Series]) -> Written:
    """Adds and changes series; a row that is the same is left alone."""
    written = Written()
    for piece in pieces(series):
        written += await tx.one(
            Written,
            """
            -- save_series
            WITH saved AS (
                INSERT INTO series (
                    series_id, name, english_name, image_link, studios, genres, synopsis, favorites,
                    members, score, media_type
                )
                SELECT
                    series_id, name, english_name, image_link, studios, genres, synopsis, favorites,
                    members, score, media_type
                FROM jsonb_to_recordset($1::jsonb) AS source (
                    series_id INTEGER, name TEXT, english_name TEXT, image_link TEXT, studios TEXT,
                    genres TEXT, synopsis TEXT, favorites INTEGER, members INTEGER, score FLOAT,
                    media_type TEXT
                )
                ON CONFLICT (series_id) DO UPDATE
                SET (
                    name, english_name, image_link, studios, genres, synopsis, favorites, members,
                    score, media_type
                ) = (
                    excluded.name, excluded.english_name, excluded.image_link, excluded.studios,
                    excluded.genres, excluded.synopsis, excluded.favorites, excluded.members,
                    excluded.score, excluded.media_type
                )
                WHERE (
                    series.name, series.english_name, series.image_link, series.studios,
                    series.genres, series.synopsis, series.favorites, series.members, series.score,
                    series.media_type
                ) IS DISTINCT FROM (
                    excluded.name, excluded.english_name, excluded.image_link, excluded.studios,
                    excluded.genres, excluded.synopsis, excluded.favorites, excluded.members,
                    excluded.score, excluded.media_type
                )
                RETURNING series_id
            )
            -- The statement sees the table as it was before, so a row of its own is not there yet.
            SELECT
                count(*) FILTER (WHERE before.series_id IS NULL) AS added,
                count(before.series_id) AS changed
            FROM saved
            LEFT JOIN series AS before USING (series_id)
            """,
            [series_in(one) for one in piece],
        )
    return written


async def save_waifus(tx: Tx, waifus: Sequence[Waifu]) -> Written:
    """Adds and changes waifus; a row that is the same is left alone."""
    written = Written()
    for piece in pieces(waifus):
        written += await tx.one(
            Written,
            """
            -- save_waifus
            WITH saved AS (
                INSERT INTO waifus (
                    waifu_id, name, series_id, series, genre, rarity, image_url, about, stats,
                    elemental_type, archetype, potency, elemental_resistances, birthday,
                    favorite_gifts, special_dialogue
                )
                SELECT
                    waifu_id, name, series_id, series, genre, rarity, image_url, about, stats,
                    elemental_type, archetype, potency, elemental_resistances, birthday,
                    favorite_gifts, special_dialogue
                FROM jsonb_to_recordset($1::jsonb) AS source (
                    waifu_id INTEGER, name TEXT, series_id INTEGER, series TEXT, genre TEXT,
                    rarity INTEGER, image_url TEXT, about TEXT, stats JSONB, elemental_type JSONB,
                    archetype TEXT, potency JSONB, elemental_resistances JSONB, birthday DATE,
                    favorite_gifts JSONB, special_dialogue JSONB
                )
                ON CONFLICT (waifu_id) DO UPDATE
                SET (
                    name, series_id, series, genre, rarity, image_url, about, stats, elemental_type,
                    archetype, potency, elemental_resistances, birthday, favorite_gifts,
                    special_dialogue
                ) = (
                    excluded.name, excluded.series_id, excluded.series, excluded.genre,
                    excluded.rarity, excluded.image_url, excluded.about, excluded.stats,
                    excluded.elemental_type, excluded.archetype, excluded.potency,
                    excluded.elemental_resistances, excluded.birthday, excluded.favorite_gifts,
                    excluded.special_dialogue
                )
                WHERE (
                    waifus.name, waifus.series_id, waifus.series, waifus.genre, waifus.rarity,
                    waifus.image_url, waifus.about, waifus.stats, waifus.elemental_type,
                    waifus.archetype, waifus.potency, waifus.elemental_resistances, waifus.birthday,
                    waifus.favorite_gifts, waifus.special_dialogue
                ) IS DISTINCT FROM (
                    excluded.name, excluded.series_id, excluded.series, excluded.genre,
                    excluded.rarity, excluded.image_url, excluded.about, excluded.stats,
                    excluded.elemental_type, excluded.archetype, excluded.potency,
                    excluded.elemental_resistances, excluded.birthday, excluded.favorite_gifts,
                    excluded.special_dialogue
                )
                RETURNING waifu_id
            )
            -- The statement sees the table as it was before, so a row of its own is not there yet.
            SELECT
                count(*) FILTER (WHERE before.waifu_id IS NULL) AS added,
                count(before.waifu_id) AS changed
            FROM saved
            LEFT JOIN waifus AS before USING (waifu_id)
            """,
            [waifu_in(one) for one in piece],
        )
    return written


async def follow_series_names(tx: Tx) -> int:
    """Brings the copies of series' names up to date where the file had no row of the waifu."""
    return await tx.run(
        """
        -- follow_series_names
        UPDATE waifus
        SET series = series.name
        FROM series
        WHERE series.series_id = waifus.series_id AND waifus.series <> series.name
        """
    )


async def save_version(tx: Tx, series: Written, waifus: Written) -> int:
    """Notes that the catalogue changed; its new version."""
    return await tx.value(
        """
        -- save_version
        INSERT INTO catalog_versions (
            version, series_added, series_changed, waifus_added, waifus_changed
        )
        SELECT COALESCE(max(version), 0) + 1, $1, $2, $3, $4
        FROM catalog_versions
        RETURNING version
        """,
        series.added,
        series.changed,
        waifus.added,
        waifus.changed,
    )


def pieces(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """The rows in pieces that one statement takes."""
    for start in range(0, len(rows), PIECE):
        yield rows[start : start + PIECE]


def series_in(series: Series) -> dict[str, Any]:
    """The columns of a series as JSON."""
    return {
        "series_id": series.series_id,
        "name": series.name,
        "english_name": series.english_name,
        "image_link": series.image_link,
        "studios": series.studios,
        "genres": "|".join(series.genres),
        "synopsis": series.synopsis,
        "favorites": series.favorites,
        "members": series.members,
        "score": series.score,
        "media_type": series.media_type,
    }


def waifu_in(waifu: Waifu) -> dict[str, Any]:
    """The columns of a waifu as JSON."""
    return {
        "waifu_id": waifu.waifu_id,
        "name": waifu.name,
        "series_id": waifu.series_id,
        "series": waifu.series,
        "genre": waifu.genre,
        "rarity": waifu.rarity,
        "image_url": waifu.image_url,
        "about": waifu.about,
        "stats": asdict(waifu.stats),
        "elemental_type": waifu.elemental_type,
        "archetype": waifu.archetype,
        "potency": waifu.potency,
        "elemental_resistances": waifu.elemental_resistances,
        "birthday": waifu.birthday and waifu.birthday.isoformat(),
        "favorite_gifts": waifu.favorite_gifts,
        "special_dialogue": waifu.special_dialogue,
    }
