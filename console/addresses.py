"""Where the databases are: the owner's address, and one with its own role for each service."""

import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from chassis.embedded import Embedded, find_running
from chassis.settings import SERVICES, Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
AUDIT_ROLE = "geminya_audit"


def embedded_of(settings: Settings) -> Embedded:
    """The embedded server of this data folder; not started yet."""
    return Embedded(
        settings.data_dir / "postgres", settings.embedded_port, programs=settings.postgres_bin
    )


@contextlib.contextmanager
def owner_url(settings: Settings) -> Iterator[str]:
    """The owner's address: the operator's server, the embedded one where it runs, or one started
    for as long as this is needed."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
    elif running := find_running(settings.data_dir / "postgres"):
        yield running
    else:
        with embedded_of(settings) as server:
            yield server.url


@contextlib.contextmanager
def owner_urls(settings: Settings) -> Iterator[Mapping[str, str]]:
    """The owner's address for each service: of its own server where it has one, else of the house's."""
    own = own_servers(settings)
    if len(own) == len(SERVICES):
        yield own
        return
    with owner_url(settings) as owner:
        yield dict.fromkeys(SERVICES, owner) | own


def own_servers(settings: Settings) -> dict[str, str]:
    """The owner's address of every service that has a server of its own."""
    given = {name: getattr(settings, f"{name}_owner_database_url") for name in SERVICES}
    return {name: url.get_secret_value() for name, url in given.items() if url is not None}


def needs_embedded(settings: Settings) -> bool:
    """Whether some service has no server that the operator named."""
    return settings.database_url is None and len(own_servers(settings)) < len(SERVICES)


def by_server(owners: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Every address once, with the services whose tables stand there."""
    return {
        url: tuple(name for name, owner in owners.items() if owner == url)
        for url in dict.fromkeys(owners.values())
    }


def login_url(settings: Settings, owner: str, service: str) -> str:
    """The address a service is given: the operator's, or its login role on the owner's server."""
    given = getattr(settings, f"{service}_database_url")
    if given is not None:
        return given.get_secret_value()
    return with_login(owner, f"{service}_login", login_password(settings, service))


def login_passwords(settings: Settings) -> dict[str, str]:
    """Role to password, for every role whose password is ours to set."""
    passwords = {AUDIT_ROLE: derived_password(settings, AUDIT_ROLE)}
    for service in SERVICES:
        role = f"{service}_login"
        given = getattr(settings, f"{service}_database_url")
        if given is None:
            passwords[role] = derived_password(settings, role)
            continue
        parts = urlsplit(given.get_secret_value())
        if parts.username == role and parts.password:
            passwords[role] = unquote(parts.password)
    return passwords


def login_password(settings: Settings, service: str) -> str:
    """The password of a service's login role, where it is ours to set."""
    return derived_password(settings, f"{service}_login")


def derived_password(settings: Settings, role: str) -> str:
    """A role's password, the same at every start: made from a secret in the data folder."""
    key = kept_secret(settings.data_dir / "database.key").encode()
    return hmac.new(key, role.encode(), hashlib.sha256).hexdigest()


def kept_secret(file: Path) -> str:
    """The secret in a file that only its owner may read; made at the first call."""
    # It may stand where nothing can be written.
    if file.exists():
        return file.read_text().strip()
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o711)
    with contextlib.suppress(FileExistsError):
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        with open(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as out:
            out.write(secrets.token_hex(32) + "\n")
        try:
            # Whoever comes first wins, and nobody ever reads half a secret.
            os.link(draft, file)
        finally:
            draft.unlink()
    return file.read_text().strip()


def with_login(url: str, user: str, password: str) -> str:
    """The same database for another role."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    login = f"{quote(user, safe='')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{login}@{place}"))


def with_database(url: str, database: str) -> str:
    """Another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(database)}"))


def database_of(url: str) -> str:
    """The name of the database an address points at."""
    return unquote(urlsplit(url).path.lstrip("/"))


def for_dbmate(url: str, schema: str) -> str:
    """The address as dbmate needs it: in one schema, as its owner, without a queue behind a lock."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if parts.hostname in LOOPBACK:
        query.setdefault("sslmode", "disable")
    limits = "-clock_timeout=2s -cstatement_timeout=0"
    asked = f"{query.get('options', '')} -crole={schema}_owner {limits}"
    query |= {"search_path": schema, "options": asked.strip()}
    # dbmate reads a plus sign as a plus sign.
    return urlunsplit(parts._replace(scheme="postgres", query=urlencode(query, quote_via=quote)))


def shown(url: str) -> str:
    """The address without its password."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'localhost'}:{parts.port or 5432}/{database_of(url)}"


def replicas_of(target: str) -> int:
    """How many replicas an address names: `ipv4:10.0.0.1:8601,10.0.0.2:8601` are two, and a name is one."""
    return target.count(",") + 1
