"""Templates, encounters, affinity pools, versions and rotations in PostgreSQL."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, TypeVar

from chassis.postgres import Tx
from services.expeditions.atlas.rules import (
    Affinity,
    Atlas,
    Condition,
    Encounter,
    EncounterType,
    Modifier,
    Template,
)

PIECE = 500
"""Rows in one statement of an import: a few hundred kilobytes."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """A row of `expedition_templates`."""

    template_id: str
    name: str
    duration_hours: int
    difficulty: int
    favored_count: int
    disfavored_count: int
    favored: list[list[str]]
    disfavored: list[list[str]]
    dominant_stats: list[str]
    tags: list[str]

    @property
    def read(self) -> Template:
        """The template of this row."""
        return Template(
            template_id=self.template_id,
            name=self.name,
            duration_hours=self.duration_hours,
            difficulty=self.difficulty,
            favored_count=self.favored_count,
            disfavored_count=self.disfavored_count,
            favored=tuple(Affinity(*pair) for pair in self.favored),
            disfavored=tuple(Affinity(*pair) for pair in self.disfavored),
            dominant_stats=tuple(self.dominant_stats),
            tags=tuple(self.tags),
        )


@dataclass(frozen=True, slots=True)
class EncounterRow:
    """A row of `encounters`."""

    encounter_id: str
    name: str
    type: str
    tags: list[str]
    text_success: str
    text_failure: str
    check_stat: str
    difficulty: int
    common: int
    great: int
    condition: dict[str, Any] | None
    success_loot_value: int
    modifier: dict[str, Any] | None

    @property
    def read(self) -> Encounter:
        """The encounter of this row."""
        return Encounter(
            encounter_id=self.encounter_id,
            name=self.name,
            type=EncounterType(self.type),
            tags=tuple(self.tags),
            text_success=self.text_success,
            text_failure=self.text_failure,
            check_stat=self.check_stat,
            difficulty=self.difficulty,
            common=self.common,
            great=self.great,
            condition=None if self.condition is None else condition_in(self.condition),
            success_loot_value=self.success_loot_value,
            modifier=None if self.modifier is None else modifier_in(self.modifier),
        )


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A row of `affinity_pools`."""

    category: str
    values: list[str]


async def get_version(tx: Tx) -> int:
    """The newest version; 0 before the first import."""
    return await tx.value(
        """
        -- get_version
        SELECT COALESCE(max(version), 0) FROM atlas_versions
        """
    )


async def load(tx: Tx) -> Atlas:
    """The whole atlas of one version.

    Every import brings its version in its own transaction. So rows that were read while the version
    stayed the same are the rows of that version.
    """
    while True:
        version = await get_version(tx)
        atlas = await read_atlas(tx, version)
        if version == await get_version(tx):
            return atlas


async def read_atlas(tx: Tx, version: int) -> Atlas:
    """Everything that stands there now, under this version."""
    templates = await list_templates(tx)
    encounters = await list_encounters(tx)
    pools = await list_pools(tx)
    return Atlas.of(
        version,
        [row.read for row in templates],
        [row.read for row in encounters],
        {row.category: tuple(row.values) for row in pools},
    )


async def list_templates(tx: Tx) -> list[TemplateRow]:
    """Every template."""
    return await tx.all(
        TemplateRow,
        """
        -- list_templates
        SELECT
            template_id, name, duration_hours, difficulty, favored_count, disfavored_count, favored,
            disfavored, dominant_stats, tags
        FROM expedition_templates
        """,
    )


async def list_encounters(tx: Tx) -> list[EncounterRow]:
    """Every encounter."""
    return await tx.all(
        EncounterRow,
        """
        -- list_encounters
        SELECT
            encounter_id, name, type, tags, text_success, text_failure, check_stat, difficulty,
            common, great, condition, success_loot_value, modifier
        FROM encounters
        """,
    )


async def list_pools(tx: Tx) -> list[PoolRow]:
    """What affinities may be about, by category."""
    return await tx.all(
        PoolRow,
        """
        -- list_pools
        SELECT category, "values"
        FROM affinity_pools
        ORDER BY category
        """,
    )


async def lock_atlas(tx: Tx) -> None:
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
        -- lock_atlas
        SELECT pg_advisory_xact_lock(hashtextextended('expeditions.atlas', 0))
        """
    )


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


async def save_templates(tx: Tx, templates: Sequence[Template]) -> Written:
    """Adds and changes templates; a row that is the same is left alone."""
    written = Written()
    for piece in pieces(templates):
        written += await tx.one(
            Written,
            """
            -- save_templates
            WITH saved AS (
                INSERT INTO expedition_templates (
                    template_id, name, duration_hours, difficulty, favored_count, disfavored_count,
                    favored, disfavored, dominant_stats, tags
                )
                SELECT
                    template_id, name, duration_hours, difficulty, favored_count, disfavored_count,
                    favored, disfavored, dominant_stats, tags
                FROM jsonb_to_recordset($1::jsonb) AS source (
                    template_id TEXT, name TEXT, duration_hours INTEGER, difficulty INTEGER,
                    favored_count INTEGER, disfavored_count INTEGER, favored JSONB,
                    disfavored JSONB, dominant_stats JSONB, tags JSONB
                )
                ON CONFLICT (template_id) DO UPDATE
                SET (
                    name, duration_hours, difficulty, favored_count, disfavored_count, favored,
                    disfavored, dominant_stats, tags
                ) = (
                    excluded.name, excluded.duration_hours, excluded.difficulty,
                    excluded.favored_count, excluded.disfavored_count, excluded.favored,
                    excluded.disfavored, excluded.dominant_stats, excluded.tags
                )
                WHERE (
                    expedition_templates.name, expedition_templates.duration_hours,
                    expedition_templates.difficulty, expedition_templates.favored_count,
                    expedition_templates.disfavored_count, expedition_templates.favored,
                    expedition_templates.disfavored, expedition_templates.dominant_stats,
                    expedition_templates.tags
                ) IS DISTINCT FROM (
                    excluded.name, excluded.duration_hours, excluded.difficulty,
                    excluded.favored_count, excluded.disfavored_count, excluded.favored,
                    excluded.disfavored, excluded.dominant_stats, excluded.tags
                )
                RETURNING template_id
            )
            -- The statement sees the table as it was before, so a row of its own is not there yet.
            SELECT
                count(*) FILTER (WHERE before.template_id IS NULL) AS added,
                count(before.template_id) AS changed
            FROM saved
            LEFT JOIN expedition_templates AS before USING (template_id)
            """,
            [template_in(one) for one in piece],
        )
    return written


async def save_encounters(tx: Tx, encounters: Sequence[Encounter]) -> Written:
    """Adds and changes encounters; a row that is the same is left alone."""
    written = Written()
    for piece in pieces(encounters):
        written += await tx.one(
            Written,
            """
            -- save_encounters
            WITH saved AS (
                INSERT INTO encounters (
                    encounter_id, name, type, tags, text_success, text_failure, check_stat,
                    difficulty, common, great, condition, success_loot_value, modifier
                )
                SELECT
                    encounter_id, name, type, tags, text_success, text_failure, check_stat,
                    difficulty, common, great, condition, success_loot_value, modifier
                FROM jsonb_to_recordset($1::jsonb) AS source (
                    encounter_id TEXT, name TEXT, type TEXT, tags JSONB, text_success TEXT,
                    text_failure TEXT, check_stat TEXT, difficulty INTEGER, common INTEGER,
                    great INTEGER, condition JSONB, success_loot_value INTEGER, modifier JSONB
                )
                ON CONFLICT (encounter_id) DO UPDATE
                SET (
                    name, type, tags, text_success, text_failure, check_stat, difficulty, common,
                    great, condition, success_loot_value, modifier
                ) = (
                    excluded.name, excluded.type, excluded.tags, excluded.text_success,
                    excluded.text_failure, excluded.check_stat, excluded.difficulty,
                    excluded.common, excluded.great, excluded.condition,
                    excluded.success_loot_value, excluded.modifier
                )
                WHERE (
                    encounters.name, encounters.type, encounters.tags, encounters.text_success,
                    encounters.text_failure, encounters.check_stat, encounters.difficulty,
                    encounters.common, encounters.great, encounters.condition,
                    encounters.success_loot_value, encounters.modifier
                ) IS DISTINCT FROM (
                    excluded.name, excluded.type, excluded.tags, excluded.text_success,
                    excluded.text_failure, excluded.check_stat, excluded.difficulty,
                    excluded.common, excluded.great, excluded.condition,
                    excluded.success_loot_value, excluded.modifier
                )
                RETURNING encounter_id
            )
            -- The statement sees the table as it was before, so a row of its own is not there yet.
            SELECT
                count(*) FILTER (WHERE before.encounter_id IS NULL) AS added,
                count(before.encounter_id) AS changed
            FROM saved
            LEFT JOIN encounters AS before USING (encounter_id)
            """,
            [encounter_in(one) for one in piece],
        )
    return written


async def save_pools(tx: Tx, pools: Mapping[str, Sequence[str]]) -> Written:
    """Puts the pools of these categories in place of the old ones."""
    return await tx.one(
        Written,
        """
        -- save_pools
        WITH saved AS (
            INSERT INTO affinity_pools (category, "values")
            SELECT category, "values"
            FROM jsonb_to_recordset($1::jsonb) AS source (category TEXT, "values" JSONB)
            ON CONFLICT (category) DO UPDATE SET "values" = excluded."values"
            WHERE affinity_pools."values" IS DISTINCT FROM excluded."values"
            RETURNING category
        )
        -- The statement sees the table as it was before, so a row of its own is not there yet.
        SELECT
            count(*) FILTER (WHERE before.category IS NULL) AS added,
            count(before.category) AS changed
        FROM saved
        LEFT JOIN affinity_pools AS before USING (category)
        """,
        [{"category": category, "values": list(pool)} for category, pool in pools.items()],
    )


async def save_version(tx: Tx, templates: Written, encounters: Written, pools: Written) -> int:
    """Notes that the atlas changed; its new version."""
    return await tx.value(
        """
        -- save_version
        INSERT INTO atlas_versions (
            version, templates_added, templates_changed, encounters_added, encounters_changed,
            affinities_changed
        )
        SELECT COALESCE(max(version), 0) + 1, $1, $2, $3, $4, $5
        FROM atlas_versions
        RETURNING version
        """,
        templates.added,
        templates.changed,
        encounters.added,
        encounters.changed,
        pools.total,
    )


async def save_edition(tx: Tx, version: int) -> None:
    """Keeps the encounters as they are in this version, for expeditions that begin now and end much later."""
    await tx.run(
        """
        -- save_edition
        INSERT INTO atlas_editions (version, encounters)
        SELECT $1, COALESCE(jsonb_agg(to_jsonb(encounters)), '[]')
        FROM encounters
        """,
        version,
    )


async def find_edition(tx: Tx, version: int) -> list[Encounter]:
    """The encounters as they were in a version."""
    kept: list[dict[str, Any]] = await tx.value(
        """
        -- find_edition
        SELECT encounters FROM atlas_editions WHERE version = $1
        """,
        version,
    )
    return [EncounterRow(**row).read for row in kept]


async def find_rotation(tx: Tx, week: date) -> list[str] | None:
    """The templates that are open in a week, or none before anybody has drawn it."""
    return await tx.value(
        """
        -- find_rotation
        SELECT template_ids FROM rotations WHERE week = $1
        """,
        week,
    )


@dataclass(frozen=True, slots=True)
class RotationRow:
    """What was open in some week."""

    template_ids: list[str]


async def list_rotations_before(tx: Tx, week: date, count: int) -> list[list[str]]:
    """The last rotations before a week, the oldest first."""
    rows = await tx.all(
        RotationRow,
        """
        -- list_rotations_before
        SELECT template_ids
        FROM (
            SELECT week, template_ids FROM rotations WHERE week < $1 ORDER BY week DESC LIMIT $2
        ) AS last
        ORDER BY week
        """,
        week,
        count,
    )
    return [row.template_ids for row in rows]


async def save_rotation(
    tx: Tx, week: date, template_ids: Sequence[str], atlas_version: int
) -> bool:
    """Opens a week, unless somebody was faster; whether it was us."""
    return bool(
        await tx.run(
            """
            -- save_rotation
            INSERT INTO rotations (week, template_ids, atlas_version)
            VALUES ($1, $2, $3)
            ON CONFLICT (week) DO NOTHING
            """,
            week,
            list(template_ids),
            atlas_version,
        )
    )


def pieces(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """The rows in pieces that one statement takes."""
    for start in range(0, len(rows), PIECE):
        yield rows[start : start + PIECE]


def template_in(template: Template) -> dict[str, Any]:
    """The columns of a template as JSON."""
    return {
        "template_id": template.template_id,
        "name": template.name,
        "duration_hours": template.duration_hours,
        "difficulty": template.difficulty,
        "favored_count": template.favored_count,
        "disfavored_count": template.disfavored_count,
        "favored": [[one.category, one.value] for one in template.favored],
        "disfavored": [[one.category, one.value] for one in template.disfavored],
        "dominant_stats": template.dominant_stats,
        "tags": template.tags,
    }


def encounter_in(encounter: Encounter) -> dict[str, Any]:
    """The columns of an encounter as JSON."""
    return {
        "encounter_id": encounter.encounter_id,
        "name": encounter.name,
        "type": encounter.type.value,
        "tags": encounter.tags,
        "text_success": encounter.text_success,
        "text_failure": encounter.text_failure,
        "check_stat": encounter.check_stat,
        "difficulty": encounter.difficulty,
        "common": encounter.common,
        "great": encounter.great,
        "condition": encounter.condition and condition_out(encounter.condition),
        "success_loot_value": encounter.success_loot_value,
        "modifier": encounter.modifier and modifier_out(encounter.modifier),
    }


def condition_out(condition: Condition) -> dict[str, Any]:
    """A condition as JSON."""
    return {"type": condition.type, "values": condition.values}


def condition_in(kept: dict[str, Any]) -> Condition:
    """A condition that was kept as JSON."""
    return Condition(kept["type"], tuple(kept["values"]))


def modifier_out(modifier: Modifier) -> dict[str, Any]:
    """A modifier as JSON; its amount is an exact fraction."""
    return {
        "type": modifier.type,
        "stats": modifier.stats,
        "value": None if modifier.value is None else str(modifier.value),
        "affinity": modifier.affinity,
        "category": modifier.category,
        "name": modifier.name,
        "tags": modifier.tags,
        "kind": modifier.kind,
        "swap_from": modifier.swap_from,
        "swap_to": modifier.swap_to,
    }


def modifier_in(kept: dict[str, Any]) -> Modifier:
    """A modifier that was kept as JSON."""
    value = kept["value"]
    return Modifier(
        type=kept["type"],
        stats=tuple(kept["stats"]),
        value=None if value is None else Fraction(value),
        affinity=kept["affinity"],
        category=kept["category"],
        name=kept["name"],
        tags=tuple(kept["tags"]),
        kind=kept["kind"],
        swap_from=kept["swap_from"],
        swap_to=kept["swap_to"],
    )
