"""The manifests of deploy/kubernetes as objects, and the small part of kustomize that they use."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2] / "deploy" / "kubernetes"
BASE, DEV, PRODUCTION = ROOT / "base", ROOT / "overlays" / "dev", ROOT / "overlays" / "production"

Object = dict[str, Any]
"""A manifest, or a part of one."""
KNOWN = {"apiVersion", "kind", "resources", "components", "patches", "images"}


def build(folder: Path) -> list[Object]:
    """What `kubectl kustomize` makes of a folder; a field that is not known here is an error."""
    return _apply(folder, [])


def _apply(folder: Path, objects: list[Object]) -> list[Object]:
    rules = yaml.safe_load((folder / "kustomization.yaml").read_text())
    if unknown := rules.keys() - KNOWN:
        raise ValueError(f"{folder.name}: {sorted(unknown)}")
    for name in rules.get("resources", ()):
        path = (folder / name).resolve()
        objects = [*objects, *(build(path) if path.is_dir() else read(path))]
    for name in rules.get("components", ()):
        objects = _apply((folder / name).resolve(), objects)
    for patch in rules.get("patches", ()):
        text = patch["patch"] if "patch" in patch else (folder / patch["path"]).read_text()
        _patch(objects, patch["target"], yaml.safe_load(text))
    for image in rules.get("images", ()):
        for container in (one for load in workloads(objects) for one in load.containers):
            name, _, tag = container["image"].rpartition(":")
            if name == image["name"]:
                container["image"] = f"{image.get('newName', name)}:{image.get('newTag', tag)}"
    return objects


def read(file: Path) -> list[Object]:
    """The objects of a file; what YAML shares by an anchor is not shared any more."""
    return [copy.deepcopy(_unshared(one)) for one in yaml.safe_load_all(file.read_text())]


def _unshared(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _unshared(one) for key, one in value.items()}
    return [_unshared(one) for one in value] if isinstance(value, list) else value


def _patch(objects: Iterable[Object], target: Object, operations: list[Object]) -> None:
    found = [
        one
        for one in objects
        if one["kind"] == target["kind"]
        and one["metadata"]["name"] == target.get("name", name_of(one))
    ]
    if not found:
        raise ValueError(f"nothing is {target}")
    for one in found:
        for operation in operations:
            _change(one, **operation)


def _change(where: Any, *, op: str, path: str, value: Any = None) -> None:
    """One operation of RFC 6902."""
    *steps, last = (part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:])
    for step in steps:
        where = where[int(step) if isinstance(where, list) else step]
    if op == "add" and isinstance(where, list):
        where.insert(len(where) if last == "-" else int(last), _unshared(value))
        return
    key: Any = int(last) if isinstance(where, list) else last
    if op == "test":
        if where[key] != value:
            raise ValueError(f"{path} is {where[key]}, not {value}")
    elif op in ("add", "replace"):
        if op == "replace":
            where[key]  # what is not there cannot be replaced
        where[key] = _unshared(value)
    else:
        raise ValueError(f"operation {op}")


def name_of(one: Object) -> str:
    """Its name."""
    return one["metadata"]["name"]


def of_kind(objects: Iterable[Object], *kinds: str) -> dict[str, Object]:
    """Name to object; two of one name would be a mistake."""
    found = [one for one in objects if one["kind"] in kinds]
    named = {name_of(one): one for one in found}
    assert len(named) == len(found)
    return named


@dataclass(frozen=True, slots=True)
class Workload:
    """Whatever makes pods."""

    kind: str
    name: str
    template: Object

    @property
    def pod(self) -> Object:
        """How its pods are made."""
        return self.template["spec"]

    @property
    def labels(self) -> dict[str, str]:
        """What its pods are called."""
        return self.template["metadata"]["labels"]

    @property
    def containers(self) -> list[Object]:
        """All of them, also those that only come first."""
        return [*self.pod.get("initContainers", ()), *self.pod["containers"]]

    @property
    def main(self) -> Object:
        """The one that the pod is there for."""
        return self.pod["containers"][0]

    @property
    def is_long_lived(self) -> bool:
        """Whether it serves until it is told to end."""
        return self.kind in ("Deployment", "StatefulSet")

    def secret_names(self) -> Iterator[tuple[str, bool]]:
        """Every secret that it mounts, and whether it can do without."""
        for volume in self.pod.get("volumes", ()):
            if "secret" in volume:
                yield volume["secret"]["secretName"], volume["secret"].get("optional", False)
            for source in volume.get("projected", {}).get("sources", ()):
                yield source["secret"]["name"], source["secret"].get("optional", False)


def workloads(objects: Iterable[Object]) -> list[Workload]:
    """Everything that makes pods."""
    found = []
    for one in objects:
        if one["kind"] in ("Deployment", "StatefulSet", "Job"):
            found.append(Workload(one["kind"], name_of(one), one["spec"]["template"]))
        elif one["kind"] == "CronJob":
            template = one["spec"]["jobTemplate"]["spec"]["template"]
            found.append(Workload(one["kind"], name_of(one), template))
    return found


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector means these labels."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for rule in selector.get("matchExpressions", ()):
        if rule["operator"] != "In":
            raise ValueError(f"operator {rule['operator']}")
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Network:
    """What the policies let through between pods."""

    policies: list[Object]
    pods: list[Workload]

    @classmethod
    def of(cls, objects: Iterable[Object]) -> "Network":
        """The network of these manifests."""
        kept = list(objects)
        return cls([*of_kind(kept, "NetworkPolicy").values()], workloads(kept))

    def lets_out(self, source: Workload, target: Workload, port: int) -> bool:
        """Whether the caller's policies allow it."""
        return self._lets("Egress", source, target, port)

    def lets_in(self, source: Workload, target: Workload, port: int) -> bool:
        """Whether the callee's policies allow it."""
        return self._lets("Ingress", target, source, port)

    def _lets(self, way: str, owner: Workload, other: Workload, port: int) -> bool:
        mine = [
            policy["spec"]
            for policy in self.policies
            if way in policy["spec"]["policyTypes"]
            and selects(policy["spec"]["podSelector"], owner.labels)
        ]
        assert mine, f"nothing is denied to {owner.name}"
        side = "to" if way == "Egress" else "from"
        return any(
            _opens(rule, side, other, port) for spec in mine for rule in spec.get(way.lower(), ())
        )


def _opens(rule: Object, side: str, other: Workload, port: int) -> bool:
    if port not in [one["port"] for one in rule["ports"] if one.get("protocol", "TCP") == "TCP"]:
        return False
    return any(
        "namespaceSelector" not in peer and selects(peer["podSelector"], other.labels)
        for peer in rule[side]
        if "podSelector" in peer
    )
