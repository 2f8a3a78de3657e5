"""The documents of bonds in PostgreSQL: each import that changed something is a version."""

from dataclasses import dataclass

from chassis.postgres import Tx


@dataclass(frozen=True, slots=True)
class Version:
    """A document and its number."""

    version: int
    document: str


async def get_version(tx: Tx) -> int:
    """The newest version; 0 before the first import."""
    return await tx.value(
        """
        -- get_bond_version
        SELECT COALESCE(max(version), 0) FROM bond_versions
        """
    )


async def find_newest(tx: Tx) -> Version | None:
    """The newest document; none before the first import."""
    return await tx.maybe(
        Version,
        """
        -- find_newest_bond
        SELECT version, document::text AS document
        FROM bond_versions
        ORDER BY version DESC
        LIMIT 1
        """,
    )


async def is_newest(tx: Tx, digest: bytes) -> bool:
    """Whether this document is in force."""
    return await tx.value(
        """
        -- is_newest_bond
        SELECT COALESCE((
            SELECT digest = $1 FROM bond_versions ORDER BY version DESC LIMIT 1
        ), false)
        """,
        digest,
    )


async def lock_versions(tx: Tx) -> None:
    """Lets one import at a time in."""
    await tx.run(
        """
        -- lock_bond
        SELECT pg_advisory_xact_lock(hashtextextended('collection.bond', 0))
        """
    )


async def save_version(tx: Tx, digest: bytes, document: str) -> int:
    """Puts a document into force; its number."""
    return await tx.value(
        """
        -- save_bond
        INSERT INTO bond_versions (version, digest, document)
        SELECT COALESCE(max(version), 0) + 1, $1, $2::text::json FROM bond_versions
        RETURNING version
        """,
        digest,
        document,
    )
