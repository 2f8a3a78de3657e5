"""`geminya certs`: what it makes, what it renews, what it leaves alone."""

import json
import os
import shutil
import stat
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from typer.testing import CliRunner

from chassis.rpc.certificates import AUTHORITY, CERTIFICATE, IDENTITIES, KEY, Certificates, Papers
from chassis.settings import SettingsError
from console import authority, certs
from console.authority import Authority
from console.certs import AUTHORITY_DIR, AUTHORITY_KEY, certificates_for, make
from console.main import app
from console.trouble import Trouble
from tests.support.house import GivenSettings

EVERYBODY = [AUTHORITY_DIR, *IDENTITIES]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data" / "certs"
    made.parent.mkdir()
    make(made)
    return made


def leaf(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / name / CERTIFICATE).read_bytes())


def news(made: list[certs.Certificate]) -> dict[str, str]:
    return {one.name: one.news for one in made}


def later(monkeypatch: pytest.MonkeyPatch, **time: int) -> None:
    there = authority.now() + timedelta(**time)
    monkeypatch.setattr(certs, "now", lambda: there)


def test_the_first_run_makes_everybody_and_the_second_nobody(tmp_path: Path) -> None:
    first, second = make(tmp_path), make(tmp_path)

    assert news(first) == dict.fromkeys(EVERYBODY, "new")
    assert news(second) == dict.fromkeys(EVERYBODY, "kept")
    assert [one.ends for one in first] == [one.ends for one in second]


@pytest.mark.parametrize("name", IDENTITIES)
def test_a_certificate_says_who_it_is_for_ninety_days(name: str, folder: Path) -> None:
    made = leaf(folder, name)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    lasts = made.not_valid_after_utc - authority.now()

    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [f"spiffe://geminya/{name}"]
    hosts = [] if name == "admin" else [f"{name}.geminya"]
    assert names.get_values_for_type(x509.DNSName) == hosts
    assert timedelta(days=89) < lasts <= timedelta(days=90)
    assert Certificates(folder / name, name).current().name == name


def test_only_its_owner_reads_a_key_and_only_one_folder_has_the_authoritys(folder: Path) -> None:
    keys = [path for path in folder.rglob("*.key") if path.is_file() and not path.is_symlink()]

    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}
    assert len(keys) == len(EVERYBODY)
    assert {path.parts[len(folder.parts)] for path in folder.rglob(AUTHORITY_KEY)} == {
        AUTHORITY_DIR
    }


def test_what_ends_within_thirty_days_is_renewed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, days=59)
    early = make(folder)
    later(monkeypatch, days=61)
    due = make(folder)

    assert news(early) == dict.fromkeys(EVERYBODY, "kept")
    assert news(due) == {AUTHORITY_DIR: "kept"} | dict.fromkeys(IDENTITIES, "renewed")


def test_a_certificate_does_not_outlive_its_authority(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch, days=3640)
    due, again = make(folder), make(folder)
    ends = {one.ends for one in due}
    later(monkeypatch, days=3651)

    assert len(ends) == 1
    assert news(again) == dict.fromkeys(EVERYBODY, "kept")
    with pytest.raises(Trouble, match="has ended; move its folder away"):
        make(folder)


def test_what_is_broken_lost_or_of_another_authority_is_made_again(folder: Path) -> None:
    (folder / "users" / KEY).write_text("no key")
    shutil.rmtree(folder / "bot")
    stranger = folder.parent / "stranger"
    make(stranger)
    shutil.rmtree(folder / "economy")
    shutil.copytree(stranger / "economy", folder / "economy")
    shutil.rmtree(folder / "collection")
    shutil.copytree(folder / "expeditions", folder / "collection", symlinks=True)

    made = news(make(folder))

    kept = {AUTHORITY_DIR, "expeditions", "admin"}
    assert {name for name, what in made.items() if what == "kept"} == kept
    for name in IDENTITIES:
        assert Certificates(folder / name, name).current().name == name


def test_an_authority_is_never_overwritten(folder: Path) -> None:
    before = (folder / AUTHORITY_DIR / AUTHORITY).read_bytes()
    (folder / AUTHORITY_DIR / AUTHORITY_KEY).unlink()

    with pytest.raises(Trouble, match="cannot be used"):
        make(folder)

    assert (folder / AUTHORITY_DIR / AUTHORITY).read_bytes() == before


def test_another_authority_renews_everybody(folder: Path) -> None:
    os.rename(folder / AUTHORITY_DIR, folder.parent / "old")

    assert news(make(folder)) == {AUTHORITY_DIR: "new"} | dict.fromkeys(IDENTITIES, "renewed")


def test_nobody_reads_the_key_of_one_pair_beside_another(folder: Path) -> None:
    """A process that reads all the time never finds files that do not fit."""
    found: list[Papers] = []
    has_ended = threading.Event()

    def read() -> None:
        while not has_ended.is_set():
            found.append(Certificates(folder / "users", "users").current())

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(15):
        make(folder, renews_all=True)
    has_ended.set()
    reader.join()

    assert len({papers.certificate for papers in found}) > 1
    # One generation beside the current one, for whoever is in the middle of reading.
    assert len(list((folder / "users").glob("..2*"))) == 2


def test_the_command_makes_shows_and_renews(tmp_path: Path) -> None:
    out = ["certs", "--out", str(tmp_path / "there"), "--json"]

    def said(*words: str) -> list[dict[str, Any]]:
        done = CliRunner().invoke(app, [*out, *words])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    nothing = CliRunner().invoke(app, [*out, "--show"])
    made, shown, renewed = said(), said("--show"), said("--renew")

    assert isinstance(nothing.exception, Trouble)
    assert [one["name"] for one in made] == EVERYBODY
    assert [one["ends"] for one in shown] == [one["ends"] for one in made]
    assert {one["news"] for one in renewed} == {"kept", "renewed"}


def test_a_tool_calls_with_what_it_is_given_or_with_what_is_in_the_data_folder(
    folder: Path, tmp_path: Path
) -> None:
    data, elsewhere = folder.parent, tmp_path / "elsewhere"
    shutil.copytree(folder / "admin", elsewhere / "mounted")

    def name_of(settings: GivenSettings, name: str = "admin") -> str:
        found = certificates_for(settings, name)
        return found.current().name if found else ""

    assert name_of(GivenSettings(data_dir=data)) == "admin"
    assert name_of(GivenSettings(data_dir=data), "bot") == "bot"
    assert name_of(GivenSettings(data_dir=data, tls_dir=folder / "admin"), "bot") == "bot"
    assert name_of(GivenSettings(data_dir=tmp_path, tls_dir=elsewhere / "mounted")) == "admin"
    assert name_of(GivenSettings(data_dir=tmp_path)) == ""
    with pytest.raises(SettingsError, match="that of admin, not of bot"):
        name_of(GivenSettings(data_dir=tmp_path, tls_dir=elsewhere / "mounted"), "bot")
    with pytest.raises(SettingsError, match="GEMINYA_TLS_DIR is not set"):
        name_of(GivenSettings(data_dir=tmp_path, env="production"))


def test_an_authority_knows_its_own() -> None:
    ours, theirs = Authority.made(authority.now()), Authority.made(authority.now())
    issued = x509.load_pem_x509_certificate(ours.issue("bot", authority.now()).certificate)

    assert ours.has_issued(issued)
    assert not theirs.has_issued(issued)
    assert ours.certificate.subject != theirs.certificate.subject
