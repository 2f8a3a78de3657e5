"""Menus and forms work in a process that never opened them."""

from types import SimpleNamespace
from typing import Any

import discord

from gateway_bot import forms
from gateway_bot.buttons import OfferItem, chosen, offer_select, option
from playground.limits import modal_problems
from tests.unit.bot.builders import OWNER, a_desk, an_offers

LONG = "長い名前" * 60
FIELD = forms.Field("word", LONG, description=LONG, placeholder=LONG, max_letters=10)


class Answer:
    def __init__(self) -> None:
        self.forms: list[discord.ui.Modal] = []

    async def send_modal(self, form: discord.ui.Modal) -> None:
        self.forms.append(form)


def submitted(*parts: dict[str, Any]) -> Any:
    return SimpleNamespace(data={"custom_id": "x", "components": [*parts]})


async def test_a_form_asks_at_once_and_leaves_nothing_behind() -> None:
    answer = Answer()
    interaction: Any = SimpleNamespace(response=answer, extras={})
    custom_id = a_desk().sign("close", "reset~7~1")

    await forms.ask(interaction, custom_id, LONG, [FIELD])

    (form,) = answer.forms
    assert form.is_finished()
    assert an_offers().open(OWNER, form.to_dict()["custom_id"]).data == "reset~7~1"
    assert [*modal_problems(form.to_dict())] == []


async def test_a_field_that_may_stay_empty_says_so() -> None:
    field = forms.Field("note", "A note", min_letters=0)
    form = forms.form_of(a_desk().sign("close"), "Note", [field])
    (label,) = form.to_dict()["components"]
    assert label["component"]["required"] is False
    assert [*modal_problems(form.to_dict())] == []


def test_what_was_written_is_read_from_either_layout() -> None:
    labelled = {"type": 18, "component": {"type": 4, "custom_id": "word", "value": " RE  SET "}}
    row = {"type": 1, "components": [{"type": 4, "custom_id": "why", "value": None}]}
    assert forms.answers(submitted(labelled, row)) == {"word": "RE SET", "why": ""}


def test_a_form_that_says_nothing_has_no_answers() -> None:
    assert forms.answers(SimpleNamespace(data=None)) == {}  # type: ignore[arg-type]


async def test_a_menu_is_rebuilt_from_its_custom_id_alone() -> None:
    custom_id = a_desk().sign("album", "0~5~")
    menu: discord.ui.Select[Any] = discord.ui.Select(custom_id=custom_id)
    template = OfferItem.__discord_ui_compiled_template__
    match = template.fullmatch(custom_id)
    assert match
    pressed: list[str] = []

    async def press(_: Any, pressed_id: str) -> None:
        pressed.append(pressed_id)

    interaction: Any = SimpleNamespace(client=SimpleNamespace(tree=SimpleNamespace(press=press)))
    item = await OfferItem.from_custom_id(interaction, menu, match)
    await item.callback(interaction)
    assert pressed == [custom_id]


def test_a_menu_shows_no_more_than_discord_takes() -> None:
    lines = [option(f"{number} {LONG}", str(number), LONG) for number in range(40)]
    row = offer_select(a_desk().sign("album"), LONG, lines, most=40)
    (menu,) = row.to_component_dict()["components"]
    assert len(menu["options"]) == menu["max_values"] == 25
    assert len(menu["placeholder"]) <= 150
    assert all(len(line["label"]) <= 100 for line in menu["options"])


def test_what_was_chosen_is_read_from_the_interaction() -> None:
    assert chosen(SimpleNamespace(data={"values": ["5"]})) == ["5"]  # type: ignore[arg-type]
    assert chosen(SimpleNamespace(data={"component_type": 2})) == ()  # type: ignore[arg-type]
