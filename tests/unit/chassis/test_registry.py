"""Every attribute of a span has its name from the registry, and every name there is used."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis import attributes

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [
    path
    for folder in ("chassis", "services", "gateway_bot")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
SPAN_MAKERS = {"span", "root_span", "start_span", "start_as_current_span"}
SETTERS = {"set_attribute", "set_attributes"}


def names_in(source: Path) -> Iterator[tuple[int, ast.expr]]:
    """Every expression that names an attribute of a span: keys of dictionaries, and first arguments."""
    for node in ast.walk(ast.parse(source.read_text())):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if called == "set_attribute":
            yield node.lineno, node.args[0]
        elif called in SPAN_MAKERS | SETTERS:
            given = [*node.args, *(keyword.value for keyword in node.keywords)]
            for argument in given:
                if isinstance(argument, ast.Dict):
                    yield from ((node.lineno, key) for key in argument.keys if key is not None)


def registered(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text())):
        is_entry = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        if is_entry and node.value.id == "attributes" and node.attr.isupper():
            yield node.attr


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_attributes_are_named_in_the_registry_only(source: Path) -> None:
    for line, name in names_in(source):
        is_ours = (
            isinstance(name, ast.Attribute)
            and isinstance(name.value, ast.Name)
            and name.value.id == "attributes"
        )
        assert is_ours, f"{source}:{line} names an attribute itself: {ast.unparse(name)}"


def test_what_is_used_is_in_the_registry() -> None:
    used = {name for source in SOURCES for name in registered(source)} - {"ALL"}

    assert {getattr(attributes, name, None) for name in used} <= attributes.ALL


def test_the_scan_sees_what_it_looks_for() -> None:
    found = [name for source in SOURCES for _, name in names_in(source)]

    assert len(found) >= 8


def test_no_name_means_two_things() -> None:
    names = [name for name in vars(attributes) if name.isupper() and name != "ALL"]

    assert len({getattr(attributes, name) for name in names}) == len(names)
