"""The contracts as Python sees them."""

import importlib
from pathlib import Path

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor

from geminya.common.v1.callers_pb2 import Caller, callers

ROOT = Path(__file__).resolve().parents[2]
PROTOS = ROOT / "protos"


def files() -> list[FileDescriptor]:
    """Every file of the contracts."""
    found = []
    for path in sorted(PROTOS.rglob("*.proto")):
        module = ".".join(path.relative_to(PROTOS).with_suffix("").parts) + "_pb2"
        found.append(importlib.import_module(module).DESCRIPTOR)
    return found


def methods() -> dict[str, MethodDescriptor]:
    """Every method, as `users.WalletService/Apply`."""
    return {
        f"{short(service.full_name)}/{method.name}": method
        for file in files()
        for service in file.services_by_name.values()
        for method in service.methods
    }


def short(full_name: str) -> str:
    """`geminya.users.v1.WalletService` as `users.WalletService`."""
    _, package, _, name = full_name.split(".")
    return f"{package}.{name}"


def callers_of(method: MethodDescriptor) -> set[str]:
    """Who may call it."""
    return {
        Caller.Name(caller).removeprefix("CALLER_").lower()
        for caller in method.GetOptions().Extensions[callers]
    }
