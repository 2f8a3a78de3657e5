"""How a bond grows, what she says, and how its content is read."""

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.text import has_link, has_mention, is_clean
from services.collection.bond import rules
from services.collection.bond.rules.content import OCCASIONS, WAYS
from services.collection.bond.rules.feelings import Tone, words_of
from services.collection.bond.rules.lines import daytime, occasion_of
from services.collection.errors import NicknameNotAllowed, TalkNotAllowed
from tests.unit.collection.bonds import (
    BOND,
    DOCUMENT,
    NOON,
    a_scene,
    a_waifu,
    changed,
    problems,
    wordless,
)
from tests.unit.collection.rows import CONTENT, read_csv

moods = st.integers(-100, 100)
spans = st.timedeltas(timedelta(days=-2), timedelta(days=2))


# The starter content.


def test_the_starter_content_is_rich_enough() -> None:
    assert sum(len(lines.says) for lines in BOND.lines) >= 150
    assert len(BOND.decoration) >= 24
    assert sum(one.earned.way == "free" for one in BOND.decoration.values()) >= 3
    assert {one.earned.way for one in BOND.decoration.values()} == set(WAYS)
    assert len(BOND.memory) >= 10


def test_all_archetypes_of_the_starter_catalogue_have_a_group() -> None:
    archetypes = {row.cells["archetype"] for row in read_csv(CONTENT / "waifus.csv")}

    assert {name for name in archetypes if BOND.group_of(name) is None} == set()


def test_every_favourite_of_the_starter_catalogue_is_a_gift() -> None:
    for row in read_csv(CONTENT / "waifus.csv"):
        wished = json.loads(row.cells["favorite_gifts"])
        found = rules.favorite_gift_ids(BOND, a_waifu(favorite_gifts=json.dumps(wished)))
        assert set(wished) <= found


# Reading content.


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("levels.1", 0, "levels"),
        ("levels.0", 1, "levels"),
        ("levels", [0, 1], "levels"),
        ("limits.talks", -1, "limits.talks"),
        ("limits.room", 6, "limits.room"),
        ("points.favorite_factor", 0, "points.favorite_factor"),
        ("points.talk", 1.5, "points.talk"),
        ("points.talk", True, "points.talk"),
        ("points.talk", "6", "points.talk"),
        ("points.glamour", 1, "points.glamour"),
        ("mood.fade_per_hour", 0, "mood.fade_per_hour"),
        ("mood.journey", -1, "mood.journey"),
        ("mood.word.0.least", -99, "mood.word"),
        ("mood.word.2.least", -59, "mood.word"),
        ("mood.word.0.voice", "loud", "mood.word.0.voice"),
        ("gift.honey_jar.price", 0, "gift.honey_jar.price"),
        ("gift.honey_jar.name", "a\u202eb", "gift.honey_jar.name"),
        ("gift.honey_jar.name", " a", "gift.honey_jar.name"),
        ("gift.honey_jar.description", "a\x00b", "gift.honey_jar.description"),
        ("gift.Bad-Id", {"name": "a", "description": "b", "price": 1}, "gift.Bad-Id.[key]"),
        ("gift.honey_jar.aliases", ["!!"], "gift.honey_jar.aliases.0"),
        ("heard.rude", ["?"], "heard.rude.0"),
        ("decoration.hearth.earned", {}, "decoration.hearth.earned"),
        ("decoration.hearth.earned", {"bond": 2, "stars": 3}, "decoration.hearth.earned"),
        ("decoration.hearth.earned", {"bond": 11}, "decoration.hearth.earned.bond"),
        ("decoration.hearth.earned", {"gift": "moon"}, "decoration.hearth.earned"),
        ("decoration.hearth.earned", {"memory": "moon"}, "decoration.hearth.earned"),
        ("memory.met.earned", {"free": True}, "memory.met.earned"),
        ("memory.met.earned", {"memory": "bond_5"}, "memory.met.earned"),
        ("ways", {"free": "Free."}, "ways"),
        ("group.healer.archetypes", ["Knight"], "group"),
        ("lines.0.group", "nobody", "lines.0.group"),
        ("lines.0.occasion", "sneeze", "lines.0.occasion"),
        ("lines.0.says", ["Take {gift}."], "lines.0.says"),
        ("lines.0.says", ["One.", "One."], "lines.0.says"),
        ("lines.0.says", ["One.", "Two."], "lines"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(path: str, value: Any, place: str) -> None:
    assert place in problems(changed(path, value))


@pytest.mark.parametrize(
    "document", ["", "{", "[]", "7", '"a"', "[" * 100_000, '{"levels": 1e999}']
)
def test_what_is_no_document_is_a_problem(document: str) -> None:
    assert problems(document)


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
), st.sampled_from(sorted(json.loads(DOCUMENT))))  # fmt: skip
def test_no_value_breaks_the_reader(value: Any, table: str) -> None:
    found = rules.read(json.dumps(json.loads(DOCUMENT) | {table: value}))

    assert isinstance(found, list | rules.Bond)


# Numbers.


@given(moods, spans, st.integers(1, 200))
def test_a_mood_comes_back_to_zero_and_never_beyond(mood: int, span: timedelta, fade: int) -> None:
    now = rules.present_mood(mood, NOON - span, NOON, fade)

    assert abs(now) <= abs(mood)
    assert now * mood >= 0
    assert rules.present_mood(-mood, NOON - span, NOON, fade) == -now


@given(moods, st.timedeltas(timedelta(), timedelta(days=2)), st.integers(1, 200))
def test_a_mood_fades_with_time_only(mood: int, span: timedelta, fade: int) -> None:
    earlier = rules.present_mood(mood, NOON, NOON + span, fade)
    later = rules.present_mood(mood, NOON, NOON + span + timedelta(minutes=7), fade)

    assert abs(later) <= abs(earlier)
    assert rules.present_mood(mood, NOON, NOON + timedelta(hours=100), fade) == 0
    assert rules.present_mood(mood, None, NOON, fade) == mood


@pytest.mark.parametrize(
    ("mood", "word"),
    [
        (-100, "heartbroken"), (-60, "heartbroken"), (-59, "sad"), (-20, "sad"), (-19, "neutral"),
        (0, "neutral"), (19, "neutral"), (20, "cheerful"), (59, "cheerful"), (60, "radiant"),
        (100, "radiant"),
    ],
)  # fmt: skip
def test_a_mood_has_a_word(mood: int, word: str) -> None:
    assert rules.mood_word(BOND, mood).name == word


def test_each_level_names_the_points_of_the_next() -> None:
    told = [rules.next_points(BOND, level) for level in range(1, 11)]

    assert told == [*BOND.levels[1:], 0]


@pytest.mark.parametrize(
    ("tone", "level", "is_birthday", "change"),
    [
        ("kind", 1, False, 8), ("kind", 3, False, 9), ("kind", 10, False, 11), ("neutral", 1, False, 2),
        ("rude", 1, False, -18), ("rude", 10, False, -15), ("neutral", 1, True, 8), ("rude", 1, True, -18),
    ],
)  # fmt: skip
def test_a_talk_moves_the_mood(tone: Tone, level: int, is_birthday: bool, change: int) -> None:
    assert rules.talk_mood_change(BOND, tone, level, is_birthday=is_birthday) == change


@pytest.mark.parametrize(
    ("is_favorite", "is_birthday", "points", "change"),
    [(False, False, 12, 10), (True, False, 24, 20), (False, True, 24, 20), (True, True, 48, 40)],
)
def test_a_gift_counts_more_where_it_should(
    is_favorite: bool, is_birthday: bool, points: int, change: int
) -> None:
    how = {"is_favorite": is_favorite, "is_birthday": is_birthday}

    assert rules.gift_points(BOND, 15, **how) == points
    assert rules.gift_mood_change(BOND, **how) == change


@pytest.mark.parametrize(
    ("successes", "failures", "change"),
    [(0, 0, 0), (4, 4, 0), (1, 0, 6), (9, 8, 6), (0, 1, -6), (3, 20, -6)],
)
def test_an_expedition_moves_the_mood(successes: int, failures: int, change: int) -> None:
    assert rules.journey_mood_change(BOND, successes, failures) == change


def test_content_that_knows_no_expeditions_can_be_read() -> None:
    document = json.loads(DOCUMENT)
    del document["mood"]["journey"]

    found = rules.read(json.dumps(document))

    assert isinstance(found, rules.Bond)
    assert found.mood.journey == 6


# Favourites.


@pytest.mark.parametrize(
    ("wish", "gift_id"),
    [
        ("honey_jar", "honey_jar"),
        ("Jar of Honey", "honey_jar"),
        ("JAR OF  HONEY", "honey_jar"),
        ("Red Roses", "wildflowers"),
        ("A book", "mystery_novel"),
        ("Comics", "mystery_novel"),
        ("Silk ribbons", "silver_hairpin"),
        ("Bitter Chocolates", "dark_chocolate"),
        ("Birthday cake", "strawberry_tart"),
        ("Café: black coffee", "black_coffee"),
    ],
)
def test_a_favourite_is_found_by_any_name(wish: str, gift_id: str) -> None:
    waifu = a_waifu(favorite_gifts=json.dumps([wish]))

    assert gift_id in rules.favorite_gift_ids(BOND, waifu)


def test_what_no_gift_is_called_is_no_favourite() -> None:
    waifu = a_waifu(favorite_gifts=json.dumps(["Thunder", "★", "Stringent rules"]))

    assert rules.favorite_gift_ids(BOND, waifu) == set()
    assert words_of("The Boss' glasses") == ["the", "bos", "glasse"]


# Lines.


@pytest.mark.parametrize(
    ("message", "occasion"),
    [
        ("Hello!", "greeting"),
        ("hi there", "greeting"),
        ("This is high", "talk"),
        ("Thanks a lot", "thanks"),
        ("Thank you and good night", "goodbye"),
        ("You are so CUTE!", "compliment"),
        ("I'm so lonely today", "sad"),
        ("What do you like?", "question"),
        ("何が好き？", "question"),
        ("You idiot, thanks", "rude"),
        ("The weather turns.", "talk"),
        ("Hello, how was your day?", "greeting"),
    ],
)
def test_what_was_said_is_understood(message: str, occasion: str) -> None:
    assert occasion_of(BOND, a_scene(message)) == occasion


def test_the_moment_counts_too() -> None:
    said = [rules.Exchange("The weather turns.", "It does.")]

    assert occasion_of(BOND, a_scene("Hello", is_first=True)) == "first"
    assert occasion_of(BOND, a_scene("Shut up", is_first=True)) == "rude"
    assert occasion_of(BOND, a_scene("Hello", is_birthday=True)) == "birthday"
    assert occasion_of(BOND, a_scene("Goodbye", is_birthday=True)) == "goodbye"
    assert occasion_of(BOND, a_scene("the weather   turns", history=said)) == "again"


@pytest.mark.parametrize(
    ("message", "tone"),
    [("You are lovely", "kind"), ("I'm sorry", "kind"), ("You stupid thing", "rude"),
     ("Sorry, but you suck", "rude"), ("It rains", "neutral")],
)  # fmt: skip
def test_a_tone_is_heard(message: str, tone: str) -> None:
    assert rules.tone_of(BOND, message) == tone


@given(
    messages=st.lists(st.sampled_from(["Hello", "Thanks", "It rains.", "Why?", "I am sad", "It rains."]),
        min_size=2, max_size=12),
    mood=moods,
    level=st.integers(1, 10),
    hour=st.integers(0, 23),
    own=st.booleans(),
    archetype=st.sampled_from(["Knight", "Bard", "Nobody"]),
)  # fmt: skip
def test_she_never_gives_the_same_answer_twice_in_a_row(
    messages: list[str], mood: int, level: int, hour: int, own: bool, archetype: str
) -> None:
    waifu = a_waifu(archetype=archetype) if own else wordless(archetype=archetype)
    history: list[rules.Exchange] = []
    for number, message in enumerate(messages):
        scene = a_scene(
            message,
            op_id=f"op {number}",
            waifu=waifu,
            mood=mood,
            bond_level=level,
            time=NOON.replace(hour=hour),
            history=history[-6:],
            is_first=not history,
        )
        reply = rules.talk_reply(BOND, scene)
        assert reply == rules.talk_reply(BOND, scene)
        history.append(rules.Exchange(message, reply))

    assert all(one.reply != other.reply for one, other in pairwise(history))


@given(st.lists(st.booleans(), min_size=2, max_size=8), moods, st.booleans())
def test_she_never_says_the_same_to_two_gifts_in_a_row(
    favorites: list[bool], mood: int, is_birthday: bool
) -> None:
    replies = [""]
    for number, is_favorite in enumerate(favorites):
        scene = a_scene(
            "", op_id=f"op {number}", waifu=a_waifu(), mood=mood, is_birthday=is_birthday
        )
        replies.append(
            rules.gift_reply(BOND, scene, "Jar of Honey", replies[-1], is_favorite=is_favorite)
        )

    assert all(one != other for one, other in pairwise(replies))
    assert not any("{" in reply for reply in replies)


def test_her_own_lines_come_first_and_not_again_for_a_while() -> None:
    waifu = a_waifu(
        special_dialogue=json.dumps({"Greeting": "Oh, it is you.", "happy": "La la la!"})
    )
    said = [rules.Exchange("Hello", "Oh, it is you.")]

    assert rules.talk_reply(BOND, a_scene("Hello", waifu=waifu)) == "Oh, it is you."
    assert rules.talk_reply(BOND, a_scene("Hello", waifu=waifu, history=said)) != "Oh, it is you."
    assert rules.talk_reply(BOND, a_scene("So.", waifu=waifu, mood=80)) == "La la la!"
    assert rules.talk_reply(BOND, a_scene("So.", waifu=waifu, mood=0)) != "La la la!"


def test_what_is_not_asked_for_is_never_said() -> None:
    """A low voice, another archetype, a higher level or another hour: none of their lines comes."""
    unfit = {
        text
        for lines in BOND.lines
        if lines.voice == "low"
        or lines.group not in (None, "guardian")
        or lines.time not in (None, "day")
        or (lines.bond or 1) > 3
        for text in lines.says
    }

    said = {
        rules.talk_reply(BOND, a_scene(message, op_id=str(number), bond_level=3,
            waifu=wordless(archetype="Knight")))
        for message in ("Hello", "It rains.", "Why?", "Thanks", "I am sad", "Bye", "You idiot")
        for number in range(150)
    }  # fmt: skip

    assert not said & unfit
    assert len(said) > 30


def test_every_occasion_can_come_up() -> None:
    assert {lines.occasion for lines in BOND.lines} == set(OCCASIONS)


@pytest.mark.parametrize(
    ("hour", "name"),
    [(0, "night"), (4, "night"), (5, "morning"), (10, "morning"), (11, "day"), (16, "day"),
     (17, "evening"), (21, "evening"), (22, "night")],
)  # fmt: skip
def test_the_day_has_four_parts(hour: int, name: str) -> None:
    assert daytime(datetime(2026, 7, 1, hour)) == name  # noqa: DTZ001


# Texts.


@pytest.mark.parametrize("message", ["?", "...", "❤️", "もしもし", "5", " hello  there "])
def test_what_can_be_said(message: str) -> None:
    assert rules.check_message(message)


@pytest.mark.parametrize(
    "message", ["", "  ", "--", "see https://a.example", "discord.gg/abc", "www.a.example", "a.com"]
)
def test_what_leads_away_or_says_nothing_is_not_allowed(message: str) -> None:
    with pytest.raises(TalkNotAllowed):
        rules.check_message(message)


@pytest.mark.parametrize("name", ["@here", "a@b", "<#1>", "<:smile:1>", "<t:1>", "!", " ", "x.gg"])
def test_what_is_no_nickname(name: str) -> None:
    with pytest.raises(NicknameNotAllowed):
        rules.check_nickname(name)


def test_a_nickname_is_trimmed_and_can_be_taken_back() -> None:
    assert rules.check_nickname("  花  Owl ") == "花 Owl"
    assert rules.check_nickname("") == ""


@given(st.text(max_size=2000))
def test_an_answer_is_clean_whatever_it_was(answer: str) -> None:
    cleaned = rules.clean_answer(answer)

    assert is_clean(cleaned)
    assert len(cleaned) <= 600
    assert not has_mention(cleaned)
    assert not has_link(cleaned)


def test_an_answer_loses_what_it_must_not_have() -> None:
    answer = "Hello\n\n@everyone, see https://evil.example or <@12>!\u202e"

    assert rules.clean_answer(answer) == "Hello see or"
    assert rules.clean_answer("…") == ""
    assert rules.clean_answer("word " * 300).endswith("word…")
