"""Holds recorded traffic against Discord's own description of its interface."""

import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

SETTING = "GEMINYA_DISCORD_OPENAPI"
BESIDE_THE_PROJECT = Path(__file__).parents[3] / "shared" / "data" / "discord-openapi.json"
URI = "urn:discord-openapi"
METHODS = ("get", "put", "post", "patch", "delete")

# What discord.py sends and Discord accepts, though the description does not say so.
HARMLESS = re.compile(r"(attachments\[\d+\]\.id|\.recipient_id): \d+ is not of type '\w+'")


def description_path() -> Path | None:
    """Where Discord's description is, when it is there."""
    path = Path(os.environ.get(SETTING) or BESIDE_THE_PROJECT)
    return path if path.is_file() else None


class Description:
    """Discord's description, ready to judge requests and answers."""

    def __init__(self, path: Path) -> None:
        self.document = json.loads(path.read_text())
        described = Resource.from_contents(self.document, default_specification=DRAFT202012)
        self._registry = Registry().with_resource(URI, described)
        # Literal segments such as @original come before parameters.
        self._routes = sorted(self.document["paths"], key=lambda template: template.count("{"))
        self._validator = cache(self._make_validator)

    def complaints(self, exchanges: Iterable[Mapping[str, Any]]) -> list[str]:
        """What is wrong with the exchanges; nothing when all is well."""
        return [wrong for exchange in exchanges for wrong in self._judge(exchange)]

    def _judge(self, exchange: Mapping[str, Any]) -> list[str]:
        template = self._template(exchange["method"], exchange["path"])
        where = f"{exchange['method']} {template or exchange['path']}"
        if template is None:
            return [f"{where}: Discord has no such route"]
        found = self._request(template, exchange) + self._answer(template, exchange)
        return [f"{where}: {wrong}" for wrong in found if not HARMLESS.search(wrong)]

    def _template(self, method: str, path: str) -> str | None:
        path = re.sub(r"^/api/v\d+", "", path)
        for template in self._routes:
            pattern = re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template))
            known = self.document["paths"][template]
            if method.lower() in known and re.fullmatch(pattern, path):
                return template
        return None

    def _request(self, template: str, exchange: Mapping[str, Any]) -> list[str]:
        method = exchange["method"].lower()
        # A request that the box refused may well be wrong: that is why it was refused.
        refused = exchange["status"] >= 400
        content = self.document["paths"][template][method].get("requestBody", {}).get("content")
        if not content or refused:
            return []
        kind = "application/json" if "application/json" in content else next(iter(content))
        pointer = f"{_path(template, method)}/requestBody/content/{_escaped(kind)}/schema"
        return self._errors("request", pointer, exchange["body"])

    def _answer(self, template: str, exchange: Mapping[str, Any]) -> list[str]:
        method, status = exchange["method"].lower(), str(exchange["status"])
        if exchange["response"] is None:
            return []
        answers = self.document["paths"][template][method]["responses"]
        declared = status if status in answers else f"{status[0]}XX"
        if "application/json" not in answers.get(declared, {}).get("content", {}):
            return [f"the answer {status} is not described"] if status < "300" else []
        body = f"{_path(template, method)}/responses/{declared}/content/application~1json/schema"
        return self._errors("answer", body, exchange["response"])

    def _errors(self, kind: str, pointer: str, body: Any) -> list[str]:
        errors = map(_most_telling, self._validator(pointer).iter_errors(body))
        return [f"{kind} {error.json_path}: {error.message[:200]}" for error in errors]

    def _make_validator(self, pointer: str) -> Draft202012Validator:
        schema = {"$ref": f"{URI}#{pointer}"}
        checker = FormatChecker()
        return Draft202012Validator(schema, registry=self._registry, format_checker=checker)


def _path(template: str, method: str) -> str:
    return f"/paths/{_escaped(template)}/{method}"


def _escaped(part: str) -> str:
    return quote(part.replace("~", "~0").replace("/", "~1"), safe="~")


def _most_telling(error: ValidationError) -> ValidationError:
    """The leaf below `anyOf` or `oneOf` of the variant that fits best."""
    if not error.context:
        return error
    variants: dict[Any, list[ValidationError]] = {}
    for inner in error.context:
        variants.setdefault(inner.schema_path[0], []).append(inner)
    best = min(variants.values(), key=_distance)
    return _most_telling(max(best, key=lambda inner: len(inner.absolute_path)))


def _distance(errors: list[ValidationError]) -> tuple[int, int]:
    """How far a variant is off: a wrong discriminator means that it is another variant."""
    shallow = (e for e in errors if e.validator in ("const", "enum", "type") and len(e.path) <= 1)
    return sum(1 for _ in shallow), len(errors)
