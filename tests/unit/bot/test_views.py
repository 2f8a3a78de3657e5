"""Messages become components: complete, escaped, within Discord's limits."""

from typing import Any

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_bot.buttons import OfferItem
from gateway_bot.views import (
    academy,
    album,
    banner,
    collection,
    history,
    series,
    summon,
    waifu,
    welcome,
    words,
)
from gateway_bot.views.help import help_view
from gateway_bot.views.parts import turned
from geminya.collection.v1.catalog_pb2 import Series, Stats
from geminya.collection.v1.roster_pb2 import (
    GetPlaceResponse,
    GetRosterResponse,
    ListSeriesProgressResponse,
    RosterEntry,
    SeriesProgress,
)
from geminya.economy.v1.gacha_pb2 import (
    GetOddsResponse,
    GetPityResponse,
    Pull,
    RarityOdds,
    Summon,
    WaifuOdds,
)
from geminya.users.v1.account_pb2 import ClaimDailyResponse
from geminya.users.v1.wallet_pb2 import LedgerLine
from tests.unit.bot.builders import (
    NOW,
    OWNER,
    a_banner,
    a_desk,
    a_pull,
    a_roster,
    a_summon,
    a_waifu,
    an_account,
    an_entry,
    an_offers,
    an_owned,
    at,
    buttons,
    components,
    crystals,
    quartz,
    shown,
)

THIN = words.THIN
WAIFUS = {number: a_waifu(number) for number in range(1, 21)}
WILD = "**bold** <@1> `code` ||x|| https://example.org [a](b) # h"
MAX_TEXT, MAX_COMPONENTS, MAX_LABEL, MAX_ID = 4000, 40, 80, 100


def fits(view: discord.ui.LayoutView) -> None:
    """Discord would take it."""
    parts = [*components(view)]
    ids = [part["custom_id"] for part in parts if "custom_id" in part]
    assert len(parts) <= MAX_COMPONENTS
    assert sum(len(part["content"]) for part in parts if part["type"] == 10) <= MAX_TEXT
    assert all(part["content"] for part in parts if part["type"] == 10)
    assert all(len(part["label"]) <= MAX_LABEL for part in parts if part["type"] == 2)
    assert len(ids) == len(set(ids))
    assert all(len(custom_id) <= MAX_ID for custom_id in ids)


# ---- words


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0"), (999, "999"), (1900, f"1{THIN}900"), (-1234567, f"−1{THIN}234{THIN}567")],
)
def test_numbers_have_thin_separators(value: int, written: str) -> None:
    assert words.number(value) == written


def test_stars_tell_by_shape() -> None:
    assert words.rarity(1) == "★☆☆"
    assert words.rarity(3) == "★★★"
    assert words.stars(4) == "★★★★☆☆"


@pytest.mark.parametrize(
    ("part", "whole", "bar"),
    [(0, 5, "▱" * 10), (4, 5, "▰" * 8 + "▱" * 2), (9, 5, "▰" * 10), (1, 0, "▰" * 10)],
)
def test_a_bar_has_ten_segments(part: int, whole: int, bar: str) -> None:
    assert words.bar(part, whole) == bar


@given(st.text(max_size=200))
def test_plain_text_never_mentions_or_formats(text: str) -> None:
    told = words.plain(text)
    assert "<@" not in told.replace("\\<", "")
    assert "**" not in told.replace("\\*", "")


def test_chances_keep_their_digits() -> None:
    assert words.share(750_000) == f"75{THIN}%"
    assert words.share(54_176) == f"5.4176{THIN}%"
    assert words.share(12_345_678, words.BILLION) == f"1.2346{THIN}%"


# ---- academy


def a_standing(**facts: Any) -> academy.Standing:
    pity = facts.pop("pity", GetPityResponse(counter=12, limit=50))
    roster = facts.pop("roster", a_roster())
    place = facts.pop("place", GetPlaceResponse(place=4, collector_count=90))
    series = facts.pop("series", ListSeriesProgressResponse(complete_count=1, series_count=24))
    strongest = facts.pop("strongest", [an_entry(1)])
    return academy.Standing(an_account(**facts), roster, pity, series, place, strongest)


def status(**facts: Any) -> discord.ui.LayoutView:
    return academy.status_view(a_standing(**facts), a_desk())


def test_the_status_shows_everything_at_a_glance() -> None:
    view = status()
    text = shown(view)
    fits(view)
    for expected in (
        "Moon Hall",
        f"✦ **1{THIN}900** sakura crystals",
        "◆ **10** quartz",
        "12/50",
        "next 38 pulls",
        f"Power **1{THIN}500**, 2{THIN}000 needed",
        "Waifus **9**, 5 needed",
        "▰▰▰▰▰▰▰▱▱▱",
        "★★★ 1",
        "★☆☆ 6",
        "9 of 150",
        "Days in a row: **3**",
        "1 of 24 complete",
        "place **4** of 90",
        f"<t:{NOW - 86400}:R>",
    ):
        assert expected in text, expected


def test_the_series_nearest_to_completion_are_named() -> None:
    owned = [(9, 9), (8, 9), (5, 6), (3, 4), (1, 4), (0, 5)]
    told = [
        SeriesProgress(series_id=n, name=f"{WILD} 長い {n}", owned_count=has, waifu_count=of)
        for n, (has, of) in enumerate(owned, 1)
    ]
    view = status(series=ListSeriesProgressResponse(series=told, complete_count=1, series_count=6))
    fits(view)
    assert "8 of 9" in shown(view)
    assert "3 of 4" in shown(view)
    assert "1 of 4" not in shown(view)
    assert "9 of 9" not in shown(view)


def test_the_card_of_the_academy_carries_its_alt_text() -> None:
    file = discord.File(__file__, filename="academy.jpg", description="a card")
    view = academy.status_view(a_standing(academy_name=WILD), a_desk(), sheet_file=file)
    fits(view)
    gallery = next(part for part in components(view) if part["type"] == 12)
    assert gallery["items"][0]["description"] == "a card"
    file.close()


def test_the_card_of_the_academy_shows_purse_rank_and_the_strongest() -> None:
    face = academy.academy_face(a_standing(strongest=[an_entry(n) for n in range(1, 6)]))
    assert (face.name, face.crystals, face.quartzs, face.daphine) == ("Moon Hall", 1900, 10, 0)
    assert (face.next_power, face.next_owned_count, face.owned_by_rarity) == (2000, 5, (6, 2, 1))
    assert [card.waifu_id for card in face.top] == [1, 2, 3, 4, 5]


def test_the_bar_shows_the_slower_of_both_conditions() -> None:
    assert "▰▰▱▱▱▱▱▱▱▱" in shown(status(roster=a_roster(owned_count=1, power=1900)))


def test_the_daily_button_is_there_only_while_it_pays() -> None:
    assert list(buttons(status())) == ["Claim the daily reward"]
    claimed = status(can_claim_daily=False)
    assert buttons(claimed) == {}
    assert f"<t:{NOW + 3600}:R>" in shown(claimed)


def test_pity_that_is_due_says_so() -> None:
    text = shown(status(pity=GetPityResponse(counter=49, limit=50)))
    assert "the very next pull" in text


def test_a_name_cannot_format_the_status() -> None:
    assert "\\*\\*bold" in shown(status(academy_name=WILD))


def test_the_daily_reward_tells_the_balance_and_when_to_come_back() -> None:
    claimed = ClaimDailyResponse(
        reward=crystals(500),
        balances=[crystals(2500)],
        daily_streak=4,
        next_daily_time=at(NOW + 60),
    )
    view = academy.daily_view(claimed)
    fits(view)
    text = shown(view)
    assert f"✦{THIN}500 sakura crystals" in text
    assert f"2{THIN}500" in text
    assert "**4**" in text
    assert f"<t:{NOW + 60}:R>" in text


def test_short_answers_fit() -> None:
    for view in (
        academy.renamed_view(WILD),
        welcome.welcome_view(WILD),
        help_view("standard", a_desk()),
    ):
        fits(view)


# ---- summon


def a_summon_view(*pulls: Pull, **facts: Any) -> discord.ui.LayoutView:
    is_repeat, number = facts.pop("is_repeat", False), facts.pop("number", 0)
    made = a_summon(*pulls, **facts)
    return summon.summon_view(made, WAIFUS, a_desk(number), sheet_file=None, is_repeat=is_repeat)


def test_a_ten_summon_has_a_line_for_every_pull() -> None:
    view = a_summon_view()
    fits(view)
    assert shown(view).count("NEW") == 10
    assert all(f"Waifu {number}" in shown(view) for number in range(1, 11))


def test_the_button_to_summon_again_is_a_new_offer_each_time() -> None:
    label = f"Summon ten again · ✦{THIN}100"
    first, second = (buttons(a_summon_view(number=number))[label] for number in (1, 2))
    offers = an_offers()
    opened = offers.open(OWNER, first)
    assert summon.read_order(opened.data) == (10, "standard")
    assert opened.nonce != offers.open(OWNER, second).nonce


def test_a_duplicate_shows_shards_stars_and_marks() -> None:
    pull = a_pull(
        3,
        rarity=3,
        is_new=False,
        shards_gained=50,
        character_shards=70,
        stars_before=3,
        stars_after=4,
        is_pity=True,
    )
    text = shown(a_summon_view(pull, pity_after=0))
    for expected in ("★★★", "+50 shards (70)", "now ★★★★☆☆", "pity", "pity begins anew"):
        assert expected in text, expected


def test_a_full_waifu_shows_the_quartz() -> None:
    text = shown(a_summon_view(a_pull(is_new=False, surplus_quartzs=20)))
    assert "◆ +20" in text


def test_bonuses_of_one_currency_are_added_up() -> None:
    text = shown(a_summon_view(bonus=[quartz(10), quartz(5)], risen_rank=3))
    assert f"gained ◆{THIN}15" in text
    assert "rank 3" in text


def test_an_unknown_waifu_still_has_a_line() -> None:
    assert "№ 999" in shown(a_summon_view(a_pull(999)))


def test_a_repeated_press_says_so() -> None:
    assert "used before" in shown(a_summon_view(is_repeat=True))
    assert "used before" not in shown(a_summon_view())


def test_the_sheet_carries_its_alt_text() -> None:
    file = discord.File(__file__, filename="summon.jpg", description="ten cards")
    view = summon.summon_view(a_summon(), WAIFUS, a_desk(), sheet_file=file)
    gallery = next(part for part in components(view) if part["type"] == 12)
    item = gallery["items"][0]
    assert item["media"]["url"] == "attachment://summon.jpg"
    assert item["description"] == "ten cards"
    file.close()


def test_the_cards_know_what_is_new_and_how_bright_it_shines() -> None:
    faces = summon.faces(a_summon(a_pull(1, stars_after=0)), WAIFUS)
    assert (faces[0].name, faces[0].stars, faces[0].is_new) == ("Waifu 1", 2, True)
    assert "Waifu 1 of Lanterns, 2 stars, new" in summon.alt_text(faces)


# ---- banners


def odds(**facts: Any) -> GetOddsResponse:
    usual: dict[str, Any] = {
        "banner_id": "lanterns",
        "version": 3,
        "rarities": [
            RarityOdds(
                rarity=1,
                base_ppm=750_000,
                effective_ppm=747_000,
                waifu_count=90,
                other_ppb=8_333_333,
            ),
            RarityOdds(
                rarity=3,
                base_ppm=50_000,
                effective_ppm=54_176,
                waifu_count=20,
                featured_ppm=250_000,
                featured=[WaifuOdds(waifu_id=1, ppb=12_500_000)],
                other_ppb=1_973_684,
            ),
        ],
        "pity_limit": 50,
        "mean_pulls_milli": 18_461,
        "guarantee_ppm": 54_000,
    }
    return GetOddsResponse(**usual | facts)


def test_the_list_has_a_button_for_every_open_banner_and_names_the_next_ones() -> None:
    closed = a_banner(banner_id="frost", name="First Frost", is_open=False)
    view = banner.list_view([a_banner(), closed], a_desk())
    fits(view)
    assert [part["type"] for part in components(view)].count(2) == 1
    assert "First Frost" in shown(view)


def test_no_open_banner_is_said() -> None:
    assert "No banner is open" in shown(banner.list_view([], a_desk()))


def test_a_long_list_fits() -> None:
    many = [
        a_banner(banner_id=f"banner-{number}-" + "x" * 40, name="N" * 200) for number in range(30)
    ]
    fits(banner.list_view(many, a_desk()))
    fits(banner.list_view([a_banner(is_open=False, name="*" * 200)] * 30, a_desk()))


def test_a_banner_of_many_words_fits() -> None:
    wordy = {number: a_waifu(number, name="*" * 60, series="_" * 90) for number in range(1, 21)}
    many = a_banner(name="*" * 100, description="*" * 2000, featured_waifu_ids=range(1, 21))
    fits(banner.info_view(many, wordy, a_desk()))
    full = odds()
    for entry in full.rarities:
        entry.featured.extend([WaifuOdds(waifu_id=1, ppb=5)] * 20)
    fits(banner.odds_view(many, full, wordy, a_desk()))
    pulls = [a_pull(number) for number in range(1, 11)]
    fits(summon.summon_view(a_summon(*pulls), wordy, a_desk(), sheet_file=None))


def test_a_banner_shows_prices_window_and_featured_waifus() -> None:
    view = banner.info_view(a_banner(), WAIFUS, a_desk())
    fits(view)
    for expected in (
        "rate-up",
        f"✦{THIN}10 a pull",
        f"✦{THIN}100 for ten",
        "Waifu 2",
        "Lanterns",
        f"<t:{NOW + 3600}:R>",
    ):
        assert expected in shown(view), expected
    assert f"Summon ten · ✦{THIN}100" in buttons(view)


def test_a_closed_banner_cannot_be_summoned_from() -> None:
    labels = buttons(banner.info_view(a_banner(is_open=False), WAIFUS, a_desk()))
    assert not any("Summon" in label for label in labels)


def test_a_switched_off_banner_and_one_without_end_say_so() -> None:
    off = a_banner(is_open=False, is_active=False)
    assert "switched off" in shown(banner.info_view(off, {}, a_desk()))
    endless = a_banner()
    endless.ClearField("end_time")
    assert "always open" in shown(banner.info_view(endless, {}, a_desk()))


def test_the_odds_are_exact_and_name_pity_and_promise() -> None:
    view = banner.odds_view(a_banner(), odds(), WAIFUS, a_desk())
    fits(view)
    for expected in (
        f"5{THIN}%",
        f"5.4176{THIN}%",
        f"25{THIN}%",
        f"Waifu 1: 1.25{THIN}%",
        f"0.1974{THIN}%",
        "of 50 pulls in a row",
        "18.46",
        f"5.4{THIN}%",
        "version 3",
    ):
        assert expected in shown(view), expected
    assert shown(view).index("★★★") < shown(view).index("★☆☆")


def test_a_banner_without_pity_says_so() -> None:
    view = banner.odds_view(a_banner(), odds(pity_limit=0, guarantee_ppm=0), WAIFUS, a_desk())
    assert "no pity" in shown(view)
    assert "Ten-summon" not in shown(view)


# ---- collection


OWN = collection.Owner(7, "Moon Hall")
OTHER = collection.Owner(8, WILD, is_own=False)


def a_page(*entries: Any, **facts: Any) -> collection.Page:
    usual: dict[str, Any] = {"has_more": False, "total": len(entries)}
    return collection.Page(entries, **usual | facts)


def listed(*entries: Any, chosen: collection.Filter | None = None, **facts: Any) -> Any:
    roster, owner = facts.pop("roster", a_roster()), facts.pop("owner", OWN)
    page = facts.pop("page", 0)
    found = a_page(*entries, **facts)
    return collection.collection_view(
        found, owner, roster, chosen or collection.Filter(), page=page, desk=a_desk()
    )


def test_a_page_of_the_collection_fits_and_leads_to_profiles() -> None:
    entries = [an_entry(number) for number in range(1, 9)]
    view = listed(*entries, page=1, has_more=True, total=17)
    fits(view)
    assert {"Profile", "Previous", "Next"} <= set(buttons(view))
    assert "Page 2 of 3" in shown(view)
    assert "20/100 shards" in shown(view)


def test_a_page_button_knows_page_and_filter() -> None:
    chosen = collection.Filter(5, "a~b.c – ü", 8)
    view = listed(an_entry(), chosen=chosen, has_more=True)
    offer = an_offers().open(OWNER, buttons(view)["Next"])
    page, filters = turned(offer.data)
    assert (page, collection.Filter.unpacked(filters)) == (1, chosen)


@given(
    searched=st.text(
        st.characters(exclude_categories=["Cs", "Cc"]),
        min_size=1,
        max_size=collection.QUERY_LETTERS,
    ),
    page=st.integers(0, 250),
)
@settings(max_examples=40)
def test_every_search_can_be_turned(searched: str, page: int) -> None:
    chosen = collection.Filter(2**31 - 1, searched, 36**8 - 1)
    assert collection.Filter.unpacked(chosen.packed()) == chosen
    fits(listed(an_entry(), chosen=chosen, page=page, has_more=True, owner=OTHER, total=9999))
    missing = a_page(an_entry(), has_more=True, total=9999)
    fits(collection.missing_view(missing, OTHER, chosen, page=page, desk=a_desk()))


def test_a_query_that_no_button_can_carry_says_so() -> None:
    chosen = collection.Filter(query="`x`" * 60)
    view = listed(an_entry(), chosen=chosen, has_more=True, total=9)
    fits(view)
    assert list(buttons(view)) == ["Profile"]
    assert "more than 45 letters" in shown(view)


def test_somebody_elses_collection_names_the_academy() -> None:
    view = listed(an_entry(), owner=OTHER)
    assert "The waifus of \\*\\*bold" in shown(view)
    assert "Nobody lives there" in shown(listed(owner=OTHER))
    of_series = listed(an_entry(), owner=OTHER, chosen=collection.Filter(5, "", 8))
    assert "from Lanterns" in shown(of_series)


def test_a_search_says_what_was_asked_and_how_many_there_are() -> None:
    text = shown(listed(an_entry(), chosen=collection.Filter(query="fav:yes `**x"), total=31))
    assert "`fav:yes ˋ**x`" in text
    assert "31 found" in text


def test_who_is_missing_is_shown_without_stars_of_their_own() -> None:
    gone = RosterEntry(waifu=a_waifu(3, name=WILD, series=WILD))
    view = collection.missing_view(
        a_page(gone, total=4), OWN, collection.Filter(), page=0, desk=a_desk()
    )
    fits(view)
    assert "★★☆" in shown(view)
    assert "4 of them" in shown(view)


def test_nobody_missing_is_a_triumph_or_a_narrow_search() -> None:
    for chosen, told in ((collection.Filter(), "complete"), (collection.Filter(5), "there")):
        for owner in (OWN, OTHER):
            view = collection.missing_view(a_page(), owner, chosen, page=0, desk=a_desk())
            assert told in shown(view)


# ---- album


def an_album(*entries: Any, **facts: Any) -> discord.ui.LayoutView:
    chosen, owner = facts.pop("chosen", collection.Filter()), facts.pop("owner", OWN)
    file, page = facts.pop("file", None), facts.pop("page", 0)
    progress = facts.pop("series", [])
    found = a_page(*entries, **facts)
    return album.album_view(
        found, owner, chosen, progress, page=page, sheet_file=file, desk=a_desk()
    )


def test_a_page_of_the_album_shows_who_is_there_and_who_is_not() -> None:
    entries = [an_entry(1, is_favorite=True), RosterEntry(waifu=a_waifu(2))]
    series = [SeriesProgress(series_id=5, name="長い" * 80, owned_count=1, waifu_count=2)]
    view = an_album(*entries, total=2, owned=1, series=series, chosen=collection.Filter(5))
    fits(view)
    for expected in ("Lanterns", "**1** of 2", "**Waifu 1** · ♥", "*Waifu 2*"):
        assert expected in shown(view), expected
    (menu,) = [part for part in components(view) if part["type"] == 3]
    assert [line["value"] for line in menu["options"]] == ["0", "5"]
    assert [line.get("default", False) for line in menu["options"]] == [False, True]
    faces = album.faces(entries)
    assert [face.is_owned for face in faces] == [True, False]


def test_the_fullest_page_of_the_album_fits() -> None:
    wordy = [
        RosterEntry(waifu=a_waifu(n, name=WILD * 4, series="漢" * 200), owned=an_owned(n))
        for n in range(1, 13)
    ]
    series = [SeriesProgress(series_id=n, name="漢" * 200) for n in range(1, 25)]
    file = discord.File(__file__, filename="album.jpg", description="x" * 1024)
    chosen = collection.Filter(2**31 - 1, "", 36**8 - 1)
    facts: dict[str, Any] = {"owner": OTHER, "series": series, "file": file, "chosen": chosen}
    fits(an_album(*wordy, total=9999, owned=3, has_more=True, page=199, **facts))
    file.close()


def test_an_album_of_nobody_says_so() -> None:
    fits(an_album())
    assert "nobody in this series" in shown(an_album())


# ---- series


def a_series(**facts: Any) -> Series:
    usual: dict[str, Any] = {
        "series_id": 5,
        "name": "Lanterns",
        "english_name": "The Lanterns",
        "image_link": "https://pictures.example/lanterns.jpg",
        "genres": ["Drama", "Mystery"],
        "studios": "River House",
        "synopsis": "Lights on a river.",
        "score": 7.5,
        "members": 1200,
        "favorites": 30,
        "media_type": "Novel",
        "waifu_count": 4,
    }
    return Series(**usual | facts)


def test_a_series_tells_its_facts_and_the_own_progress() -> None:
    progress = SeriesProgress(series_id=5, owned_count=1, waifu_count=4)
    view = series.info_view(a_series(), progress, a_desk())
    fits(view)
    for expected in (
        "## Lanterns",
        "The Lanterns",
        "Novel",
        "7.50",
        f"1{THIN}200",
        "Drama, Mystery",
        "River House",
        "Lights on a river.",
        "1 of 4",
    ):
        assert expected in shown(view), expected
    (link,) = [part["url"] for part in components(view) if part.get("url")]
    assert link == "https://pictures.example/lanterns.jpg"
    album_button = next(part for part in components(view) if part.get("label") == "Open the album")
    _, filters = turned(an_offers().open(OWNER, album_button["custom_id"]).data)
    assert collection.Filter.unpacked(filters) == collection.Filter(5)


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", "ftp://x.example/y", "https://", "http://[", "x" * 600]
)
def test_a_link_that_leads_nowhere_is_no_button(link: str) -> None:
    assert series.link_of(a_series(image_link=link)) is None
    assert series.link_of(a_series(image_link="https://x.example/" + "y" * 600)) is None


def test_a_complete_series_says_so() -> None:
    progress = SeriesProgress(owned_count=4, waifu_count=4)
    assert "Complete!" in shown(series.info_view(a_series(), progress, a_desk()))


def test_a_series_that_nobody_is_in_is_not_complete() -> None:
    assert "Complete!" not in shown(series.info_view(a_series(waifu_count=0), None, a_desk()))


def test_series_of_many_words_fit() -> None:
    long = a_series(
        name="漢" * 400,
        english_name=WILD * 20,
        synopsis=WILD * 200,
        studios="*" * 900,
        genres=["_" * 200] * 9,
        media_type="*" * 40,
    )
    fits(series.info_view(long, None, a_desk()))
    rows = [
        a_series(series_id=2**31 - 1 - n, name=long.name, english_name=long.english_name)
        for n in range(8)
    ]
    fits(series.list_view(rows, "漢" * 45, 9999, page=999, has_more=True, desk=a_desk()))


def test_a_kind_of_work_is_told_in_words() -> None:
    one = a_series(media_type="light_novel")

    assert "Light novel · 4 waifus" in shown(series.info_view(one, None, a_desk()))
    assert "Light novel · 4 waifus" in shown(
        series.list_view([one], "", 1, page=0, has_more=False, desk=a_desk())
    )


def test_a_list_of_no_series_says_so() -> None:
    view = series.list_view([], "x", 0, page=0, has_more=False, desk=a_desk())
    assert "No series is called like that" in shown(view)


def test_an_empty_collection_says_what_to_do() -> None:
    assert "/summon ten" in shown(listed(roster=GetRosterResponse()))
    assert "/collection list" in shown(listed(chosen=collection.Filter(query="x")))
    assert "/banner list" in shown(listed(chosen=collection.Filter(5)))


def test_badges_and_nicknames_are_shown() -> None:
    entry = an_entry(
        is_awakened=True, is_favorite=True, custom_nickname="**Lamp**", next_star_cost=0
    )
    text = shown(listed(entry))
    for expected in ("awakened", "♥", "C1", "\\*\\*Lamp\\*\\*", "all stars reached"):
        assert expected in text, expected


# ---- waifu


def test_a_profile_shows_every_filled_field() -> None:
    owned = an_owned(
        custom_nickname="Lamp",
        is_awakened=True,
        is_favorite=True,
        bond_level=4,
        current_mood="happy",
        total_conversations=12,
        last_interaction_time=at(NOW - 60),
        favorite_memory="The first rain",
        room_decorations=["paper_lantern"],
        star_shards=150,
    )
    stats = Stats(hp=1622, atk=78, mag=69, vit=61, spr=52, int=139, spd=35, lck=122)
    view = waifu.profile_view(a_waifu(), owned, a_desk(), sheet_file=None, expedition=stats)
    fits(view)
    for expected in (
        "Waifu 1",
        "Lamp",
        "★★☆",
        "Lanterns",
        "Novel",
        "She keeps the river lights.",
        "HP   91",
        "ATK  82",
        "MAG  73",
        "VIT  64",
        "SPR  55",
        "INT 146",
        "SPD  37",
        "LCK 128",
        "HP  1622   ATK   78",
        "Fire",
        "Mage",
        "**S**",
        "Weak to:** Water",
        "Resists:** Fire",
        "Neutral to: Light",
        "24 July",
        "Old maps",
        "Greeting",
        "Mind the step.",
        "★★☆☆☆☆",
        "20/100 shards",
        "Power **250**",
        "Constellation **1**",
        "Awakened",
        "♥",
        "Bond **4**",
        "Happy",
        "12 talks",
        f"<t:{NOW - 60}:R>",
        "The first rain",
        "Paper lantern",
        "150 shards",
        f"<t:{NOW}:f>",
        "№ 1",
    ):
        assert expected in shown(view), expected


def test_a_stranger_is_shown_without_a_roster_entry() -> None:
    view = waifu.profile_view(a_waifu(), None, a_desk(), sheet_file=None)
    assert "does not live in your academy" in shown(view)


def test_what_is_empty_is_left_out() -> None:
    bare = a_waifu(about="", birthday="", favorite_gifts=[], special_dialogue={}, potency={})
    bare.ClearField("stats")
    text = shown(waifu.profile_view(bare, None, a_desk(), sheet_file=None))
    for absent in ("Birthday", "gifts", "says", "Potency", "Stats", "None"):
        assert absent not in text, absent


@given(text=st.text(max_size=6000) | st.sampled_from(["*" * 6000, "<" * 6000]))
@settings(max_examples=30)
def test_the_longest_profile_fits(text: str) -> None:
    long = a_waifu(
        name=text[:60] or "x",
        about=text * 2,
        favorite_gifts=[text[:200]] * 5,
        special_dialogue={f"{text[:40]}{n}": text for n in range(12)},
        potency={f"{text[:30]}{n}": "S" for n in range(12)},
        birthday=text[:20],
    )
    owned = an_owned(
        custom_nickname=text[:100], favorite_memory=text[:500], room_decorations=[text[:100]] * 9
    )
    fits(waifu.profile_view(long, owned, a_desk(), sheet_file=None, expedition=long.stats))


# ---- history


def moved(version: int, amount: int, **facts: Any) -> LedgerLine:
    usual: dict[str, Any] = {
        "version": version,
        "currency": 1,
        "amount": amount,
        "balance_after": 1000 + amount,
        "reason": "sink.gacha" if amount < 0 else "mint.daily",
        "op_id": f"op-{version}",
        "time": at(NOW + version),
    }
    return LedgerLine(**usual | facts)


def test_a_summon_is_one_entry_with_both_of_its_moves() -> None:
    lines = [
        moved(3, 10, currency=2, reason="mint.summon", op_id="s"),
        moved(3, -100, op_id="s"),
        moved(1, 2000, reason="mint.start", op_id=""),
    ]
    summons = [
        Summon(
            op_id="s",
            banner_name="Open Skies",
            pulls=[a_pull(4, rarity=3), *[a_pull(rarity=1)] * 9],
        )
    ]
    told = history.named(history.entries(lines), summons)
    view = history.history_view(told, WAIFUS, page=0, has_more=False, desk=a_desk())
    fits(view)
    text = shown(view)
    for expected in (
        "Ten-summon · Open Skies",
        "✦ −100",
        "◆ +10",
        "★★★ ×1",
        "★☆☆ ×9",
        "Waifu 4",
        "Gift to a new academy",
        f"✦ +2{THIN}000",
        f"<t:{NOW + 3}:f>",
    ):
        assert expected in text, expected
    assert text.index("✦ −100") < text.index("◆ +10")
    assert history.pulled_waifu_ids(told)[0] == 4
    assert len(history.pulled_waifu_ids(told)) == 10
    assert text.index("Waifu 4") < text.index("Waifu 1")


def test_an_unknown_reason_is_still_a_line() -> None:
    assert history.reason(moved(1, 5, reason="mint.new")) == "Received"
    assert history.reason(moved(1, -5, reason="sink.new")) == "Spent"


def test_a_line_says_what_it_was_for_and_names_its_receipt() -> None:
    lines = [
        moved(3, -1, reason="sink.awaken", subject="waifu:4", op_id="0123abcd-0000"),
        moved(2, -9, reason="sink.gift", subject="gift:honey_jar@4"),
        moved(1, 5, reason="mint.admin", subject="ticket:T-17"),
        moved(0, 5, reason="mint.admin", subject="waifu:9" * 30),
    ]
    told = history.entries(lines)
    view = history.history_view(told, WAIFUS, page=0, has_more=False, desk=a_desk())
    fits(view)
    assert history.pulled_waifu_ids(told) == [4, 4]
    for expected in (
        "Awakening",
        "Waifu 4 · receipt `0123abcd`",
        "-# Honey jar · Waifu 4 · receipt",
        "ticket T-17",
    ):
        assert expected in shown(view), expected


def test_pages_of_the_history_turn_both_ways() -> None:
    told = history.entries([moved(n, -1) for n in range(8, 0, -1)])
    view = history.history_view(told, {}, page=2, has_more=True, desk=a_desk())
    assert set(buttons(view)) == {"Newer", "Older"}
    offer = an_offers().open(OWNER, buttons(view)["Older"])
    assert turned(offer.data)[0] == 3


def test_an_empty_history_says_so() -> None:
    view = history.history_view([], {}, page=0, has_more=False, desk=a_desk())
    assert "Nothing yet" in shown(view)


def test_every_button_is_understood_again_after_a_restart() -> None:
    template = OfferItem.__discord_ui_compiled_template__
    views = [
        status(),
        a_summon_view(),
        listed(an_entry(), has_more=True),
        help_view("standard", a_desk()),
    ]
    for view in views:
        for custom_id in buttons(view).values():
            assert template.fullmatch(custom_id)
