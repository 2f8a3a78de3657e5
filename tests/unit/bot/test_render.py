"""The pictures: same in, same out; nothing overflows; nothing private is asked for."""

import asyncio
import io
import itertools
import os
import socket
import time
import tomllib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from PIL import Image, ImageChops, ImageStat
from yarl import URL

from gateway_bot.pictures import Pictures
from gateway_bot.render import (
    academy,
    album,
    deck,
    download,
    equipment,
    feeling,
    frame,
    journey,
    looks,
    missing,
    photo,
    roles,
    summon_sheet,
    talk,
    text,
)
from gateway_bot.render.academy import AcademyFace
from gateway_bot.render.album import AlbumFace
from gateway_bot.render.card import NAME_WIDTH, CardFace, card, plate_lines, portrait, star_places
from gateway_bot.render.deck import card_size
from gateway_bot.render.download import Gallery, Refused, check_url, guarded_socket, is_public
from gateway_bot.render.equipment import PieceFace
from gateway_bot.render.journey import Gain, HomeFace, JourneyFace, StopFace
from gateway_bot.render.palette import MOODS
from gateway_bot.render.portrait import draw_portrait
from gateway_bot.render.profile import profile_card
from gateway_bot.render.renderer import PictureCache, Renderer, RenderFailed

GOLDEN = Path(__file__).parent / "golden"
DISCORD_LIMIT = 10 * 1024 * 1024
ARCHETYPES = ("Samurai", "Mage", "Archer", "Paladin", "Sage", "Healer", "Trickster", "Bard")
STATS = {"hp": 73, "atk": 93, "mag": 113, "vit": 67, "spr": 68, "int": 82, "spd": 132, "lck": 133}
LONG = "Maximiliane Wilhelmina Æthelflæd von Hohenstaufen-Rosenquist"
NAMES = (
    "Rin",
    LONG,
    "W" * 60,
    "星野ひかり" * 12,
    "Nguyễn Thị Ánh Tuyết",
    "가나다라 마바사",
    "",
    "🦊🌸",
)


def a_face(number: int = 1, **changes: object) -> CardFace:
    element = [*MOODS][number % 10]
    fields: dict[str, object] = {
        "waifu_id": 1_000_000 + number,
        "name": "Haruka Ōtsuki",
        "series": "Moonlit Bakery",
        "rarity": number % 3 + 1,
        "element": element,
        "elements": (element,),
        "archetype": ARCHETYPES[number % 8],
        "stars": number % 6 + 1,
    }
    return CardFace(**(fields | changes))  # type: ignore[arg-type]


def ten() -> list[CardFace]:
    return [a_face(number, is_new=number % 4 == 0) for number in range(10)]


OWN = {"is_awakened": True, "is_favorite": True, "constellation": 4}


def a_page(count: int) -> list[AlbumFace]:
    """A page on which every third waifu is missing, and names of every kind are to be drawn."""
    own = [OWN if number % 5 == 0 else {} for number in range(count)]
    cards = [a_face(n, name=NAMES[n % 6], **own[n]) for n in range(count)]
    return [AlbumFace(card, number % 3 != 2) for number, card in enumerate(cards)]


def an_academy(**changes: object) -> AcademyFace:
    fields: dict[str, object] = {
        "name": "Academy of the Falling Petals",
        "rank": 5,
        "power": 23_450,
        "next_power": 32_000,
        "owned_count": 27,
        "next_owned_count": 25,
        "waifu_count": 2_457,
        "owned_by_rarity": (15, 9, 3),
        "crystals": 12_345,
        "quartzs": 870,
        "daphine": 3,
        "founded": date(2026, 5, 3),
        "top": tuple(face.card for face in a_page(5)),
    }
    return AcademyFace(**(fields | changes))  # type: ignore[arg-type]


EFFECTS = (
    ("affinity_add", "elemental", "fire", "Fire"),
    ("affinity_add", "archetype", "Mage", "Mage"),
    ("affinity_add", "series_id", "7", "星野ひかりの学園"),
    ("affinity_add", "genre", "Romance", "Romance"),
    ("loot_pool_bonus", "", "", "Loot +15 %"),
    ("encounter_count_add", "", "", "Encounters +2"),
    ("something_new", "", "", LONG),
)


def pieces(count: int) -> list[PieceFace]:
    return [
        PieceFace(n, kind, label, category, value, ("ATK +12",) * (n % 6), n % 4 == 0, n % 5 == 0)
        for n, (kind, category, value, label) in zip(
            range(1, count + 1), itertools.cycle(EFFECTS), strict=False
        )
    ]


STOPS = (
    StopFace(1, "STANDARD", "A Door that Remembers", "great_success", "great success",
             "INT 1,512 / 240", (1_200, 4_800, 3_300, 700), 640,
             (Gain("120", "crystals"), Gain("4", "quartzs"), Gain("1 × two-star selector"))),
    StopFace(2, "STANDARD", LONG, "mishap", "mishap", "LCK 40 / 90", (0, 2_000, 5_000, 3_000), 9_990,
             (Gain("7", "crystals"),), (Gain("35", "crystals"), Gain("1 × " + "W" * 60))),
    StopFace(3, "GATED", "Toll Bridge", "skipped", "passed by"),
    StopFace(4, "BOON", "星野ひかりの学園", "success", "success", change="Affinities count for more"),
    StopFace(5, "HAZARD", "Fog", "failure", "failure", change="W" * 60),
    StopFace(6, "something_new", "", "something_new", ""),
)  # fmt: skip


def a_journey(count: int, members: int = 3, **changes: object) -> JourneyFace:
    kinds = itertools.islice(itertools.cycle(STOPS), count)
    fields: dict[str, object] = {
        "name": "The Lantern Road to Moon Harbor",
        "tier": 3,
        "outcome": "great_success",
        "outcome_label": "great success",
        "tally": "4 great · 6 succeeded · 2 failed",
        "members": tuple(
            HomeFace(a_face(3 * n + 1, name=NAMES[n], stars=2 * n + 1), 1_204, 530)
            for n in range(members)
        ),
        "stops": tuple(replace(stop, number=n) for n, stop in enumerate(kinds, 1)),
        "rewards": (Gain("1,240", "crystals"), Gain("3", "daphine"), Gain("equipment: Fire")),
        "fortune": "Nothing out of the ordinary",
        "luck_shares": (300, 1_500, 7_600, 600),
        "luck_roll": 8_123,
    }
    return JourneyFace(**(fields | changes))  # type: ignore[arg-type]


def difference(a: Image.Image, b: Image.Image) -> float:
    """The mean distance of two pictures, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(a.convert("RGB"), b.convert("RGB"))).mean) / 3


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


LAYOUTS: dict[str, Callable[[], Image.Image]] = {
    "portrait": lambda: portrait(a_face(8)),
    "card": lambda: card(a_face(5, is_new=True)),
    "sheet_one": lambda: opened(summon_sheet.summon_sheet([a_face(2)], "A new friend")),
    "sheet_ten": lambda: opened(summon_sheet.summon_sheet(ten(), "Spring banner")),
    "profile": lambda: opened(profile_card(a_face(3, shards=40, shards_needed=100), STATS, 2000)),
    "profile_own": lambda: opened(profile_card(a_face(6, **OWN), STATS, 4000)),
    "card_own": lambda: card(a_face(9, **OWN)),
    "album": lambda: opened(album.album_page(a_page(12), "Moonlit Bakery", 8, 12)),
    "album_short": lambda: opened(album.album_page(a_page(2), "星野ひかりの学園", 2, 2)),
    "academy": lambda: opened(academy.academy_card(an_academy())),
    "talk": lambda: opened(talk.talk_scene(a_face(4, nickname="ひかり", **OWN), 75, 7)),
    "talk_sad": lambda: opened(talk.talk_scene(a_face(6), -80, 1)),
    "shelf": lambda: opened(equipment.equipment_shelf(pieces(14), 20)),
    "journey_short": lambda: opened(journey.journey_strip(a_journey(1, 1))),
    "journey": lambda: opened(journey.journey_strip(a_journey(12, 2))),
    "journey_long": lambda: opened(journey.journey_strip(a_journey(40))),
    "piece": lambda: opened(equipment.equipment_piece(pieces(4)[3])),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_looks_as_it_was_approved(layout: str) -> None:
    """Draws every layout anew; `GEMINYA_GOLDEN=write` approves what is drawn now."""
    picture = LAYOUTS[layout]().convert("RGB").reduce(3)
    file = GOLDEN / f"{layout}.png"
    if os.environ.get("GEMINYA_GOLDEN") == "write":
        picture.save(file, optimize=True)

    with Image.open(file) as approved:
        assert approved.size == picture.size
        assert difference(picture, approved) < 1.5
        # A lost star is little in the whole picture, but much in its own corner.
        parts = ImageChops.difference(picture, approved.convert("RGB")).convert("L").reduce(8)
        assert max(parts.tobytes()) < 16


def test_the_same_summon_gives_the_same_bytes() -> None:
    first = summon_sheet.summon_sheet(ten(), "Spring")
    deck._kept.clear()

    assert summon_sheet.summon_sheet(ten(), "Spring") == first


def test_every_waifu_has_her_own_looks() -> None:
    pictures = [portrait(a_face(0, waifu_id=waifu_id), 0.5) for waifu_id in range(1, 13)]

    assert min(difference(a, b) for a, b in itertools.combinations(pictures, 2)) > 4


def test_looks_do_not_depend_on_stars_or_name() -> None:
    assert portrait(a_face(7, stars=1)) == portrait(a_face(7, stars=6, name="Someone"))


@pytest.mark.parametrize("archetype", [*itertools.chain(*roles.FAMILIES.values()), "Unheard of"])
def test_every_archetype_can_be_drawn(archetype: str) -> None:
    assert portrait(a_face(4, archetype=archetype), 0.25).size == (64, 85)


def test_all_59_archetypes_have_one_family() -> None:
    names = [*itertools.chain(*roles.FAMILIES.values())]

    assert len(names) == len(set(names)) == 59


def test_an_unknown_element_is_drawn_as_neutral() -> None:
    assert card(a_face(1, element="plasma", elements=("plasma",))).mode == "RGBA"


@pytest.mark.parametrize("outfit", sorted({*itertools.chain(*looks.OUTFITS.values())}))
def test_every_piece_of_the_wardrobe_is_worn_by_somebody(outfit: str) -> None:
    worn = (looks.looks_of(i, "fire", ARCHETYPES[i % 8], 1).outfit for i in range(400))

    assert outfit in worn


@pytest.mark.parametrize("stars", range(1, 7))
def test_stars_are_counted_by_shape(stars: int) -> None:
    places = star_places(stars)
    picture = card(a_face(0, stars=stars)).convert("L")

    def brightness(x: float, y: float) -> int:
        return picture.crop((round(x), round(y), round(x) + 1, round(y) + 1)).tobytes()[0]

    assert len(places) == stars
    for x, y in places:
        assert brightness(x + 2, y + 3) > brightness(x, y + 15) + 40, "bright on a dark rim"


@pytest.mark.parametrize("scale", [0.65, 1, 1.4])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_never_leaves_its_plate(name: str, scale: float) -> None:
    for words, size, _ in plate_lines(a_face(1, name=name, series=name), scale):
        assert text.width(words, size, text.BLACK) <= NAME_WIDTH * scale * 1.06
        assert size >= 8


def test_a_long_name_ends_in_an_ellipsis() -> None:
    (words, _, _), *_ = plate_lines(a_face(1, name="W" * 60), 0.65)

    assert words.endswith("…")


def test_every_letter_finds_a_font() -> None:
    used = [text._font_for(letter) for letter in "Aőễ"] + [text._font_for("星")]

    assert used == [0, 0, 0, 1]


def test_without_fonts_words_are_drawn_with_what_pillow_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text.chain.cache_clear()
    monkeypatch.setattr(text, "font_files", lambda: ())

    assert text.width("Rin", 20) > 0
    text.chain.cache_clear()


def test_invisible_letters_are_left_out() -> None:
    assert text.clean("Ri\u202en\n\u0000 A\u0301") == "Rin Á"


def test_a_sheet_is_a_small_jpeg() -> None:
    sheet = summon_sheet.summon_sheet(ten(), "Spring banner")

    assert opened(sheet).format == "JPEG"
    assert len(sheet) < 400 * 1024 < DISCORD_LIMIT


def test_cards_lie_inside_the_sheet_and_beside_each_other() -> None:
    width, height = card_size(deck.SMALL_SCALE)
    sheet_width, sheet_height = summon_sheet.sheet_size(10)
    places = summon_sheet.places(10)

    assert all(x + width <= sheet_width and y + height <= sheet_height for x, y in places)
    for (ax, ay), (bx, by) in itertools.combinations(places, 2):
        assert abs(ax - bx) >= width or abs(ay - by) >= height


def test_a_new_card_is_marked() -> None:
    old, new = (summon_sheet.summon_sheet([a_face(2, is_new=new)], "") for new in (False, True))

    assert difference(opened(old), opened(new)) > 0.5


@pytest.mark.parametrize("count", [0, 11])
def test_a_sheet_has_one_to_ten_cards(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 10 cards"):
        summon_sheet.summon_sheet([a_face()] * count, "")


def test_kept_cards_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deck, "KEPT_CARDS", 3)
    deck._kept.clear()

    for number in range(5):
        deck.kept_card(a_face(number), 0.1, None)

    assert len(deck._kept) == 3


def test_the_sheet_is_told_in_words() -> None:
    words = summon_sheet.alt_text([a_face(2, is_new=True)])

    assert words == "One card: Haruka Ōtsuki, new, 3 stars, Moonlit Bakery, earth Archer."


def test_alt_text_names_every_card_within_the_limit() -> None:
    faces = [a_face(n, name=f"{n} {LONG}", series="S" * 200, is_new=True) for n in range(10)]
    words = summon_sheet.alt_text(faces)

    assert len(words) <= 1000
    assert all(f"{n} Maximiliane" in words for n in range(10))
    assert len(summon_sheet.alt_text([a_face(1, series="S" * 5000)])) <= 1000


def test_a_profile_takes_any_number() -> None:
    stats = {"hp": 0, "atk": -5, "mag": 99_999, "luck of the draw": 7}

    assert opened(profile_card(a_face(1, shards=10**6, shards_needed=5), stats, 10**9))
    assert opened(profile_card(a_face(1, name="W" * 60, nickname="星" * 60), {}, 0))


def test_what_the_owner_made_of_her_is_on_the_card() -> None:
    plain = card(a_face(2))

    for mark in ({"is_awakened": True}, {"is_favorite": True}, {"constellation": 1}):
        assert difference(card(a_face(2, **mark)), plain) > 0.1, mark


def test_every_level_of_a_constellation_can_be_told() -> None:
    cards = [card(a_face(2, constellation=level)) for level in range(7)]

    assert all(difference(a, b) > 0.01 for a, b in itertools.pairwise(cards))


def test_a_kept_card_is_not_shown_for_the_same_waifu_in_another_state() -> None:
    before, after = (deck.kept_card(a_face(2, is_favorite=lock), 0.3, None) for lock in (0, 1))
    shadow = deck.kept_card(a_face(2), 0.3, None, is_owned=False)

    assert difference(before, after) > 0.05
    assert difference(before, shadow) > 20


# The album.


def test_a_missing_waifu_is_a_shadow_that_does_not_give_her_colours_away() -> None:
    shadow, here = missing.missing_card(a_face(2)), card(a_face(2)).convert("RGB")
    hair = (100, 60, 220, 120)

    assert max(ImageStat.Stat(shadow.crop(hair)).stddev) < 14, "nothing can be seen inside of her"
    assert difference(shadow.crop(hair), here.crop(hair)) > 60
    assert difference(missing.missing_card(a_face(2, **OWN)), shadow) == 0


def test_a_missing_waifu_with_a_picture_of_her_own_is_a_shadow_too() -> None:
    shadow = missing.missing_card(a_face(2), 1, photo.shrink(a_photo()))
    green = shadow.crop((30, 60, 100, 120))

    red, green_, blue = ImageStat.Stat(green).mean
    assert green_ < max(red, blue)


@pytest.mark.parametrize(("count", "rows"), [(0, 1), (1, 1), (6, 1), (7, 2), (12, 2)])
def test_a_page_has_as_many_rows_as_it_needs(count: int, rows: int) -> None:
    page = opened(album.album_page(a_page(count), "Album", 0, 0))
    width, height = card_size()

    assert page.size == album.page_size(count)
    assert len(album.places(count)) == 6 * rows
    assert all(
        x + width <= page.width and y + height <= page.height
        for x, y in album.places(12)[: 6 * rows]
    )


def test_a_page_has_at_most_twelve_cards() -> None:
    with pytest.raises(ValueError, match="at most 12 cards"):
        album.album_page(a_page(13), "Album", 1, 13)


@pytest.mark.parametrize(("owned", "total"), [(0, 0), (0, 9), (9, 9), (12, 9), (10**6, 10**7)])
@pytest.mark.parametrize("title", [*NAMES])
def test_a_page_takes_any_title_and_any_count(title: str, owned: int, total: int) -> None:
    assert album.album_page([], title, owned, total)


def test_the_bar_of_a_page_grows_with_what_is_owned() -> None:
    pages = [opened(album.album_page([], "Album", owned, 4)) for owned in range(5)]
    lit = [brightness_of(page.crop((36, 66, page.width - 36, 78))) for page in pages]

    assert lit == sorted(lit)
    assert len({round(value) for value in lit}) == 5


def brightness_of(picture: Image.Image) -> float:
    return ImageStat.Stat(picture.convert("L")).mean[0]


def test_a_page_is_told_in_words() -> None:
    words = album.alt_text(
        [AlbumFace(a_face(1, name="Rin", nickname="Rinrin"), True), AlbumFace(a_face(2), False)],
        "Moonlit Bakery", 1, 2,
    )  # fmt: skip

    assert words == "Moonlit Bakery: 1 of 2. Here: Rinrin. Missing: Haruka Ōtsuki."
    long = [AlbumFace(a_face(n, name="W" * 300), n % 2 == 0) for n in range(12)]
    assert len(album.alt_text(long, "S" * 4000, 1, 2)) <= 1000


# The academy.


def test_an_academy_takes_any_number_and_any_name() -> None:
    huge = an_academy(rank=10**9, power=10**18, next_power=0, crystals=10**18, top=())

    assert academy.academy_card(huge)
    assert academy.academy_card(an_academy(owned_by_rarity=(), owned_count=0, waifu_count=0))
    for name in NAMES:
        assert academy.academy_card(an_academy(name=name, top=()))


def test_an_academy_shows_at_most_five_cards() -> None:
    with pytest.raises(ValueError, match="at most 5 cards"):
        an_academy(top=tuple(ten()))


def test_the_next_rank_needs_both_power_and_waifus() -> None:
    power, waifus, collection = academy.meters(an_academy())

    assert (power.amount, power.goal, waifus.amount, waifus.goal) == (23_450, 32_000, 27, 25)
    assert (collection.amount, collection.goal) == (27, 2_457)


def test_an_academy_is_told_in_words() -> None:
    words = academy.alt_text(an_academy(top=(a_face(1),)))

    assert words == (
        "Academy of the Falling Petals, collector rank 5, power 23,450."
        " 27 of 2457 waifus: 15 of 1 star, 9 of 2 stars, 3 of 3 stars."
        " 12,345 sakura crystals, 870 quartz, 3 daphine. Founded 3 May 2026."
        " In front: Haruka Ōtsuki."
    )


def test_rounded_corners_are_clear() -> None:
    mask = frame.card_mask((320, 448), 18)

    assert (mask.getpixel((0, 0)), mask.getpixel((160, 200))) == (0, 255)


# A moment with her.


@pytest.mark.parametrize(
    ("mood", "name"),
    [
        (100, "radiant"), (60, "radiant"), (59, "cheerful"), (20, "cheerful"), (19, "neutral"),
        (0, "neutral"), (-19, "neutral"), (-20, "sad"), (-59, "sad"), (-60, "heartbroken"), (-100, "heartbroken"),
        (10**6, "radiant"), (-(10**6), "heartbroken"),
    ],
)  # fmt: skip
def test_every_mood_is_a_feeling(mood: int, name: str) -> None:
    assert feeling.feeling_of(mood).name == name


def test_the_picture_calls_a_mood_as_the_words_beside_it_do() -> None:
    content = tomllib.loads(Path("content/bond.toml").read_text(encoding="utf-8"))

    told = {word["name"]: word["least"] for word in content["mood"]["word"]}

    assert told == {each.name: each.least for each in feeling.FEELINGS}


def test_a_feeling_changes_her_face_and_nothing_else() -> None:
    own = looks.looks_of(5, "fire", "Mage", 2)
    faces = {each.name: feeling.with_feeling(own, each) for each in feeling.FEELINGS}
    drawn = [draw_portrait(face, 0.5) for face in faces.values()]
    body = (0, 130, 128, 170)

    assert faces["neutral"] == own
    assert all(difference(a, b) > 0.05 for a, b in itertools.combinations(drawn, 2))
    assert all(difference(a.crop(body), drawn[0].crop(body)) == 0 for a in drawn)


@pytest.mark.parametrize("trinket", ["glasses", "eyepatch", "fox_mask", "witch_hat"])
def test_whoever_laughs_keeps_what_she_wears(trinket: str) -> None:
    own = replace(looks.looks_of(5, "fire", "Mage", 2), trinket=trinket)

    assert draw_portrait(feeling.with_feeling(own, feeling.FEELINGS[0]), 0.5)


@pytest.mark.parametrize("level", [0, 1, 10, 99])
def test_a_talk_takes_any_name_and_any_level(level: int) -> None:
    for name in NAMES:
        assert talk.talk_scene(a_face(3, name=name, nickname=name, series=name), 500, level)


def test_hearts_are_filled_one_by_one() -> None:
    scenes = [opened(talk.talk_scene(a_face(3), 0, level)) for level in range(1, 11)]

    assert all(difference(a, b) > 0.02 for a, b in itertools.pairwise(scenes))


def test_a_photo_speaks_as_well() -> None:
    scene = opened(talk.talk_scene(a_face(3), 40, 2, photo.shrink(a_photo())))

    red, green, _ = ImageStat.Stat(scene.crop((120, 120, 300, 300))).mean
    assert green > red + 100


def test_a_talk_is_told_in_words() -> None:
    words = talk.alt_text(a_face(3, nickname="Rin"), -70, 4)

    assert words == "Rin looks heartbroken. Bond 4 of 10."


# Equipment.


def test_a_piece_lies_on_its_own_place() -> None:
    empty, one = (opened(equipment.equipment_shelf(row, 20)) for row in ([], pieces(9)[8:]))
    left, top, right, bottom = ImageChops.difference(
        empty.crop((0, equipment.HEADER_HEIGHT, *empty.size)),
        one.crop((0, equipment.HEADER_HEIGHT, *empty.size)),
    ).convert("L").point(lambda value: 255 * (value > 24)).getbbox() or (0, 0, 0, 0)  # fmt: skip
    x, y = equipment.place(9)
    y -= equipment.HEADER_HEIGHT

    assert x - 8 <= left < right <= x + equipment.SLOT_WIDTH + 8
    assert y - 8 <= top < bottom <= y + equipment.SLOT_HEIGHT + 8


@pytest.mark.parametrize("count", [0, 1, 4, 5, 20, journey.STOP_LIMIT, journey.STOP_LIMIT + 1, 60])
def test_every_encounter_has_a_place_of_its_own_inside_the_picture(count: int) -> None:
    width, height = journey.page_size(count)
    at = journey.places(count)
    assert len(at) == len(set(at)) == min(count, journey.STOP_LIMIT)
    for x, y in at:
        assert x >= 0
        assert x + journey.STOP_WIDTH <= width
        assert y + journey.STOP_HEIGHT + journey.END_HEIGHT <= height
    assert opened(journey.journey_strip(a_journey(count))).size == (width, height)


def test_a_journey_with_nothing_in_it_can_still_be_seen() -> None:
    bare = a_journey(0, 0, rewards=(), luck_shares=(), tier=0, outcome="", outcome_label="")
    assert journey.journey_strip(bare)
    assert journey.journey_strip(replace(bare, tier=9, rewards=(Gain("W" * 200),) * 30))


def test_no_more_than_a_party_goes() -> None:
    with pytest.raises(ValueError, match="at most 3"):
        replace(a_journey(1), members=(HomeFace(a_face(), 1, 1),) * 4)


def test_a_journey_can_be_heard() -> None:
    assert journey.alt_text(a_journey(2, 1)) == (
        "The Lantern Road to Moon Harbor: great success. With Rin. "
        "Brought home: 1,240 crystals, 3 daphine, equipment: Fire. Nothing out of the ordinary. "
        f"On the way: 1. A Door that Remembers, great success; 2. {LONG[:60]}, mishap."
    )
    assert len(journey.alt_text(a_journey(60))) <= 1000


@pytest.mark.parametrize("slot_no", [0, 21, -3])
def test_the_shelf_has_twenty_places(slot_no: int) -> None:
    with pytest.raises(ValueError, match="no place"):
        equipment.equipment_shelf([replace(pieces(1)[0], slot_no=slot_no)], 20)


def test_places_lie_inside_the_shelf_and_beside_each_other() -> None:
    width, height = equipment.shelf_size()
    places = [equipment.place(slot_no) for slot_no in range(1, 21)]

    assert len(set(places)) == 20
    assert all(x + equipment.SLOT_WIDTH < width for x, _ in places)
    assert all(y + equipment.SLOT_HEIGHT < height for _, y in places)


@pytest.mark.parametrize(
    "change", [{"is_favorite": True}, {"is_away": True}, {"sub_labels": ("ATK +5",)}]
)
def test_what_happened_to_a_piece_can_be_seen(change: dict[str, object]) -> None:
    piece = pieces(1)[0]
    plain = replace(piece, sub_labels=())
    changed = replace(plain, **change)  # type: ignore[arg-type]

    for draw in (equipment.equipment_piece, lambda each: equipment.equipment_shelf([each], 20)):
        assert difference(opened(draw(plain)), opened(draw(changed))) > 0.01


@pytest.mark.parametrize("label", NAMES)
def test_a_piece_takes_any_words(label: str) -> None:
    piece = PieceFace(20, "affinity_add", label, "genre", label, (label,) * 9)

    assert equipment.equipment_piece(piece)
    assert equipment.equipment_shelf([piece], 0)


def test_equipment_is_told_in_words() -> None:
    locked = replace(pieces(1)[0], is_favorite=True, is_away=True)

    assert equipment.alt_text(locked) == "1 Fire, 1 sub slot, favourite, away: ATK +12."
    assert equipment.shelf_alt_text([locked, pieces(2)[1]]) == (
        "2 of 20 places hold equipment: 1 Fire, 1 sub slot, favourite, away; 2 Mage, 2 sub slots."
    )
    assert equipment.shelf_alt_text([]) == "0 of 20 places hold equipment."
    assert len(equipment.shelf_alt_text([replace(locked, label="W" * 900)] * 20)) <= 1000


# Pictures from outside.


def a_photo(size: tuple[int, int] = (300, 500), layout: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (20, 200, 90)).save(out, layout)
    return out.getvalue()


def test_a_photo_becomes_a_small_jpeg_in_the_portraits_shape() -> None:
    small = photo.shrink(a_photo())

    assert (opened(small).format, opened(small).size) == ("JPEG", photo.SIZE)
    assert difference(portrait(a_face(1), 1, small), portrait(a_face(1))) > 20


def test_a_picture_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = a_photo((300, 400))

    monkeypatch.setattr(photo, "PIXEL_LIMIT", 100_000)
    with pytest.raises(ValueError, match="too large"):
        photo.shrink(bomb)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100_000)
    with pytest.raises(Image.DecompressionBombWarning):
        photo.shrink(bomb)


@pytest.mark.parametrize("data", [b"", b"<svg/>", a_photo()[:60], a_photo((9, 9), "BMP")])
def test_what_is_not_a_picture_is_refused(data: bytes) -> None:
    with pytest.raises(OSError):  # noqa: PT011 - Pillow says it in several ways
        photo.shrink(data)


PRIVATE = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1",
)  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET

    assert not is_public(address)
    with pytest.raises(OSError, match="not public"):
        guarded_socket((family, socket.SOCK_STREAM, 0, "", (address, 443)))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_taken(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a.png",
        "ftp://example.com/a.png",
        "file:///etc/passwd",
        "https://example.com:8443/a.png",
        "https://me:secret@example.com/a.png",
        "https://127.0.0.1/a.png",
        "https://[::1]/a.png",
        "https://[::ffff:10.0.0.1]/a.png",
        "/a.png",
    ],
)
def test_only_plain_public_https_is_fetched(url: str) -> None:
    with pytest.raises(Refused):
        check_url(URL(url))


@pytest.fixture
async def gallery() -> AsyncIterator[Gallery]:
    gallery = Gallery()
    yield gallery
    await gallery.close()


@pytest.mark.parametrize("host", ["localhost", "2130706433", "127.1"])
async def test_a_name_that_leads_home_is_refused_when_the_socket_opens(
    gallery: Gallery, host: str
) -> None:
    """Ways to write 127.0.0.1 that do not look like it; aiohttp refuses some of them itself."""
    with pytest.raises((aiohttp.ClientConnectorError, aiohttp.InvalidURL)) as refused:
        await gallery.load(URL(f"https://{host}/a.png"))

    assert "not public" in repr(refused.value) or "not a canonical" in repr(refused.value)


async def shrunk(data: bytes) -> bytes:
    return photo.shrink(data)


async def test_failures_are_remembered_for_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked = [0.0], []

    async def load(self: Gallery, url: URL) -> bytes:
        asked.append(url)
        raise Refused("status 404")

    monkeypatch.setattr(Gallery, "load", load)
    gallery = Gallery(clock=lambda: now[0])
    for now[0] in (0.0, 299.0, 301.0):
        assert await gallery.collect(["https://example.com/a.png"], shrunk, 1) == {}

    assert len(asked) == 2


async def test_a_slow_picture_serves_the_next_summon(monkeypatch: pytest.MonkeyPatch) -> None:
    arrived = asyncio.Event()

    async def load(self: Gallery, url: URL) -> bytes:
        await arrived.wait()
        return a_photo()

    monkeypatch.setattr(Gallery, "load", load)
    gallery, url = Gallery(), "https://example.com/a.png"
    assert await gallery.collect([url], shrunk, 0.01) == {}
    arrived.set()

    assert [*await gallery.collect([url], shrunk, 1)] == [url]
    await gallery.close()


async def test_a_closed_gallery_fetches_nothing() -> None:
    assert await Gallery(is_open=False).collect(["https://example.com/a"], shrunk, 1) == {}


async def test_kept_photos_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "KEPT_COUNT", 2)
    gallery = Gallery()
    for number in range(4):
        gallery._keep(str(number), b"x")

    assert ([*gallery._kept], gallery._kept_bytes) == (["2", "3"], 2)


# The renderer.


in_one_loop = pytest.mark.asyncio(loop_scope="module")
"""Starting a worker takes a second, so the tests share one renderer, and with it one loop."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def renderer() -> AsyncIterator[Renderer]:
    renderer = Renderer(deadline_s=20, gallery=Gallery(is_open=False))
    await renderer.start()
    yield renderer
    await renderer.close()


def pool_of(renderer: Renderer) -> ProcessPoolExecutor:
    assert renderer.workers.pool
    return renderer.workers.pool


@in_one_loop
async def test_the_renderer_draws_elsewhere_what_would_be_drawn_here(renderer: Renderer) -> None:
    assert await renderer.summon_sheet(ten(), "Hi") == summon_sheet.summon_sheet(ten(), "Hi")
    assert await renderer.profile_card(a_face(3), STATS, 7) == profile_card(a_face(3), STATS, 7)
    page, face = a_page(12), an_academy()
    assert await renderer.album_page(page, "Hi", 8, 12) == album.album_page(page, "Hi", 8, 12)
    assert await renderer.academy_card(face) == academy.academy_card(face)
    row = pieces(6)
    assert await renderer.talk_scene(a_face(3), 40, 2) == talk.talk_scene(a_face(3), 40, 2)
    assert await renderer.equipment_shelf(row, 20) == equipment.equipment_shelf(row, 20)
    assert await renderer.equipment_piece(row[2]) == equipment.equipment_piece(row[2])


@in_one_loop
async def test_where_pictures_cannot_be_reached_everybody_is_drawn(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def load(self: Gallery, url: URL) -> bytes:
        raise Refused("status 404")

    monkeypatch.setattr(Gallery, "load", load)
    monkeypatch.setattr(renderer, "gallery", Gallery())
    url = "https://example.com/gone.png"
    lost = [replace(face, card=replace(face.card, image_url=url)) for face in a_page(12)]
    card, academy_face = lost[0].card, an_academy(top=(lost[0].card,))

    assert await renderer.album_page(lost, "Lost", 8, 12) == album.album_page(lost, "Lost", 8, 12)
    assert await renderer.talk_scene(card, 0, 1) == talk.talk_scene(card, 0, 1)
    assert await renderer.academy_card(academy_face) == academy.academy_card(academy_face)


@in_one_loop
async def test_a_finished_picture_is_kept(renderer: Renderer) -> None:
    first = await renderer.summon_sheet(ten(), "Hi")
    begin = time.perf_counter()

    assert await renderer.summon_sheet(ten(), "Hi") is first
    assert time.perf_counter() - begin < 0.05


@in_one_loop
async def test_a_picture_survives_a_killed_worker(renderer: Renderer) -> None:
    await renderer.summon_sheet([a_face(1)], "before")
    old = pool_of(renderer)
    for process in old._processes.values():
        process.kill()

    # Several at once: one of them replaces the pool, all of them get their picture.
    sheets = await asyncio.gather(*(renderer.summon_sheet([a_face(n)], "") for n in range(3)))

    assert all(sheets)
    assert pool_of(renderer) is not old


@in_one_loop
async def test_trouble_in_the_drawing_is_one_kind_of_trouble(renderer: Renderer) -> None:
    with pytest.raises(RenderFailed, match="1 to 10 cards"):
        await renderer.summon_sheet([], "")


@in_one_loop
async def test_every_picture_that_fails_is_an_answer_in_words(renderer: Renderer) -> None:
    pictures = Pictures(renderer)
    nowhere = replace(pieces(1)[0], slot_no=99)

    assert await pictures.album(a_page(13), "Too many", 0, 13, "alt") is None
    assert await pictures.equipment([nowhere], 20, "alt") is None


@in_one_loop
async def test_a_journey_is_drawn_by_a_worker_and_carries_its_words(renderer: Renderer) -> None:
    face = a_journey(3)
    assert await renderer.journey_strip(face) == journey.journey_strip(face)
    file = await Pictures(renderer).journey(face, "a journey")
    assert file
    assert (file.filename, file.description) == ("journey.jpg", "a journey")


@in_one_loop
async def test_every_picture_carries_its_words(renderer: Renderer) -> None:
    pictures, row = Pictures(renderer), pieces(2)
    files = (
        await pictures.album(a_page(1), "One", 1, 1, "an album"),
        await pictures.academy(an_academy(top=()), "an academy"),
        await pictures.talk(a_face(3), 0, 1, "a talk"),
        await pictures.equipment(row, 20, "a shelf"),
        await pictures.piece(row[0], "a piece"),
    )

    told = [file and (file.filename, file.description) for file in files]
    assert told == [
        ("album.jpg", "an album"),
        ("academy.jpg", "an academy"),
        ("talk.jpg", "a talk"),
        ("equipment.jpg", "a shelf"),
        ("piece.jpg", "a piece"),
    ]


@in_one_loop
async def test_a_late_picture_is_no_picture_but_serves_the_next(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as hurry:
        hurry.setattr(renderer, "deadline_s", 0.001)
        with pytest.raises(RenderFailed, match="within"):
            await renderer.summon_sheet(ten(), "late")

    assert await renderer.summon_sheet(ten(), "late")


@in_one_loop
async def test_equal_wishes_are_drawn_once(renderer: Renderer) -> None:
    one, two = await asyncio.gather(*(renderer.summon_sheet(ten(), "twins") for _ in range(2)))

    assert one is two


@in_one_loop
async def test_a_reachable_photo_replaces_the_drawing(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def load(self: Gallery, url: URL) -> bytes:
        return a_photo()

    drawn = await renderer.summon_sheet([a_face(1)], "")
    monkeypatch.setattr(Gallery, "load", load)
    monkeypatch.setattr(renderer, "gallery", Gallery())
    shown = await renderer.summon_sheet([a_face(1, image_url="https://example.com/a.png")], "")

    assert difference(opened(drawn), opened(shown)) > 10


def test_the_cache_holds_so_many_bytes_and_no_more() -> None:
    cache = PictureCache(10)
    for key, size in (("a", 4), ("b", 4), ("a", 5), ("c", 4)):
        cache.put(key, b"x" * size)

    assert (cache.get("b"), cache.get("a"), cache.size_bytes) == (None, b"xxxxx", 9)
