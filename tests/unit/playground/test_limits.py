"""Discord's own limits, each at its edge."""

from typing import Any

import pytest

from playground.limits import V2, check_message, command_problems, modal_problems
from playground.limits.modal import choice_problems
from playground.refusal import DiscordError


def a_button(custom_id: str, **more: Any) -> dict:
    return {"type": 2, "style": 1, "label": "x", "custom_id": custom_id, **more}


def a_row(*children: dict) -> dict:
    return {"type": 1, "components": list(children)}


def rows(count: int) -> list[dict]:
    return [a_row(a_button(f"b{n}")) for n in range(count)]


def texts(count: int, letters: int = 1) -> list[dict]:
    return [{"type": 10, "content": "x" * letters} for _ in range(count)]


def a_select(choices: int, **more: Any) -> dict:
    listed = [{"label": str(n), "value": str(n)} for n in range(choices)]
    return {"type": 3, "custom_id": "s", "options": listed, **more}


AN_OPTION = [{"label": "x", "value": "1"}]
AN_EMBED = {"title": "x"}


def fields(count: int) -> dict:
    return {"fields": [{"name": "x", "value": "y"}] * count}


ALLOWED = {
    "2000 letters": {"content": "x" * 2_000},
    "10 embeds": {"embeds": [{"title": "x"}] * 10},
    "25 fields": {"embeds": [fields(25)]},
    "6000 letters in embeds": {"embeds": [{"description": "x" * 3_000}] * 2},
    "5 rows": {"components": rows(5)},
    "5 buttons": {"components": [a_row(*(a_button(str(n)) for n in range(5)))]},
    "25 options": {"components": [a_row(a_select(25))]},
    "custom id of 100": {"components": [a_row(a_button("x" * 100))]},
    "a link": {"components": [a_row({"type": 2, "style": 5, "label": "x", "url": "https://a.b"})]},
    "40 components": {"flags": V2, "components": texts(40)},
    "4000 letters of text": {"flags": V2, "components": texts(2, 2_000)},
    "a container": {"flags": V2, "components": [{"type": 17, "components": texts(1)}]},
}

REFUSED = {
    "2001 letters": {"content": "x" * 2_001},
    "11 embeds": {"embeds": [{"title": "x"}] * 11},
    "26 fields": {"embeds": [fields(26)]},
    "6003 letters in embeds": {"embeds": [{"description": "x" * 2_001}] * 3},
    "a field of 1025": {"embeds": [{"fields": [{"name": "x", "value": "x" * 1_025}]}]},
    "an empty field": {"embeds": [{"fields": [{"name": "", "value": "x"}]}]},
    "6 rows": {"components": rows(6)},
    "6 buttons": {"components": [a_row(*(a_button(str(n)) for n in range(6)))]},
    "26 options": {"components": [a_row(a_select(26))]},
    "a select beside a button": {"components": [a_row(a_select(1), a_button("b"))]},
    "doubled values": {"components": [a_row(a_select(1, options=AN_OPTION * 2))]},
    "custom id of 101": {"components": [a_row(a_button("x" * 101))]},
    "doubled custom ids": {"components": [a_row(a_button("x"), a_button("x"))]},
    "a button without words": {"components": [a_row(a_button("x", label=None))]},
    "a button without a row": {"components": [a_button("x")]},
    "new components, old flag": {"components": texts(1)},
    "content beside new components": {"flags": V2, "content": "x", "components": texts(1)},
    "embeds beside new components": {"flags": V2, "embeds": [AN_EMBED], "components": texts(1)},
    "41 components": {"flags": V2, "components": texts(41)},
    "4001 letters of text": {"flags": V2, "components": [*texts(2, 2_000), *texts(1)]},
    "an empty container": {"flags": V2, "components": [{"type": 17, "components": []}]},
    "half a section": {"flags": V2, "components": [{"type": 9, "components": texts(1)}]},
    "nothing": {},
}


@pytest.mark.parametrize("message", ALLOWED.values(), ids=ALLOWED.keys())
def test_a_message_at_the_edge_is_taken(message: dict) -> None:
    check_message(message)


@pytest.mark.parametrize("message", REFUSED.values(), ids=REFUSED.keys())
def test_a_message_over_the_edge_is_refused(message: dict) -> None:
    with pytest.raises(DiscordError) as refused:
        check_message(message)
    assert refused.value.status == 400
    assert refused.value.code == (50006 if message == {} else 50035)


def test_a_refusal_names_the_field() -> None:
    with pytest.raises(DiscordError) as refused:
        check_message({"components": [a_row(a_button("x" * 101))]}, under=("data",))

    errors = refused.value.body()["errors"]
    [said] = errors["data"]["components"]["0"]["components"]["0"]["custom_id"]["_errors"]
    assert said["code"] == "BASE_TYPE_BAD_LENGTH"


def a_command(name: str = "go", **more: Any) -> dict:
    return {"name": name, "description": "x", **more}


def an_option(name: str = "to", **more: Any) -> dict:
    return {"name": name, "description": "x", "type": 3, **more}


@pytest.mark.parametrize(
    "command",
    [
        a_command("Go"),
        a_command("go there"),
        a_command("x" * 33),
        a_command(description=""),
        a_command(options=[an_option(f"o{n}") for n in range(26)]),
        a_command(options=[an_option(), an_option()]),
        a_command(options=[an_option("a"), an_option("b", required=True)]),
        a_command(options=[an_option(choices=[{"name": str(n), "value": n} for n in range(26)])]),
    ],
)
def test_a_command_over_the_edge_is_refused(command: dict) -> None:
    assert list(command_problems([command]))


def test_a_command_at_the_edge_is_taken() -> None:
    assert not list(command_problems([a_command(options=[an_option(f"o{n}") for n in range(25)])]))


def test_a_modal_has_a_title_and_up_to_five_fields() -> None:
    field = {"type": 4, "style": 1, "label": "x"}
    parts = [a_row(field | {"custom_id": str(n)}) for n in range(6)]

    assert not list(modal_problems({"title": "x", "custom_id": "m", "components": parts[:5]}))
    assert list(modal_problems({"title": "x", "custom_id": "m", "components": parts}))
    assert list(modal_problems({"title": "x" * 46, "custom_id": "m", "components": parts[:1]}))


def test_a_completion_has_up_to_twenty_five_choices() -> None:
    choices = [{"name": "x", "value": "x"}] * 26

    assert not list(choice_problems(choices[:25]))
    assert list(choice_problems(choices))
