"""Who a process is, whom it trusts, and both anew when the files change.

A folder holds `tls.crt`, `tls.key` and `ca.crt`, the names that cert-manager gives them. The name of a process stands
in its certificate, as the address `spiffe://geminya/<name>`. Whoever is called also has `<name>.geminya` there, which
the callers check.
"""

import ipaddress
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from chassis.settings import SERVICES, Settings, SettingsError

log = structlog.get_logger()

IDENTITIES = (*SERVICES, "bot", "admin")
KEY, CERTIFICATE, AUTHORITY = FILES = ("tls.key", "tls.crt", "ca.crt")
_PREFIX = "spiffe://geminya/"
_TRIES = 20

Marks = tuple[tuple[int, int, int], ...]
"""What tells one state of the files from another."""


@dataclass(frozen=True, slots=True)
class Papers:
    """What the files say."""

    name: str
    """Whose they are."""
    ends: datetime
    certificate: bytes
    """With what is between it and the authority."""
    authority: bytes
    """Whom to believe."""
    key: bytes = field(repr=False)


class Certificates:
    """The certificates of this process, as its files are now."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._lock = threading.Lock()
        self._seen, self._papers = _read(folder, name)

    def current(self) -> Papers:
        """The newest that can be used; files that cannot leave everything as it was."""
        # The server asks from a thread of the library.
        with self._lock:
            if self._marks() != self._seen:
                self._read_again()
            return self._papers

    def to_serve(self) -> grpc.ServerCredentials:
        """Proves this process to callers and asks for their certificates; each connection sees the newest."""
        shown = self.current()

        def newest() -> Any:
            # None means that nothing is new; the library's types do not know that.
            nonlocal shown
            before, shown = shown, self.current()
            return None if shown is before else _to_show(shown)

        return grpc.dynamic_ssl_server_credentials(
            _to_show(shown), newest, require_client_authentication=True
        )

    def _marks(self) -> Marks | None:
        try:
            return _marks(self._folder)
        except OSError:
            # Just being replaced, or lost: what was read counts on.
            return self._seen

    def _read_again(self) -> None:
        try:
            self._seen, self._papers = _read(self._folder, self._name)
        except SettingsError as trouble:
            # Said once for each state of the files.
            self._seen = self._marks() or self._seen
            log.error("certificates.unusable", why=str(trouble))
            return
        log.info("certificates.renewed", name=self._name, ends=self._papers.ends.isoformat())


def certificates_of(settings: Settings, name: str) -> Certificates | None:
    """Those of this process; none where names are taken on trust, which one machine alone may do."""
    if settings.tls_dir is not None:
        return Certificates(settings.tls_dir, name)
    if settings.env != "dev":
        raise SettingsError(
            "GEMINYA_ENV is not dev and GEMINYA_TLS_DIR is not set: processes know each other by "
            "certificates; `geminya certs` makes them"
        )
    if not is_near(settings.host):
        raise SettingsError(
            f"GEMINYA_HOST is {settings.host} and GEMINYA_TLS_DIR is not set: without certificates "
            "a process listens on loopback only; `geminya certs` makes them"
        )
    return None


def to_call(papers: Papers) -> grpc.ChannelCredentials:
    """Proves this process to the services it calls."""
    return grpc.ssl_channel_credentials(papers.authority, papers.key, papers.certificate)


def host_of(name: str) -> str:
    """The name that a service's certificate is checked for, wherever it is called."""
    return f"{name}.geminya"


def address_of(name: str) -> str:
    """What names a process in its certificate."""
    return f"{_PREFIX}{name}"


def name_of_peer(context: Mapping[str, Iterable[bytes]]) -> str:
    """Who is at the other end, by the certificate; empty when that names nobody we know.

    Whether the certificate is good was decided in the handshake. One with several addresses names nobody.
    """
    addresses = context.get("peer_uri") or ()
    return _name_in(*(address.decode() for address in addresses))


def is_near(host: str) -> bool:
    """Whether nobody but this machine reaches it."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_here(address: str) -> bool:
    """Whether whoever is called there runs on this machine: `host:port`, or a target of the library."""
    kind, _, rest = address.partition(":")
    if kind == "unix":
        return True
    places = rest if kind in ("ipv4", "ipv6") else address.rpartition("/")[2]
    return all(is_near(place.rpartition(":")[0]) for place in places.split(","))


def _name_in(*addresses: str) -> str:
    if len(addresses) != 1:
        return ""
    name = addresses[0].removeprefix(_PREFIX)
    return name if name in IDENTITIES and addresses[0] == address_of(name) else ""


def _to_show(papers: Papers) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration(
        [(papers.key, papers.certificate)], papers.authority
    )


def _marks(folder: Path) -> Marks:
    states = [(folder / name).stat() for name in FILES]
    return tuple((state.st_mtime_ns, state.st_ino, state.st_size) for state in states)


def _read(folder: Path, name: str) -> tuple[Marks, Papers]:
    """Three files of one moment: whoever replaces them may be half through."""
    try:
        for _ in range(_TRIES):
            marks = _marks(folder)
            key, certificate, authority = ((folder / file).read_bytes() for file in FILES)
            if marks == _marks(folder):
                return marks, _understood(folder, name, key, certificate, authority)
    except OSError as error:
        raise SettingsError(
            f"GEMINYA_TLS_DIR={folder}: {error.strerror or error} ({error.filename})"
        ) from None
    raise SettingsError(f"GEMINYA_TLS_DIR={folder}: its files do not stop changing")


def _understood(
    folder: Path, name: str, key: bytes, certificate: bytes, authority: bytes
) -> Papers:
    papers = read_papers(key, certificate, authority)
    if isinstance(papers, str):
        raise SettingsError(f"GEMINYA_TLS_DIR={folder}: {papers}")
    if papers.name != name:
        whose = papers.name or "nobody we know"
        raise SettingsError(
            f"GEMINYA_TLS_DIR={folder}: the certificate is that of {whose}, not of {name}"
        )
    if papers.ends <= datetime.now(UTC):
        raise SettingsError(f"GEMINYA_TLS_DIR={folder}: the certificate ended at {papers.ends}")
    return papers


def read_papers(key: bytes, certificate: bytes, authority: bytes) -> Papers | str:
    """What three files say, or what is wrong with them."""
    try:
        leaf = x509.load_pem_x509_certificates(certificate)[0]
        own = load_pem_private_key(key, password=None).public_key()
        x509.load_pem_x509_certificates(authority)
    except (ValueError, TypeError) as error:
        return f"not all files are PEM of a certificate and its key: {error}"
    if own != leaf.public_key():
        return f"{KEY} is not the key of {CERTIFICATE}"
    return Papers(name_of(leaf), leaf.not_valid_after_utc, certificate, authority, key)


def name_of(certificate: x509.Certificate) -> str:
    """Whose certificate it is; empty when it names nobody we know."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ""
    return _name_in(*found.value.get_values_for_type(x509.UniformResourceIdentifier))
