"""Addresses of databases, and the passwords that go with them."""

import stat
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from chassis.settings import Settings
from console import addresses

OWNER = "postgresql://geminya:pw@127.0.0.1:8606/geminya"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=tmp_path,
        users_database_url=SecretStr("postgresql://users_login:p%40ss@db/geminya"),
        economy_database_url=SecretStr("postgresql://somebody:else@db/geminya"),
    )


def test_a_service_gets_the_operators_address_or_its_own_role(settings: Settings) -> None:
    given = addresses.login_url(settings, OWNER, "users")
    made = urlsplit(addresses.login_url(settings, OWNER, "collection"))

    assert given == "postgresql://users_login:p%40ss@db/geminya"
    assert (made.username, made.hostname, made.path) == (
        "collection_login", "127.0.0.1", "/geminya",
    )  # fmt: skip
    assert made.password == addresses.derived_password(settings, "collection_login")


def test_passwords_are_set_only_for_roles_that_are_ours(settings: Settings) -> None:
    passwords = addresses.login_passwords(settings)
    assert passwords["users_login"] == "p@ss"
    assert "economy_login" not in passwords
    assert len(set(passwords.values())) == len(passwords)


def test_a_secret_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "secret.key"
    first = addresses.kept_secret(file)
    assert addresses.kept_secret(file) == first
    assert len(first) == 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["secret.key"]


def test_dbmate_works_in_one_schema_as_its_owner() -> None:
    url = urlsplit(addresses.for_dbmate(f"{OWNER}?options=-cjit%3Doff", "users"))
    query = parse_qs(url.query)
    assert query["search_path"] == ["users"]
    assert query["sslmode"] == ["disable"]
    assert query["options"] == [
        "-cjit=off -crole=users_owner -clock_timeout=2s -cstatement_timeout=0"
    ]
    assert "+" not in url.query


def test_dbmate_keeps_the_encryption_the_operator_chose() -> None:
    url = addresses.for_dbmate("postgres://a@db.example/g?sslmode=verify-full", "users")
    assert parse_qs(urlsplit(url).query)["sslmode"] == ["verify-full"]
    away = addresses.for_dbmate("postgres://a@db.example/g", "users")
    assert "sslmode" not in parse_qs(urlsplit(away).query)


def test_an_address_is_shown_without_its_password() -> None:
    assert addresses.shown(OWNER) == "127.0.0.1:8606/geminya"


def test_a_service_may_have_a_server_of_its_own(settings: Settings) -> None:
    house, own = SecretStr("postgresql://o@house/g"), SecretStr("postgresql://o@apart/g")
    given = settings.model_copy(update={"database_url": house, "economy_owner_database_url": own})

    with addresses.owner_urls(given) as owners:
        assert addresses.by_server(owners) == {
            "postgresql://o@house/g": ("users", "collection", "expeditions"),
            "postgresql://o@apart/g": ("economy",),
        }
    assert not addresses.needs_embedded(given)
    assert addresses.needs_embedded(given.model_copy(update={"database_url": None}))


@pytest.mark.parametrize(
    ("target", "count"),
    [("127.0.0.1:8601", 1), ("dns:///users:8601", 1), ("ipv4:10.0.0.1:8601,10.0.0.2:8601", 2)],
)
def test_an_address_tells_how_many_replicas_there_are(target: str, count: int) -> None:
    assert addresses.replicas_of(target) == count
