"""The folders of a house of containers: each process finds what it needs, and nothing of anybody else."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from chassis.rpc.certificates import certificates_of, read_papers
from chassis.settings import SERVICES, Settings, read_settings
from console.addresses import login_passwords
from console.house import BOT
from console.secret_files import make
from console.trouble import Trouble

DATABASE = "postgresql://keeper@postgres.geminya:5432/game?sslmode=verify-full&sslrootcert=/run/ca"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    make(tmp_path, DATABASE)
    return tmp_path


def settings_of(house: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("GEMINYA_SECRETS_DIR", str(house / name))
    return read_settings(tls_dir=house / name, data_dir=house / name)


def test_a_service_knows_itself_its_database_and_the_key(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = set()
    for name in SERVICES:
        settings = settings_of(house, name, monkeypatch)
        url = urlsplit(settings.database_url_of(name))
        keys.add(settings.require_secret_key())

        assert (url.username, url.hostname, url.path) == (
            f"{name}_login",
            "postgres.geminya",
            "/game",
        )
        assert url.query == "sslmode=verify-full&sslrootcert=/run/ca"
        assert certificates_of(settings, name) is not None
        assert settings.database_url is None
        others = [other for other in SERVICES if other != name]
        assert all(getattr(settings, f"{other}_database_url") is None for other in others)
    keys.add(settings_of(house, BOT, monkeypatch).require_secret_key())

    assert len(keys) == 1


def test_the_bot_knows_no_database(house: Path) -> None:
    said = {file.name: file.read_text() for file in (house / BOT).iterdir() if file.is_file()}

    assert set(said) == {"geminya_secret_key", "tls.key", "tls.crt", "ca.crt"}
    assert "postgres" not in "".join(said.values())


def test_migrations_set_the_passwords_that_services_were_told(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = settings_of(house, "admin", monkeypatch)
    assert owner.database_url is not None
    url = urlsplit(owner.database_url.get_secret_value())
    assert (url.username, url.password) == (
        "keeper",
        (house / "postgres" / "password").read_text().strip(),
    )

    passwords = login_passwords(owner)
    for name in SERVICES:
        told = settings_of(house, name, monkeypatch).database_url_of(name)
        assert urlsplit(told).password == passwords[f"{name}_login"]


def test_made_again_everything_stays_and_only_addresses_move(house: Path) -> None:
    before = {file: file.read_bytes() for file in house.rglob("*") if file.is_file()}

    make(house, DATABASE, pool="pgbouncer.geminya:6432")

    changed = {
        file.relative_to(house) for file, said in before.items() if file.read_bytes() != said
    }
    assert changed == {Path(name, f"geminya_{name}_database_url") for name in SERVICES}
    url = urlsplit((house / "users" / "geminya_users_database_url").read_text())
    assert (url.hostname, url.port, url.username) == ("pgbouncer.geminya", 6432, "users_login")
    users = (house / "pgbouncer" / "userlist.txt").read_text().splitlines()
    assert f'"users_login" "{url.password}"' in users


def test_servers_of_others_prove_their_name_and_are_no_caller(house: Path) -> None:
    for name in ("postgres", "pgbouncer"):
        files = [(house / name / file).read_bytes() for file in ("tls.key", "tls.crt", "ca.crt")]
        papers = read_papers(*files)
        assert not isinstance(papers, str)
        leaf = x509.load_pem_x509_certificate(papers.certificate)
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

        assert papers.name == ""
        assert names.get_values_for_type(x509.DNSName) == [f"{name}.geminya"]


def test_nobody_else_reads_a_file_and_each_is_a_setting(house: Path) -> None:
    known = {f"geminya_{name}" for name in Settings.model_fields}
    for file in house.rglob("*"):
        if file.is_file() and file.name not in ("ca.crt", "tls.crt", "lock"):
            assert file.stat().st_mode & 0o077 == 0, file
        if file.name.startswith("geminya_"):
            assert file.name in known


def test_an_address_without_a_user_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="names no user"):
        make(tmp_path, "postgresql://host/geminya")
