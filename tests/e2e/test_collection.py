"""Lists, albums and series: whatever is turned, chosen or typed, also after the bot was restarted."""

import pytest

from playground import RefusedError
from tests.support.evening import Evening, note, plain, readable


async def test_the_pages_of_list_album_and_missing_turn_after_a_restart(evening: Evening) -> None:
    mira = evening.robot("mira")
    await mira.slash("summon ten")
    await mira.slash("summon ten")
    shown = {
        command: await mira.slash(f"collection {command}")
        for command in ("list", "album", "missing")
    }
    shown["series"] = await mira.slash("series list")

    for command, first in shown.items():
        await evening.restart_bot()
        second = await mira.press(first.message, "Next")
        back = await mira.press(second.message, "Previous")

        assert second.message.id == first.message.id, command
        assert "Page 2 of" in readable(second), command
        assert readable(back) == readable(first), command


async def test_the_menu_of_the_album_opens_a_series_after_a_restart(evening: Evening) -> None:
    mira = evening.robot("mira")
    await mira.slash("summon ten")
    album = await mira.slash("collection album")
    assert album.message.attachments
    (choice, *_) = await mira.autocomplete("collection album", "series", "")
    of_series = await mira.slash("collection album", series=choice["value"])
    await evening.restart_bot()

    progress = await mira.slash("series info", series=choice["value"])
    opened = await mira.press(progress.message, "Open the album")
    menu = await mira.select(of_series.message, "Open another series", "0")

    assert readable(opened) == readable(of_series)
    assert readable(menu) == readable(album)


async def test_a_stranger_cannot_turn_or_choose(evening: Evening) -> None:
    mira, tom = evening.robot("mira"), evening.robot("tom")
    await mira.slash("summon ten")
    album = await mira.slash("collection album")
    for answer in (
        await tom.select(album.message, "Open another series", "0"),
        await tom.press(album.message, "Next"),
    ):
        assert "somebody else's" in note(answer)


async def test_a_query_finds_completes_and_explains_itself(evening: Evening) -> None:
    mira = evening.robot("mira")
    await mira.slash("summon ten")
    await mira.slash("summon ten")

    strong = await mira.slash("collection list", query="rarity>=2 sort:-power")
    missing = await mira.slash("collection missing", query="rarity>=3")
    typed = await mira.autocomplete("collection search", "query", "rar")
    wrong = await mira.slash("collection search", query="rarity>=2 star:many")

    assert "· ★☆☆ ·" not in readable(strong)
    assert "· ★★☆ ·" in readable(strong)
    assert "★★★" in readable(missing)
    assert typed
    assert all(choice["value"].startswith("rar") for choice in typed)
    (said,) = wrong.messages
    assert said.ephemeral
    query, mark = said.text.split("```")[1].strip("\n").split("\n")
    assert query == "rarity>=2 star:many"
    assert 10 <= mark.index("▲") <= len(query)


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "(",
        "sort:",
        "a:b:c",
        "-",
        ">=<",
        "`" * 40,
        "名前:月",
        "x" * 190,
        'series:"Moon',
        "%_\\",
    ],
)
async def test_no_query_breaks_anything(evening: Evening, query: str) -> None:
    mira = evening.robot("mira")
    for command in ("list", "missing"):
        for said in (await mira.slash(f"collection {command}", query=query)).messages:
            assert "Something broke" not in said.text
            assert said.text


async def test_a_query_longer_than_the_contract_is_stopped_by_discord(evening: Evening) -> None:
    with pytest.raises(RefusedError):
        await evening.robot("mira").slash("collection list", query="x" * 191)


async def test_a_series_is_found_by_its_name_and_tells_the_own_progress(evening: Evening) -> None:
    mira = evening.robot("mira")
    await mira.slash("summon ten")
    listed = await mira.slash("series list")
    looked = await mira.press(listed.message, "Look closer")
    nobody = await mira.slash("series list", words="no such story")

    assert "Yours:" in looked.text or "Complete!" in looked.text
    assert "No series is called like that" in readable(nobody)
    assert "No series is called" in note(await mira.slash("series info", series="no such story"))


async def test_the_status_tells_place_and_series(evening: Evening) -> None:
    mira = evening.robot("mira")
    await mira.slash("summon ten")
    status = await mira.slash("academy status")
    assert "place 1 of 1" in plain(status.text).replace("*", "")
    assert "Series" in status.text
    assert status.message.attachments[0]["description"]
