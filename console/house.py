"""Which processes make a house on this machine, and what each is told through its environment."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from chassis.settings import SERVICES, Settings
from console.addresses import kept_secret, login_url, needs_embedded
from console.certs import folder_of
from console.trouble import Trouble

BOT = "bot"
PLAYGROUND = "playground"
MODULES = {name: f"services.{name}" for name in SERVICES} | {
    BOT: "gateway_bot",
    PLAYGROUND: "playground",
}
SEALS = frozenset({"users", "collection", "expeditions", "economy"})
"""Services that hash, seal or throw dice with the key of the house."""
TALKS = frozenset({"collection"})
"""Services that may ask a model."""
MEASURED = (*SERVICES, BOT)
"""Processes that show metrics."""
HIGHEST_PORT = 65535
METRICS_ABOVE = 10
"""So far above a process's own port are its metrics, unless `GEMINYA_METRICS_PORT` says where they begin."""
JOURNAL = "erasures.jsonl"
"""In the data folder: who was erased, for a restore of a backup that is older."""
TAG = "GEMINYA_STARTED_FOR"
"""Set for every process of a house, so that what a killed starter left can be told from others."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the house before it runs."""

    name: str
    module: str
    environment: Mapping[str, str] = field(repr=False)


def has_playground(settings: Settings) -> bool:
    """Without a token there is no way into Discord, so the playground stands in for it."""
    return settings.discord_token is None


def playground_url(settings: Settings) -> str:
    """Where the playground's page is."""
    return f"http://127.0.0.1:{settings.playground_port}"


def processes(settings: Settings, owners: Mapping[str, str]) -> list[Process]:
    """Every process of the house, each with no more secrets than it needs."""
    shared = _shared_environment(settings)
    key = {"GEMINYA_SECRET_KEY": _secret_key(settings)}
    chat = settings.chat_api_key
    chat_key = {"GEMINYA_CHAT_API_KEY": chat.get_secret_value()} if chat else {}
    services = [
        Process(
            name,
            MODULES[name],
            shared
            | _identity(settings, name)
            | _metrics_of(settings, name)
            | {f"GEMINYA_{name.upper()}_DATABASE_URL": login_url(settings, owners[name], name)}
            | (key if name in SEALS else {})
            | (chat_key if name in TALKS else {}),
        )
        for name in SERVICES
    ]
    token = settings.discord_token
    own = {"GEMINYA_DISCORD_TOKEN": token.get_secret_value()} if token else {}
    own |= _identity(settings, BOT) | _metrics_of(settings, BOT)
    bot = Process(BOT, MODULES[BOT], shared | key | own)
    if not has_playground(settings):
        return [*services, bot]
    return [Process(PLAYGROUND, MODULES[PLAYGROUND], shared), *services, bot]


def metrics_port_of(settings: Settings, name: str) -> int:
    """Where a process of this house shows its metrics; 0 is nowhere."""
    if "metrics_port" in settings.model_fields_set:
        first = settings.metrics_port
        return first and first + MEASURED.index(name)
    own = settings.bot_health_port if name == BOT else settings.port_of(name)
    above = own + METRICS_ABOVE
    return above if above <= HIGHEST_PORT else 0


def _metrics_of(settings: Settings, name: str) -> dict[str, str]:
    return {"GEMINYA_METRICS_PORT": str(metrics_port_of(settings, name))}


def _shared_environment(settings: Settings) -> dict[str, str]:
    given = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith("DATABASE_URL") and name not in ("NOTIFY_SOCKET", "VIRTUAL_ENV")
    }
    shared = {
        TAG: str(settings.data_dir.absolute()),
        "GEMINYA_ENV": settings.env if "env" in settings.model_fields_set else "dev",
        "PYTHONUNBUFFERED": "1",
        "GEMINYA_METRICS_PORT": "0",
        # A child reads `.env` itself; a secret that is not its own must not come to it from there.
        "GEMINYA_DATABASE_URL": "",
        "GEMINYA_SECRET_KEY": "",
        "GEMINYA_DISCORD_TOKEN": "",
        "GEMINYA_CHAT_API_KEY": "",
        "GEMINYA_TLS_DIR": "",
        # One port cannot be that of all of them.
        "GEMINYA_HEALTH_PORT": "0",
    }
    if settings.drain_s is None:
        # Nobody would send new calls elsewhere meanwhile, and the starter has no patience for it.
        shared["GEMINYA_DRAIN_S"] = "0"
    for service in SERVICES:
        shared[f"GEMINYA_{service.upper()}_DATABASE_URL"] = ""
        shared[f"GEMINYA_{service.upper()}_OWNER_DATABASE_URL"] = ""
        shared[f"GEMINYA_{service.upper()}_ADDRESS"] = settings.address_of(service)
    journal = settings.erasure_journal or settings.data_dir / JOURNAL
    shared["GEMINYA_ERASURE_JOURNAL"] = str(journal.absolute())
    if has_playground(settings):
        box = playground_url(settings)
        shared["GEMINYA_PLAYGROUND_PORT"] = str(settings.playground_port)
        # A box that comes back alone still knows the commands: the bot brings them only once.
        commands = settings.data_dir.absolute() / "playground-commands.json"
        shared["GEMINYA_PLAYGROUND_COMMANDS"] = str(commands)
        shared["GEMINYA_DISCORD_URL"] = settings.discord_url or box
        shared["GEMINYA_OTLP_ENDPOINT"] = settings.otlp_endpoint or f"{box}/v1/traces"
    return given | shared


def _identity(settings: Settings, name: str) -> dict[str, str]:
    return {"GEMINYA_TLS_DIR": str((folder_of(settings) / name).absolute())}


def _secret_key(settings: Settings) -> str:
    """The operator's, or one that is made once and kept in the data folder."""
    given = settings.secret_key
    return given.get_secret_value() if given else kept_secret(settings.data_dir / "secret.key")


def require_free_ports(settings: Settings) -> None:
    """Every port the house will listen on is free, or the setting that moves it is named."""
    ports = {f"GEMINYA_{name.upper()}_PORT": settings.port_of(name) for name in SERVICES}
    ports["GEMINYA_BOT_HEALTH_PORT"] = settings.bot_health_port
    if has_playground(settings):
        ports["GEMINYA_PLAYGROUND_PORT"] = settings.playground_port
    if needs_embedded(settings):
        ports["GEMINYA_EMBEDDED_PORT"] = settings.embedded_port
    taken: dict[int, str] = {}
    for setting, port in ports.items():
        if port == 0:
            raise Trouble(f"{setting} is 0, and the others would not find it; name a port")
        if port in taken:
            raise Trouble(f"{taken[port]} and {setting} are both {port}; change one of them")
        taken[port] = setting
        if not is_free(settings.host, port):
            raise Trouble(f"port {port} is in use; set {setting}")
    for port in filter(None, (metrics_port_of(settings, name) for name in MEASURED)):
        if port in taken or not is_free(settings.host, port):
            raise Trouble(f"port {port} is in use; set GEMINYA_METRICS_PORT")


def is_free(host: str, port: int) -> bool:
    """Whether a process could listen there now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # Connections that are only waiting to be forgotten do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
