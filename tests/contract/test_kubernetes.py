"""The manifests: valid, strict by our own policy, and told of the house what the code says of it."""

import dataclasses
import functools
import json
import re
import shutil
import subprocess
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import jsonschema
import kubernetes_validate
import pytest
import typer
import yaml
from kubernetes_validate import utils

from chassis.process import Running, Service
from chassis.rpc.health import LIVE
from chassis.settings import SERVICES, Settings
from console.house import SEALS, TALKS
from console.main import app
from services.collection.service import SERVICE as COLLECTION
from services.economy.service import SERVICE as ECONOMY
from services.expeditions.service import SERVICE as EXPEDITIONS
from services.users.service import SERVICE as USERS
from tests.contract.contracts import callers_of, methods
from tests.contract.kubernetes_schemas import SCHEMAS
from tests.support.kubernetes import (
    BASE,
    DEV,
    PRODUCTION,
    ROOT,
    Network,
    Object,
    Workload,
    build,
    name_of,
    of_kind,
    read,
    selects,
    workloads,
)

PROJECT = ROOT.parents[1]
VERSIONS = utils.all_versions()[-3:]
WHOLE = {folder.name: build(folder) for folder in (BASE, DEV, PRODUCTION)}
OVERLAYS = {name: WHOLE[name] for name in ("dev", "production")}
IDENTITIES = {*SERVICES, "bot", "admin"}
CALLER, DATABASE = "geminya/caller", "geminya/database"
OURS = "geminya:"
"""How the name of our own image ends, in whatever registry, with the colon of its tag."""

COMMON = {
    "ENV", "HOST", "TLS_DIR", "SECRETS_DIR", "HEALTH_PORT", "METRICS_PORT", "DATA_DIR", "POOL_SIZE",
    "GAME_DAY_OFFSET_H", "OTLP_ENDPOINT", "TRACE_RATIO",
}  # fmt: skip
"""What every process is told, in the ConfigMap."""
BY_FILE = {"DISCORD_TOKEN", "SECRET_KEY", "CHAT_API_KEY"}
"""Secrets that are no address of a database; those are secrets too."""

every_whole = pytest.mark.parametrize("objects", WHOLE.values(), ids=WHOLE)
every_overlay = pytest.mark.parametrize("objects", OVERLAYS.values(), ids=OVERLAYS)
every_pod = pytest.mark.parametrize(
    "load",
    [load for objects in WHOLE.values() for load in workloads(objects)],
    ids=[f"{name}-{load.name}" for name, objects in WHOLE.items() for load in workloads(objects)],
)


def settings_of(objects: list[Object]) -> dict[str, str]:
    """What every process is told."""
    return of_kind(objects, "ConfigMap")["house"]["data"]


# Valid.


@pytest.fixture(scope="module", autouse=True)
def _schemas_are_read_once() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, "schema_contents", functools.cache(utils.schema_contents))
        yield


@pytest.mark.parametrize("version", VERSIONS)
@every_whole
def test_kubernetes_takes_every_object(objects: list[Object], version: str) -> None:
    for one in objects:
        if (one["apiVersion"], one["kind"]) not in SCHEMAS:
            kubernetes_validate.validate(one, version, strict=True)


@every_whole
def test_custom_resources_are_as_their_schemas_say(objects: list[Object]) -> None:
    for one in objects:
        if schema := SCHEMAS.get((one["apiVersion"], one["kind"])):
            jsonschema.validate(one, schema)


@pytest.mark.parametrize("folder", [BASE, DEV, PRODUCTION], ids=lambda folder: folder.name)
def test_kustomize_makes_the_same_of_it(folder: Path) -> None:
    """The other tests look at what our few lines make of an overlay; this holds them to the real thing."""
    if shutil.which("kubectl") is None:
        pytest.skip("no kubectl on this machine")
    made = subprocess.run(["kubectl", "kustomize", folder], check=True, capture_output=True)

    def keyed(objects: Any) -> dict[tuple[str, str], Object]:
        return {(one["kind"], name_of(one)): one for one in objects}

    assert keyed(yaml.safe_load_all(made.stdout)) == keyed(WHOLE[folder.name])


def test_every_manifest_belongs_to_a_kustomization() -> None:
    used = {
        (file.parent / name).resolve()
        for file in ROOT.rglob("kustomization.yaml")
        for rules in [yaml.safe_load(file.read_text())]
        for name in [
            *rules.get("resources", ()),
            *(patch["path"] for patch in rules.get("patches", ()) if "path" in patch),
        ]
    }
    files = {file for file in ROOT.rglob("*.yaml") if file.name != "kustomization.yaml"}
    assert files == {path for path in used if path.suffix == ".yaml"}


@every_whole
def test_everything_lives_in_the_namespace_that_the_certificates_name(
    objects: list[Object],
) -> None:
    for one in objects:
        if one["kind"] == "Namespace":
            assert name_of(one) == "geminya"
            assert one["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
        else:
            assert one["metadata"]["namespace"] == "geminya", name_of(one)


# Strict.


@every_pod
def test_a_pod_may_do_nothing_that_it_need_not(load: Workload) -> None:
    pod = load.pod
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not pod.keys() & {"hostNetwork", "hostPID", "hostIPC"}
    assert {kind for volume in pod["volumes"] for kind in volume} <= {
        "name", "secret", "projected", "configMap", "emptyDir", "persistentVolumeClaim",
    }  # fmt: skip
    for container in load.containers:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        if OURS in container["image"]:
            assert pod["securityContext"]["runAsUser"] == 10001
            assert pod["securityContext"]["fsGroup"] == 10001


@every_pod
def test_a_container_asks_for_what_it_needs_and_no_more(load: Workload) -> None:
    for container in load.containers:
        resources = container["resources"]
        assert resources["requests"].keys() == resources["limits"].keys() == {"cpu", "memory"}
    for volume in load.pod["volumes"]:
        if "emptyDir" in volume:
            assert volume["emptyDir"]["sizeLimit"]


@every_pod
def test_an_image_has_a_version_and_ours_has_that_of_the_project(load: Workload) -> None:
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    for container in load.containers:
        tag = container["image"].rpartition("/")[2].partition(":")[2]
        assert tag not in ("", "latest")
        if OURS in container["image"]:
            assert tag == version


@every_pod
def test_what_serves_is_asked_how_it_is(load: Workload) -> None:
    """Alive is whoever answers; ready is whoever serves. A database that is away restarts nobody."""
    if not load.is_long_lived:
        return
    for container in load.pod["containers"]:
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()
    if load.name in (*SERVICES, "bot"):
        health = {"port": 8610}
        assert load.main["readinessProbe"]["grpc"] == health
        assert load.main["livenessProbe"]["grpc"] == health | {"service": LIVE}
        assert load.main["startupProbe"]["grpc"] == health | {"service": LIVE}
        # 4 s of saying so and 20 s for calls under way are the process's own.
        assert load.pod["terminationGracePeriodSeconds"] >= 40
        assert {spread["topologyKey"] for spread in load.pod["topologySpreadConstraints"]} == {
            "topology.kubernetes.io/zone",
            "kubernetes.io/hostname",
        }


@every_pod
def test_no_secret_is_in_the_environment(load: Workload) -> None:
    for container in load.containers:
        assert not any("secretRef" in source for source in container.get("envFrom", ()))
        for variable in container.get("env", ()):
            assert "secretKeyRef" not in variable.get("valueFrom", {}), variable["name"]
            name = variable["name"].removeprefix("GEMINYA_")
            assert name not in BY_FILE
            assert not name.endswith("DATABASE_URL")


def test_no_secret_is_written_down_but_those_for_development() -> None:
    assert of_kind(WHOLE["base"], "Secret") == {}
    assert of_kind(WHOLE["production"], "Secret") == {}


# Of one piece.


@every_overlay
def test_everything_that_is_named_is_there(objects: list[Object]) -> None:
    given = of_kind(objects, "Secret", "ExternalSecret").keys()
    given |= {one["spec"]["secretName"] for one in of_kind(objects, "Certificate").values()}
    configs = of_kind(objects, "ConfigMap")
    for load in workloads(objects):
        wanted = {name for name, is_optional in load.secret_names() if not is_optional}
        assert wanted <= given, load.name
        assert load.pod["serviceAccountName"] == load.name
        assert load.name in of_kind(objects, "ServiceAccount")
        volumes = {volume["name"] for volume in load.pod["volumes"]}
        for container in load.containers:
            mounts = {mount["name"] for mount in container["volumeMounts"]}
            assert mounts <= volumes | claims_of(objects, load)
            for source in container.get("envFrom", ()):
                assert source["configMapRef"]["name"] in configs
        for volume in load.pod["volumes"]:
            if claim := volume.get("persistentVolumeClaim"):
                assert claim["claimName"] in of_kind(objects, "PersistentVolumeClaim")
            if config := volume.get("configMap"):
                assert config.get("optional") or config["name"] in configs
    for account in of_kind(objects, "ServiceAccount").values():
        assert account["automountServiceAccountToken"] is False
        assert name_of(account) in {load.name for load in workloads(objects)}


def claims_of(objects: list[Object], load: Workload) -> set[str]:
    """The volumes that a StatefulSet makes for each of its pods."""
    sets = of_kind(objects, "StatefulSet")
    templates = sets[load.name]["spec"].get("volumeClaimTemplates", ()) if load.name in sets else ()
    return {name_of(one) for one in templates}


@every_whole
def test_selectors_mean_the_pods_of_their_name(objects: list[Object]) -> None:
    loads = {load.name: load for load in workloads(objects)}
    for one in of_kind(objects, "Deployment", "StatefulSet").values():
        assert selects(one["spec"]["selector"], loads[name_of(one)].labels)
    for service in of_kind(objects, "Service").values():
        selector = {"matchLabels": service["spec"]["selector"]}
        [load] = [load for load in loads.values() if selects(selector, load.labels)]
        assert load.name == name_of(service)
        assert service["spec"]["clusterIP"] == "None"
        ports = {port["name"]: port["containerPort"] for port in load.main["ports"]}
        for port in service["spec"]["ports"]:
            assert port["port"] == ports[port["targetPort"]]
    for budget in of_kind(objects, "PodDisruptionBudget").values():
        [load] = [
            load for load in loads.values() if selects(budget["spec"]["selector"], load.labels)
        ]
        assert (load.name, load.is_long_lived) == (name_of(budget), True)
    for scaler in of_kind(objects, "HorizontalPodAutoscaler").values():
        target = scaler["spec"]["scaleTargetRef"]
        assert (target["kind"], loads[target["name"]].kind) == ("Deployment", "Deployment")
        # A number here would undo the autoscaler's work at each `apply`.
        assert "replicas" not in of_kind(objects, "Deployment")[target["name"]]["spec"]


@every_whole
def test_whoever_serves_players_grows_and_is_not_drained_at_once(objects: list[Object]) -> None:
    scaled, budgets = (
        of_kind(objects, kind).keys() for kind in ("HorizontalPodAutoscaler", "PodDisruptionBudget")
    )
    assert scaled == set(SERVICES)
    assert budgets == {*SERVICES, "bot"}


def test_the_four_services_are_alike() -> None:
    """But for their names, their ports, whom they call, and a model that only one of them asks."""

    def shape(service: str) -> str:
        found = read(BASE / f"{service}.yaml")
        [deployment] = [one for one in found if one["kind"] == "Deployment"]
        [policy] = [one for one in found if one["kind"] == "NetworkPolicy"]
        del deployment["spec"]["template"]["spec"]["containers"][0]["env"]
        del policy["spec"]["egress"]
        del policy["spec"]["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]["values"]
        [secrets] = [
            volume
            for volume in deployment["spec"]["template"]["spec"]["volumes"]
            if volume["name"] == "secrets"
        ]
        sources = secrets["projected"]["sources"]
        sources[:] = [one for one in sources if one["secret"]["name"] != "chat"]
        port = str(Settings().port_of(service))
        return re.sub(rf"\b{service}\b", "NAME", json.dumps(found)).replace(port, "PORT")

    assert {shape(service) for service in SERVICES} == {shape("users")}


# What the code says.


def edges_of_the_contracts() -> set[tuple[str, str]]:
    """Caller and service of every call that a contract allows."""
    allowed = {name: callers_of(method) for name, method in methods().items()}
    own = {
        (caller, name.partition(".")[0])
        for name, callers in allowed.items()
        if not name.startswith("common.")
        for caller in callers
    }
    # What every service has is for players, operators and the end of a life, which users leads. A step is closed
    # where it could have been asked for.
    common = {
        (caller, service)
        for name, callers in allowed.items()
        if name.startswith("common.") and not name.endswith("/CloseStep")
        for caller in callers
        for service in SERVICES
        if service != caller
    }
    return own | common


@every_whole
def test_the_network_has_the_edges_of_the_caller_table_and_no_others(objects: list[Object]) -> None:
    network = Network.of(objects)
    loads = {load.name: load for load in workloads(objects)}

    def edges(lets: Any) -> set[tuple[str, str]]:
        return {
            (source.labels.get(CALLER, source.name), service)
            for source in loads.values()
            for service in SERVICES
            if source.name != service and lets(source, loads[service], Settings().port_of(service))
        }

    assert edges(network.lets_in) == edges_of_the_contracts()
    assert edges(network.lets_out) == edges_of_the_contracts()


@every_whole
def test_who_needs_the_database_reaches_it_and_nobody_else(objects: list[Object]) -> None:
    for load in workloads(objects):
        keys = {name for name, _ in load.secret_names()}
        wants = any(name.startswith("database-") for name in keys)
        assert (load.labels.get(DATABASE) == "client") == wants, load.name
    policy = of_kind(objects, "NetworkPolicy")["database"]["spec"]
    assert policy["podSelector"] == {"matchLabels": {DATABASE: "client"}}


@every_whole
def test_nothing_is_open_to_everybody_and_only_the_bot_reaches_the_internet(
    objects: list[Object],
) -> None:
    policies = of_kind(objects, "NetworkPolicy")
    assert policies["deny"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, policy in policies.items():
        for way, side in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(way, ()):
                assert rule[side], name
                assert rule["ports"], name
                wide = [
                    peer
                    for peer in rule[side]
                    if peer.get("ipBlock", {}).get("cidr", "").endswith("/0")
                ]
                assert not wide or (name, way, rule["ports"]) == ("bot", "egress", [{"port": 443}])


def running(service: Service) -> Running:
    """A service before it starts: nothing is connected."""
    given: dict[str, Any] = {f"{service.name}_database_url": "postgresql://nobody@127.0.0.1:1/none"}
    return Running(service, Settings(env="dev", secret_key="k" * 16, **given))


def dialled(service: Service) -> set[str]:
    """Whom a service has a channel to, as it is put together."""
    found: set[str] = set()

    def dial(name: str) -> Any:
        found.add(name)
        return Mock()

    service.build(dataclasses.replace(running(service).runtime, dial=dial))
    return found


@pytest.mark.parametrize(
    "service", [USERS, COLLECTION, EXPEDITIONS, ECONOMY], ids=lambda service: service.name
)
async def test_a_service_is_told_where_those_are_whom_it_calls(service: Service) -> None:
    peers = dialled(service)

    assert {(service.name, peer) for peer in peers} == {
        edge for edge in edges_of_the_contracts() if edge[0] == service.name
    }
    [load] = [load for load in workloads(WHOLE["base"]) if load.name == service.name]
    assert addresses(load) == peers


def addresses(load: Workload) -> set[str]:
    """Whose addresses it is told; each is all replicas of that service."""
    found = set()
    for variable in load.main.get("env", ()):
        if match := re.fullmatch(r"GEMINYA_(\w+)_ADDRESS", variable["name"]):
            service = match[1].lower()
            assert variable["value"] == f"dns:///{service}:{Settings().port_of(service)}"
            found.add(service)
    return found


def told(objects: list[Object], load: Workload, container: Object) -> set[str]:
    """The settings of a process, without their prefix: by ConfigMap, by variable, by file."""
    secrets = of_kind(objects, "Secret", "ExternalSecret")
    names = {variable["name"] for variable in container.get("env", ())}
    for source in container.get("envFrom", ()):
        names |= of_kind(objects, "ConfigMap")[source["configMapRef"]["name"]]["data"].keys()
    if "secrets" in {mount["name"] for mount in container["volumeMounts"]}:
        for name in {name for name, _ in load.secret_names()} & secrets.keys():
            one = secrets[name]
            files = (
                one["stringData"].keys()
                if one["kind"] == "Secret"
                else [entry["secretKey"] for entry in one["spec"]["data"]]
            )
            assert all(file == file.lower() for file in files)
            names |= {file.upper() for file in files}
    assert all(name.startswith("GEMINYA_") for name in names), names
    return {name.removeprefix("GEMINYA_") for name in names}


def needed(name: str) -> set[str]:
    """What a process must be told besides what all are."""
    everybody = {f"{service.upper()}_ADDRESS" for service in SERVICES}
    if name in SERVICES:
        peers = {service for caller, service in edges_of_the_contracts() if caller == name}
        seals = {"SECRET_KEY"} if name in SEALS else set()
        return (
            {f"{name.upper()}_DATABASE_URL"} | seals | {f"{peer.upper()}_ADDRESS" for peer in peers}
        )
    return {
        "bot": everybody
        | {"SECRET_KEY", "DISCORD_TOKEN", "BOT_ORDINAL", "BOT_REPLICAS", "SHARD_COUNT"},
        "migrate": {"DATABASE_URL", *(f"{service.upper()}_DATABASE_URL" for service in SERVICES)},
        "audit": {"DATABASE_URL"},
        "auditor": {"DATABASE_URL"},
        "backup": {"DATABASE_URL", "SECRET_KEY"},
        "restore": {"DATABASE_URL", "SECRET_KEY"}
        | {f"{service.upper()}_DATABASE_URL" for service in SERVICES},
        "rotation": everybody | {"OPERATOR"},
        "console": everybody,
        "content": everybody | {"OPERATOR"},
        "playground": {"PLAYGROUND_HOST", "PLAYGROUND_NAME", "PLAYGROUND_PORT"},
    }[name]


@every_overlay
def test_a_process_is_told_what_it_needs_and_nothing_else(objects: list[Object]) -> None:
    """No setting that is not there, none that is missing, and no secret of somebody else."""
    known = {name.upper() for name in Settings.model_fields} | {"SECRETS_DIR"}
    extra = {"bot": {"DISCORD_URL"}} if objects is WHOLE["dev"] else {}
    assert {name.removeprefix("GEMINYA_") for name in settings_of(objects)} == COMMON
    for load in workloads(objects):
        if OURS not in load.main["image"]:
            continue
        found = told(objects, load, load.main)
        assert found <= known
        assert addresses(load) <= set(SERVICES)
        # The playground stands for Discord, which knows nothing of the house.
        common = COMMON if load.name != "playground" else set()
        assert found == common | needed(load.name) | extra.get(load.name, set()), load.name
        for first in load.pod.get("initContainers", ()):
            assert told(objects, load, first) <= COMMON | needed(load.name)
            assert f"{load.name.upper()}_DATABASE_URL" in told(objects, load, first)


def test_a_model_is_asked_by_those_who_talk_and_its_key_is_theirs() -> None:
    with_key = {
        load.name for load in workloads(WHOLE["base"]) if ("chat", True) in load.secret_names()
    }
    assert with_key == TALKS


@every_overlay
def test_settings_that_are_told_to_all_are_read_as_they_are_meant(objects: list[Object]) -> None:
    told = settings_of(objects)
    names = {name.removeprefix("GEMINYA_").lower() for name in told} - {"secrets_dir"}
    given: dict[str, Any] = {name: told[f"GEMINYA_{name.upper()}"] for name in names}
    settings = Settings(_env_file=None, **given)  # type: ignore[call-arg]
    assert settings.env == "production"
    for load in workloads(objects):
        if load.name in (*SERVICES, "bot"):
            ports = {port["name"]: port["containerPort"] for port in load.main["ports"]}
            expected = {"health": settings.health_port, "metrics": settings.metrics_port}
            if load.name in SERVICES:
                expected["grpc"] = settings.port_of(load.name)
            assert ports == expected
        places = {
            mount["name"]: mount["mountPath"]
            for container in load.pod["containers"]
            for mount in container["volumeMounts"]
        }
        if OURS in load.main["image"]:
            assert str(settings.data_dir).startswith(places["tmp"])
            assert places.get("tls", str(settings.tls_dir)) == str(settings.tls_dir)
            secrets_dir = told["GEMINYA_SECRETS_DIR"]
            assert places.get("secrets", secrets_dir) == secrets_dir


@every_whole
def test_who_is_in_the_caller_table_proves_it(objects: list[Object]) -> None:
    certificates = of_kind(objects, "Certificate")
    authority = certificates.pop("authority")
    assert authority["spec"]["isCA"] is True
    assert certificates.keys() == IDENTITIES
    for name, certificate in certificates.items():
        spec = certificate["spec"]
        assert spec["uris"] == [f"spiffe://geminya/{name}"]
        assert spec["secretName"] == f"tls-{name}"
        # The bot answers for its health by certificate, too.
        is_server = name in (*SERVICES, "bot")
        assert spec.get("dnsNames", []) == ([f"{name}.geminya"] if is_server else [])
        assert ("server auth" in spec["usages"]) == is_server
        assert "client auth" in spec["usages"]
    for load in workloads(objects):
        mine = {f"tls-{load.labels[CALLER]}"} if CALLER in load.labels else set()
        assert {name for name, _ in load.secret_names() if name.startswith("tls-")} == mine
        if load.name in (*SERVICES, "bot"):
            assert load.labels[CALLER] == load.name


@every_whole
def test_all_replicas_of_a_service_fit_into_its_connections(objects: list[Object]) -> None:
    roles = (PROJECT / "deploy" / "postgres" / "roles.sql").read_text()
    [limit] = re.findall(r"CREATE ROLE %I LOGIN NOINHERIT CONNECTION LIMIT (\d+)", roles)
    pool = int(settings_of(objects)["GEMINYA_POOL_SIZE"])
    for name, scaler in of_kind(objects, "HorizontalPodAutoscaler").items():
        rolling = of_kind(objects, "Deployment")[name]["spec"]["strategy"]["rollingUpdate"]
        replicas = scaler["spec"]["maxReplicas"] + rolling["maxSurge"]
        assert replicas * pool <= int(limit)


@every_whole
def test_the_bots_share_the_shards(objects: list[Object]) -> None:
    bot = of_kind(objects, "StatefulSet")["bot"]
    [load] = [load for load in workloads(objects) if load.name == "bot"]
    told = {variable["name"]: variable.get("value") for variable in load.main["env"]}
    shares = int(told["GEMINYA_BOT_REPLICAS"] or 0)
    assert int(told["GEMINYA_SHARD_COUNT"] or 0) >= shares
    # One more stands by, so that a restart is not noticed; on a small cluster it may be.
    assert bot["spec"]["replicas"] == (shares if objects is WHOLE["dev"] else shares + 1)
    [ordinal] = [one for one in load.main["env"] if one["name"] == "GEMINYA_BOT_ORDINAL"]
    assert ordinal["valueFrom"] == {
        "fieldRef": {"fieldPath": "metadata.labels['apps.kubernetes.io/pod-index']"}
    }


def test_a_new_replica_is_known_before_an_old_one_goes() -> None:
    """A channel asks for names again at most every 30 s (gRPC's own default)."""
    for service in SERVICES:
        deployment = of_kind(WHOLE["base"], "Deployment")[service]["spec"]
        assert deployment["minReadySeconds"] > 30
        assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_a_service_waits_for_its_own_tables() -> None:
    for load in workloads(WHOLE["base"]):
        if load.name in SERVICES:
            [first] = load.pod["initContainers"]
            assert first["args"] == ["wait", load.name]
            assert load.main["args"] == ["serve", load.name]


def test_the_rotation_is_asked_for_as_the_week_begins() -> None:
    rotation = of_kind(WHOLE["base"], "CronJob")["rotation"]["spec"]
    assert rotation["timeZone"] == "Etc/UTC"
    minute, hour, *_, weekday = rotation["schedule"].split()
    sunday = datetime(2026, 3, 1, tzinfo=UTC)
    at = sunday + timedelta(days=int(weekday), hours=int(hour), minutes=int(minute))
    offset = int(settings_of(WHOLE["base"])["GEMINYA_GAME_DAY_OFFSET_H"])
    there = at + timedelta(hours=offset)
    assert (there.weekday(), there.hour) == (0, 0)
    assert 0 < there.minute < 30


@pytest.mark.parametrize(
    "load",
    {
        load.name: load
        for objects in OVERLAYS.values()
        for load in workloads(objects)
        if OURS in load.main["image"]
    }.values(),
    ids=lambda load: load.name,
)
def test_what_is_run_is_a_command_of_ours(load: Workload) -> None:
    for container in load.containers:
        if "command" in container:
            assert container["command"][0] == "sleep"
            continue
        command: Any = typer.main.get_command(app)
        words = [*container["args"]]
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]
        assert command.callback is not None, container["args"]
        command.make_context("geminya", words)


def test_schedules_do_not_run_into_each_other() -> None:
    for one in of_kind(WHOLE["base"], "CronJob").values():
        spec = one["spec"]
        assert spec["concurrencyPolicy"] == "Forbid"
        assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] <= 4 * 3600
        assert spec.get("suspend", False) == (name_of(one) in ("console", "restore"))


def test_rules_of_the_cluster_ask_for_what_only_the_cluster_knows() -> None:
    [cluster] = [one for one in WHOLE["production"] if name_of(one) == "cluster"]
    runbook = (PROJECT / "docs" / "runbook.md").read_text()
    anchors = {
        re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", runbook, flags=re.MULTILINE)
    }
    for rule in cluster["spec"]["groups"][0]["rules"]:
        assert re.findall(r"\b([a-z_]+)\{", rule["expr"])
        assert all(name.startswith("kube_") for name in re.findall(r"\b([a-z_]+)\{", rule["expr"]))
        document, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (document, anchor in anchors) == ("docs/runbook.md", True), anchor
