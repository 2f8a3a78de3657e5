"""Every statement of a service can be prepared on the migrated schema, with the service's own role."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from chassis.postgres import admin_connection, label_of
from chassis.settings import SERVICES
from tests.contract.contracts import ROOT
from tests.support.house import known_services
from tests.support.pg import Clone

MAKERS = {"one_statement", "open_statement", "phase_statement"}
KIT = [ROOT / "chassis" / "operations" / name for name in ("gate.py", "once.py", "store.py")]


def sources_of(service: str) -> list[Path]:
    """Where SQL stands: the stores of the slices."""
    return sorted((ROOT / "services" / service).rglob("*.py"))


def statements_in(source: Path) -> Iterator[str]:
    """Every text that begins with a label: constants of the module, and texts inside of functions."""
    module = importlib.import_module(".".join(source.relative_to(ROOT).with_suffix("").parts))
    for name, value in vars(module).items():
        if not name.startswith("_") and isinstance(value, str) and is_statement(value):
            yield value
    tree = ast.parse(source.read_text())
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from texts_in(function, module)


def texts_in(function: ast.AST, module: ModuleType) -> Iterator[str]:
    bodies = {
        id(inner)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in MAKERS
        for inner in ast.walk(node)
    }
    inner_texts = {
        id(part)
        for node in ast.walk(function)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
        if part is not node
    }
    for node in ast.walk(function):
        if id(node) in bodies | inner_texts:
            continue
        if isinstance(node, ast.JoinedStr) and begins_with_label(node):
            # A text that is put together from constants of its module.
            code = compile(ast.Expression(node), module.__name__, "eval")
            yield eval(code, vars(module))
        elif is_statement(text := str(getattr(node, "value", ""))) and isinstance(
            node, ast.Constant
        ):
            yield text


def begins_with_label(node: ast.JoinedStr) -> bool:
    first = node.values[0] if node.values else None
    return isinstance(first, ast.Constant) and str(first.value).strip().startswith("-- ")


def is_statement(text: str) -> bool:
    return text.strip().startswith("-- ") and "\n" in text.strip()


def all_statements(service: str) -> dict[str, list[str]]:
    """Label to the different statements under it."""
    found: dict[str, list[str]] = {}
    for source in [*KIT, *sources_of(service)]:
        for text in statements_in(source):
            texts = found.setdefault(label_of(text), [])
            if text not in texts:
                texts.append(text)
    return found


@pytest.mark.parametrize("service", SERVICES)
async def test_every_statement_can_be_prepared_by_its_service(service: str, clone: Clone) -> None:
    failures: list[str] = []
    async with admin_connection(clone.url_of(service)) as login:
        version = int(await login.value("SELECT current_setting('server_version_num')"))
        for label, texts in all_statements(service).items():
            for text in texts:
                try:
                    await login.run(f"PREPARE this AS {text}")
                    await login.run("DEALLOCATE this")
                    if version >= 160_000:
                        # Planning and opening it also asks for the rights of the role.
                        await login.run(f"EXPLAIN (GENERIC_PLAN) {text}")
                except Exception as error:
                    failures.append(f"{label}: {error}")
    assert failures == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_label_names_one_statement(service: str) -> None:
    doubled = {label for label, texts in all_statements(service).items() if len(texts) > 1}

    assert doubled == set()


def test_the_search_finds_statements_of_every_shape() -> None:
    found = set(all_statements("users"))

    assert {"enter", "claim_daily", "apply", "list_ledger", "rename"} <= found
    assert {"lock_gate", "find_operation", "finish_operation", "open_operation"} <= found
    assert set(known_services()) <= set(SERVICES)
