"""A database on another machine: its name and its authority are checked before a password is sent.

The server that comes along has no TLS, so this needs one that the machine has of itself.
"""

import asyncio
import os
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner, Result

from chassis.embedded import Embedded
from chassis.postgres import Database, DatabaseTrouble, admin_connection
from console.addresses import derived_password, with_login
from console.main import app
from tests.support.house import GivenSettings

Command = Callable[..., Awaitable[Result]]
HERE = "localhost"
TLS_ONLY = "hostssl all all samehost scram-sha-256\n"


def server_programs() -> Path | None:
    """The folder of a PostgreSQL that was built with TLS."""
    named = os.environ.get("GEMINYA_TEST_POSTGRES_BIN")
    folders = [Path(named)] if named else sorted(Path("/usr/lib/postgresql").glob("*/bin"))[::-1]
    for folder in folders:
        config = folder / "pg_config"
        if config.exists():
            said = subprocess.run([config, "--configure"], capture_output=True, text=True).stdout
            if "openssl" in said or "--with-ssl" in said:
                return folder
    return None


class Signer:
    """An authority for one test."""

    def __init__(self, folder: Path, name: str) -> None:
        self.file = folder / f"{name}.crt"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        may_sign = x509.BasicConstraints(ca=True, path_length=0)
        made = self._began(self._name, self._key).add_extension(may_sign, critical=True)
        self._write(made, self.file)

    def issue(self, host: str, certificate: Path, key: Path) -> None:
        """A certificate for a server of this name."""
        own = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        self._write(self._began(subject, own).add_extension(names, critical=False), certificate)
        key.touch(0o600)
        key.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def _began(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
        )

    def _write(self, made: x509.CertificateBuilder, file: Path) -> None:
        file.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))


@dataclass(frozen=True, slots=True)
class Guarded:
    """A server that speaks TLS alone, by a certificate for `localhost`."""

    server: Embedded
    authority: Path
    other: Path
    """The certificate of somebody whom the server does not know."""

    def url(self, *, host: str = HERE, **options: str | Path) -> str:
        """The owner's address."""
        parts = urlsplit(self.server.url)
        login = parts.netloc.rpartition("@")[0]
        place = f"{login}@{host}:{self.server.port}"
        query = {"sslmode": "verify-full", "sslrootcert": self.authority} | options
        return urlunsplit(parts._replace(netloc=place, query=urlencode(query)))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    programs = server_programs()
    if programs is None:
        pytest.skip("no PostgreSQL with TLS on this machine; the one that comes along has none")
    folder = tmp_path_factory.mktemp("guarded")
    signer, other = Signer(folder, "authority"), Signer(folder, "other")
    server = Embedded(folder / "postgres", durable=False, programs=programs)
    with server:
        pass
    signer.issue(HERE, server.cluster / "server.crt", server.cluster / "server.key")
    with (server.cluster / "postgresql.conf").open("a") as config:
        config.write("ssl = on\n")
    (server.cluster / "pg_hba.conf").write_text(TLS_ONLY)
    with server:
        yield Guarded(server, signer.file, other.file)


@pytest.fixture
def geminya(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command of the operator's of a house with this database."""
    monkeypatch.chdir(tmp_path)

    async def call(url: str, *words: str) -> Result:
        monkeypatch.setenv("GEMINYA_DATABASE_URL", url)
        return await asyncio.to_thread(CliRunner().invoke, app, [*words])

    return call


async def test_operators_and_services_come_in_by_tls(
    guarded: Guarded, geminya: Command, tmp_path: Path
) -> None:
    made = await geminya(guarded.url(), "migrate")
    assert made.exit_code == 0, made.output
    assert "users/0101_users.sql" in made.output
    assert "ok    migrations   all applied" in (await geminya(guarded.url(), "doctor")).output
    assert (await geminya(guarded.url(), "audit")).exit_code == 0

    password = derived_password(GivenSettings(data_dir=tmp_path / ".geminya"), "users_login")
    database = Database(with_login(guarded.url(), "users_login", password), name="users", size=2)
    await database.open()
    async with admin_connection(guarded.url()) as admin:
        seen = await admin.all_rows(
            "SELECT DISTINCT usename, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
            "WHERE backend_type = 'client backend' ORDER BY usename"
        )
    await database.close()
    assert seen == [{"usename": "geminya", "ssl": True}, {"usename": "users_login", "ssl": True}]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("authority", "certificate verify failed"),
        ("name", "certificate is not valid for"),
        ("none", "no encryption"),
        ("missing", "a file that the address names is not there"),
    ],
)
async def test_whom_nobody_vouches_for_is_sent_no_password(
    guarded: Guarded, geminya: Command, tmp_path: Path, wrong: str, words: str
) -> None:
    addresses = {
        "authority": guarded.url(sslrootcert=guarded.other),
        # The certificate is for the name, and not for the number.
        "name": guarded.url(host="127.0.0.1"),
        "none": guarded.url(sslmode="disable"),
        "missing": guarded.url(sslrootcert=tmp_path / "nobody.crt"),
    }
    url = addresses[wrong]

    said = await geminya(url, "migrate")

    # The console makes one sentence of it.
    assert words in str(said.exception)
    assert "\n" not in str(said.exception)
    if wrong != "none":
        # A service waits for its database and says why; it does not fall.
        with pytest.raises(DatabaseTrouble, match=words):
            await Database(url, name="users").open()
