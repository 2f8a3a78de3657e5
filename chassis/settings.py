"""What a process reads from its environment: `GEMINYA_*`, then secret files, then `.env`."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

SERVICES = ("users", "collection", "expeditions", "economy")


class Settings(BaseSettings):
    """One frozen object, made in `__main__` and handed down."""

    model_config = SettingsConfigDict(
        env_prefix="GEMINYA_", env_file=".env", frozen=True, extra="ignore"
    )

    env: Literal["dev", "production"] = "production"
    """`dev` lets the database be reset, and without `tls_dir` takes a caller's name on trust, on loopback only."""
    tls_dir: Path | None = None
    """Folder with this process's `tls.crt` and `tls.key` and the authority's `ca.crt`; read anew when they change."""

    database_url: SecretStr | None = None
    """The owner's address; without it the embedded server is used."""
    users_database_url: SecretStr | None = None
    collection_database_url: SecretStr | None = None
    expeditions_database_url: SecretStr | None = None
    economy_database_url: SecretStr | None = None
    users_owner_database_url: SecretStr | None = None
    collection_owner_database_url: SecretStr | None = None
    expeditions_owner_database_url: SecretStr | None = None
    economy_owner_database_url: SecretStr | None = None
    """Where a service's tables stand when it has a server of its own; without it, `database_url`."""
    pool_size: int = Field(default=10, ge=2, le=50)
    statement_cache_size: int = Field(default=500, ge=0, le=2_000)
    """Prepared statements kept by a connection; 0 behind a PgBouncer older than 1.21."""

    host: str = "127.0.0.1"
    users_port: int = Field(default=8601, ge=0, le=65535)
    collection_port: int = Field(default=8602, ge=0, le=65535)
    expeditions_port: int = Field(default=8603, ge=0, le=65535)
    economy_port: int = Field(default=8604, ge=0, le=65535)
    bot_health_port: int = Field(default=8605, ge=0, le=65535)
    embedded_port: int = Field(default=8606, ge=0, le=65535)
    health_port: int = Field(default=0, ge=0, le=65535)
    """Where this process answers for its health alone, without certificates, for probes; 0 is nowhere."""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Where this process shows its metrics to Prometheus, at `/metrics`; 0 is nowhere."""
    drain_s: float | None = Field(default=None, ge=0, le=60)
    """How long a replica says that it is leaving before it stops taking calls; without it 4, and 0 in `dev`."""
    playground_port: int = Field(default=8600, ge=0, le=65535)
    playground_host: str = "127.0.0.1"
    """Where the playground listens; it lets everybody in who can reach it."""
    playground_name: str = ""
    """What bots on other machines call the playground."""
    users_address: str = ""
    collection_address: str = ""
    expeditions_address: str = ""
    economy_address: str = ""
    """Where each service is called; without it, `host` and the service's port."""

    discord_token: SecretStr | None = None
    discord_url: str = ""
    """Another place that speaks Discord's API, such as the playground; empty means Discord."""
    shard_count: int = Field(default=0, ge=0, le=100_000)
    """Shards of all bots together; 0 is as many as Discord recommends, for a bot that is alone."""
    bot_replicas: int = Field(default=1, ge=1, le=1_000)
    bot_ordinal: int = Field(default=0, ge=0, le=999)
    """Which of so many bots this one is: it serves its share of the shards."""
    secret_key: SecretStr | None = None
    """Signs custom ids and guards the seeds of the dice; the same for all processes."""
    data_dir: Path = Path(".geminya")
    postgres_bin: Path | None = None
    """Folder of PostgreSQL's programs, for the embedded server and for backups, instead of the wheel's."""
    erasure_journal: Path | None = None
    """File to which users adds a line before it erases somebody; a restore reads it (`geminya restore`)."""

    chat_base_url: str = ""
    """A server that speaks OpenAI's protocol, such as http://127.0.0.1:11434/v1; empty means that lines answer."""
    chat_model: str = ""
    chat_api_key: SecretStr | None = None

    otlp_endpoint: str = ""
    """Where spans go, such as http://127.0.0.1:8600/v1/traces; empty means nowhere."""
    trace_ratio: float = Field(default=1.0, ge=0, le=1)

    game_day_offset_h: int = Field(default=7, ge=-12, le=14)
    account_min_age_days: int = Field(default=7, ge=0, le=365)
    max_open_operations: int = Field(default=3, ge=1, le=10_000)
    max_changes_per_10_s: int = Field(default=10, ge=1, le=100_000)

    operator: str = Field(default="", max_length=64)
    """Who acts with `geminya player`, for the audit rows; empty means who is logged in."""

    @field_validator("tls_dir", mode="before")
    @classmethod
    def no_folder_is_none(cls, value: object) -> object:
        """An empty name would be the current folder."""
        return None if value == "" else value

    @field_validator("*", mode="after")
    @classmethod
    def empty_is_none(cls, value: object) -> object:
        """A secret that is set to nothing is not set: the next source is not asked either."""
        is_empty = isinstance(value, SecretStr) and not value.get_secret_value()
        return None if is_empty else value

    @field_validator(
        "database_url",
        *(f"{name}_database_url" for name in SERVICES),
        *(f"{name}_owner_database_url" for name in SERVICES),
    )
    @classmethod
    def is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        """An address that PostgreSQL's clients understand; the value itself is never shown."""
        known = ("postgresql://", "postgres://")
        if value is not None and not value.get_secret_value().startswith(known):
            raise ValueError("is not an address like postgresql://user:password@host/database")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Where a setting comes from, the first that has it: the library's own order ends with secret files."""
        return init_settings, env_settings, file_secret_settings, dotenv_settings

    def port_of(self, service: str) -> int:
        """Where a service listens."""
        return getattr(self, f"{service}_port")

    def address_of(self, service: str) -> str:
        """Where a service is called."""
        return getattr(self, f"{service}_address") or f"{self.host}:{self.port_of(service)}"

    def database_url_of(self, service: str) -> str:
        """The address with the service's own login role; its absence is named."""
        url: SecretStr | None = getattr(self, f"{service}_database_url")
        if url is None:
            raise SettingsError(f"GEMINYA_{service.upper()}_DATABASE_URL is not set")
        return url.get_secret_value()

    def require_secret_key(self) -> bytes:
        """The key, or a sentence that says it is missing."""
        if self.secret_key is None or len(self.secret_key.get_secret_value()) < 16:
            raise SettingsError("GEMINYA_SECRET_KEY is not set or shorter than 16 characters")
        return self.secret_key.get_secret_value().encode()


class SettingsError(Exception):
    """A setting is missing or wrong; the text names it and may be shown as it is."""


def read_settings(**given: object) -> Settings:
    """The settings of this process; a wrong one is named in a `SettingsError`."""
    named = os.environ.get("GEMINYA_SECRETS_DIR", "")
    folders = [Path(folder) for folder in named.split(os.pathsep) if folder]
    try:
        return Settings(_secrets_dir=folders or None, **given)  # type: ignore[call-arg]
    except ValidationError as error:
        lines = [
            f"GEMINYA_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise SettingsError("; ".join(lines)) from None
