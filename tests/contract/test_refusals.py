"""Error reasons, classes and sentences say the same: every reason has one of each, with the same facts."""

import importlib
import importlib.util
import inspect
import string
import tomllib
from collections.abc import Mapping

import pytest

from chassis.operations.refusals import KitRejection
from chassis.rejection import Rejection, by_reason
from geminya.common.v1.refusal_pb2 import Refusal, refusal
from tests.contract.contracts import PROTOS, ROOT

PACKAGES = sorted(path.parents[1].name for path in PROTOS.rglob("error_reason.proto"))
SENTENCES = ROOT / "gateway_bot" / "text" / "refusals.toml"


def reasons_of(package: str) -> dict[str, Refusal]:
    """Reason to how it travels, from the contract."""
    module = importlib.import_module(f"geminya.{package}.v1.error_reason_pb2")
    values = module.ErrorReason.DESCRIPTOR.values
    return {value.name: value.GetOptions().Extensions[refusal] for value in values if value.number}


def classes_of(package: str) -> Mapping[str, type[Rejection]]:
    """Reason to its class."""
    if package == "common":
        return by_reason(KitRejection)
    module = importlib.import_module(f"services.{package}.errors")
    [base] = [
        found
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Rejection) and found.__base__ is Rejection
    ]
    return by_reason(base)


def keys_of(kind: type[Rejection]) -> set[str]:
    """The facts that a refusal is made with."""
    parameters = inspect.signature(kind.__init__).parameters.values()
    return {one.name for one in parameters if one.kind is one.KEYWORD_ONLY}


def places_in(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.fixture
def sentences() -> dict[str, dict[str, str]]:
    if not SENTENCES.exists():
        pytest.skip("gateway_bot/text/refusals.toml is not written yet")
    return tomllib.loads(SENTENCES.read_text())


@pytest.mark.parametrize("package", PACKAGES)
def test_every_reason_has_a_class_and_every_class_a_reason(package: str) -> None:
    assert set(classes_of(package)) == set(reasons_of(package))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_class_has_the_code_and_the_facts_of_its_reason(package: str) -> None:
    for reason, kind in classes_of(package).items():
        travels = reasons_of(package)[reason]
        assert kind.because.value == travels.code, reason
        assert keys_of(kind) == set(travels.keys), reason
        assert places_in(kind.text) <= set(travels.keys), reason
        assert kind.domain == f"{package}.geminya", reason


@pytest.mark.parametrize("package", PACKAGES)
def test_every_reason_has_one_sentence_and_every_sentence_a_reason(
    package: str, sentences: dict[str, dict[str, str]]
) -> None:
    assert set(sentences.get(package, {})) == set(reasons_of(package))


@pytest.mark.parametrize("package", PACKAGES)
def test_a_sentence_uses_facts_that_its_reason_has(
    package: str, sentences: dict[str, dict[str, str]]
) -> None:
    for reason, sentence in sentences.get(package, {}).items():
        assert places_in(sentence) <= set(reasons_of(package)[reason].keys), reason
        assert sentence.strip() == sentence != ""


def test_a_reason_means_one_thing_in_the_whole_house() -> None:
    names = [reason for package in PACKAGES for reason in reasons_of(package)]

    assert len(names) == len(set(names))


def test_there_are_no_sentences_for_packages_that_are_none(
    sentences: dict[str, dict[str, str]],
) -> None:
    tables = {name for name, value in sentences.items() if isinstance(value, dict)}

    assert tables <= set(PACKAGES)
