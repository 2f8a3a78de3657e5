"""A gift code from the operator's hand to the player's purse, over the whole house."""

from geminya.economy.v1.gift_code_pb2_grpc import GiftCodeServiceStub
from tests.integration.economy.codes import WAIFU, WORD, Codes, a_batch, rewards
from tests.support.evening import Evening, note, readable


async def test_a_code_is_redeemed_once_and_for_the_players_eyes_only(evening: Evening) -> None:
    stub = evening.house.stub(GiftCodeServiceStub, "economy", None)
    await stub.AdminCreateCodes(a_batch(gives=rewards(crystals=250, waifus=(WAIFU,))))
    player = await evening.player("mira")
    mira = evening.robot("mira")

    answer = await mira.slash("code redeem", code=f" {WORD.lower()} ")
    again = await mira.slash("code redeem", code=WORD)
    wrong = await mira.slash("code redeem", code="SOMETHING-ELSE")

    assert "250" in readable(answer)
    assert "NEW" in readable(answer)
    assert answer.message.ephemeral
    assert [a["filename"] for a in answer.message.attachments] == ["summon.jpg"]
    assert note(again) == "You have redeemed that code before. Each one works once for you."
    assert note(wrong) == "That code does not work. It may be mistyped, over, or used up."
    assert await Codes(evening.game).redemptions(player) == 1
    await evening.game.invariants_hold()


async def test_a_young_account_waits_for_its_first_code(evening: Evening) -> None:
    stub = evening.house.stub(GiftCodeServiceStub, "economy", None)
    await stub.AdminCreateCodes(a_batch())
    await evening.player("newborn star")

    answer = await evening.robot("newborn star").slash("code redeem", code=WORD)

    assert note(answer).startswith("Your Discord account is still very young.")
    assert await Codes(evening.game).used() == 0
