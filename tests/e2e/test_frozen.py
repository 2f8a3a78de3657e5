"""A part of the game that its keepers have paused, as a player meets it."""

from tests.support.evening import Evening, note, readable
from tests.support.operators import a_freeze, admin_of, an_unfreeze

PAUSED = (
    "This part of the game is paused by its keepers for a moment. Nothing was taken; please try again "
    "later."
)


async def test_a_player_of_a_frozen_feature_reads_one_sentence(evening: Evening) -> None:
    await evening.player("mira")
    mira = evening.robot("mira")
    admin = admin_of(evening.house, "economy")
    await admin.AdminFreezeFeature(a_freeze("summon", reason="odds look wrong"))
    before = await evening.fingerprint("mira")

    paused = await mira.slash("summon ten")
    many = await mira.slash("summon super", count=2)
    read_all_the_same = await mira.slash("banner pool")

    assert note(paused) == PAUSED
    assert PAUSED in readable(many)
    assert "odds look wrong" not in readable(paused)
    assert PAUSED not in readable(read_all_the_same)
    assert await evening.fingerprint("mira") == before

    await admin.AdminUnfreezeFeature(an_unfreeze("summon"))
    assert "ten-summon" in readable(await mira.slash("summon ten"))
    await evening.game.invariants_hold()


async def test_other_features_are_paused_with_the_same_words(
    evening: Evening,
) -> None:
    await evening.player("mira")
    mira = evening.robot("mira")

    await admin_of(evening.house, "users").AdminFreezeFeature(a_freeze("daily"))
    assert note(await mira.slash("academy daily")) == PAUSED
    await admin_of(evening.house, "users").AdminUnfreezeFeature(an_unfreeze("daily"))
    await admin_of(evening.house, "economy").AdminFreezeFeature(a_freeze("codes"))
    assert note(await mira.slash("code redeem", code="WELCOME-2026")) == PAUSED
