"""`geminya certs`: who every process of this machine's house is, proved by certificates."""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509

from chassis.rpc.certificates import (
    AUTHORITY,
    CERTIFICATE,
    IDENTITIES,
    KEY,
    Certificates,
    Papers,
    read_papers,
)
from chassis.settings import Settings, SettingsError, read_settings
from console.authority import AUTHORITY_LASTS, LEAF_LASTS, OPERATOR, Authority, Issued, now
from console.trouble import Trouble

AUTHORITY_DIR = "authority"
AUTHORITY_KEY = "ca.key"
RENEWED_BEFORE = timedelta(days=30)
_CURRENT = "..data"
"""Leads to the files that count, as a mounted secret does: they change all at once."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One line of `geminya certs`."""

    name: str
    news: str
    """`new`, `renewed` or `kept`."""
    ends: str
    folder: str

    def __str__(self) -> str:
        return f"{self.name:<12}{self.news:<8} ends {self.ends[:10]}  {self.folder}"


def certs(
    out: Annotated[
        Path | None,
        typer.Option(
            file_okay=False, help="Where they are kept.", show_default="certs in GEMINYA_DATA_DIR"
        ),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Only tell which are there.")] = False,
    renew: Annotated[
        bool, typer.Option("--renew", help="Renew all of them, also those that last longer.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """Make the certificates by which the processes of this machine know each other.

    The first run makes an authority, and with it a folder for each process: its key, its certificate and
    whom it believes (`tls.key`, `tls.crt`, `ca.crt`). GEMINYA_TLS_DIR of a process names its folder. A later
    run renews what ends within 30 days; processes that run take it up by themselves. `geminya serve all`
    does this at every start.

    The authority is never overwritten. Whoever has `authority/ca.key` can be any process of the house: keep
    it off the machines that do not need it.

    Examples: `geminya certs`, `geminya certs --show`, `geminya certs --renew`,
    `geminya certs --out deploy/secrets/certs`
    """
    folder = out or folder_of(read_settings())
    found = list(_shown(folder)) if show else make(folder, renews_all=renew)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2))
        return
    for one in found:
        typer.echo(str(one))


def folder_of(settings: Settings) -> Path:
    """Where the certificates of this machine are."""
    return settings.data_dir / "certs"


def certificates_for(settings: Settings, name: str = OPERATOR) -> Certificates | None:
    """Those by which a tool of this machine calls the house; none where the house has none."""
    if settings.tls_dir is not None:
        beside = settings.tls_dir.with_name(name)
        return Certificates(beside if beside.exists() else settings.tls_dir, name)
    own = folder_of(settings) / name
    if own.exists():
        return Certificates(own, name)
    if settings.env == "production" and "env" in settings.model_fields_set:
        raise SettingsError(
            f"GEMINYA_TLS_DIR is not set, and there is no {own}; `geminya certs` makes it"
        )
    return None


def make(
    folder: Path, *, renews_all: bool = False, servers: Sequence[str] = ()
) -> list[Certificate]:
    """Makes what is not there, renews what ends soon; `servers` are not ours, but are called."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o711)
    with _alone(folder):
        authority, is_new = _authority(folder / AUTHORITY_DIR)
        news = "new" if is_new else "kept"
        made = [_line(AUTHORITY_DIR, news, _ends(authority), folder / AUTHORITY_DIR)]
        for name in (*IDENTITIES, *servers):
            made.append(_keep_up(folder / name, name, authority, renews_all))
        return made


def _keep_up(folder: Path, name: str, authority: Authority, renews: bool) -> Certificate:
    papers, is_there = _papers(folder), folder.exists()
    if papers and not renews and _will_do(papers, name, authority):
        return _line(name, "kept", papers.ends, folder)
    # A server of somebody else's reads its files at its start only.
    lasts = LEAF_LASTS if name in IDENTITIES else AUTHORITY_LASTS
    issued = authority.issue(name, now(), lasts)
    files = {
        KEY: issued.key,
        CERTIFICATE: issued.certificate,
        AUTHORITY: authority.kept.certificate,
    }
    _put(folder, files)
    return _line(name, "renewed" if is_there else "new", _leaf(issued).not_valid_after_utc, folder)


def _will_do(papers: Papers, name: str, authority: Authority) -> bool:
    leaf = x509.load_pem_x509_certificate(papers.certificate)
    # The authority's own end cannot be outlived.
    lasts = min(now() + RENEWED_BEFORE, _ends(authority))
    says = name if name in IDENTITIES else ""
    return papers.name == says and papers.ends >= lasts and authority.has_issued(leaf)


def _authority(folder: Path) -> tuple[Authority, bool]:
    files = folder / AUTHORITY_KEY, folder / AUTHORITY
    if not any(file.exists() for file in files):
        authority = Authority.made(now())
        kept = authority.kept
        _put(folder, {AUTHORITY_KEY: kept.key, AUTHORITY: kept.certificate})
        return authority, True
    try:
        authority = Authority.read(*(file.read_bytes() for file in files))
    except (OSError, ValueError) as error:
        raise Trouble(f"the authority in {folder} cannot be used ({error}); {_ANOTHER}") from None
    if _ends(authority) <= now():
        raise Trouble(f"the authority in {folder} has ended; {_ANOTHER}")
    return authority, False


_ANOTHER = "move its folder away and run `geminya certs` again: that makes another authority"


def _shown(folder: Path) -> Iterator[Certificate]:
    kept = folder / AUTHORITY_DIR / AUTHORITY
    if not kept.exists():
        raise Trouble(f"there are no certificates in {folder}; `geminya certs` makes them")
    yield _line(
        AUTHORITY_DIR,
        "kept",
        x509.load_pem_x509_certificate(kept.read_bytes()).not_valid_after_utc,
        kept.parent,
    )
    for name in IDENTITIES:
        if papers := _papers(folder / name):
            yield _line(name, "kept", papers.ends, folder / name)


def _papers(folder: Path) -> Papers | None:
    try:
        read = read_papers(
            *((folder / name).read_bytes() for name in (KEY, CERTIFICATE, AUTHORITY))
        )
    except OSError:
        return None
    return None if isinstance(read, str) else read


def _put(folder: Path, files: Mapping[str, bytes]) -> None:
    """Writes files that change all at once: nobody ever finds the key of one pair beside another."""
    folder.mkdir(exist_ok=True, mode=0o700)
    before = {path for path in folder.glob("..2*") if path.is_dir()}
    fresh = folder / f"..{now():%Y_%m_%d_%H_%M_%S_%f}"
    fresh.mkdir(mode=0o700)
    for name, content in files.items():
        with open(os.open(fresh / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    _lead(folder / _CURRENT, Path(fresh.name))
    for name in files:
        if not (folder / name).is_symlink():
            _lead(folder / name, Path(_CURRENT) / name)
    for old in sorted(before)[:-1]:
        # Not the last one: somebody may be reading it.
        shutil.rmtree(old)


def _lead(link: Path, target: Path) -> None:
    draft = link.with_name(f"{link.name}.new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    if link.is_dir() and not link.is_symlink():
        # A copy of such a folder that followed the links.
        shutil.rmtree(link)
    draft.replace(link)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _leaf(issued: Issued) -> x509.Certificate:
    return x509.load_pem_x509_certificate(issued.certificate)


def _ends(authority: Authority) -> datetime:
    return authority.certificate.not_valid_after_utc


def _line(name: str, news: str, ends: datetime, folder: Path) -> Certificate:
    return Certificate(name, news, ends.isoformat(), str(folder))
