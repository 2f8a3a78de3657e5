"""`geminya banner`, `roll` and `fairness` as an operator calls them."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from geminya.economy.v1 import gacha_pb2 as pb
from tests.integration.economy.test_banners import everything, shown
from tests.support.calls import an_op
from tests.support.console import Operator, Said
from tests.support.game import Game, a_summon

WHY = ("--reason", "the spring festival")
SPRING = """
[[banner]]
banner_id = "spring"
name = "Spring"
type = "rate-up"
start_time = 2026-01-01T00:00:00Z
end_time = 2027-01-01T00:00:00Z
cost = 10
currency_type = "sakura_crystals"
series_ids = [1000005]
"""
AUDITED = """SELECT operator, reason, before, after FROM economy.audit
    WHERE action = '{}_banner{}' ORDER BY at"""


class Keeper(Operator):
    """Somebody who keeps banners."""

    def file(self, text: str = SPRING) -> str:
        """A file in the folder."""
        (self.folder / "banners.toml").write_text(text, encoding="utf-8")
        return "banners.toml"

    async def banner(self, *words: str) -> Said:
        """Runs `geminya banner …` to its end."""
        return await self.says("banner", *words)


@pytest.fixture
async def keeper(game: Game, tmp_path: Path) -> Keeper:
    return Keeper(game, tmp_path)


async def test_a_banner_goes_from_a_file_into_force(keeper: Keeper) -> None:
    file = keeper.file()
    before = await everything(keeper.game)

    checked = await keeper.banner("lint", file)
    tried = await keeper.banner("simulate", "spring", "--file", file, "--players", "50")
    told = await keeper.banner("import", file, *WHY)

    assert (checked.code, checked.out.split()[:2]) == (0, ["0", "problems"])
    assert (tried.code, tried.err) == (0, "")
    assert "any three-star waifu" in tried.out
    assert "18.46" in tried.out
    assert "daily reward" in tried.out
    assert (told.code, "nothing was changed" in told.out) == (0, True)
    assert await everything(keeper.game) == before

    done = await keeper.banner("import", file, *WHY, "--yes", "--op", told.op_id)
    again = await keeper.banner("import", file, *WHY, "--yes", "--op", told.op_id)

    assert (done.code, again.code) == (0, 0)
    assert (await shown(keeper.game, "spring")).is_open
    [row] = [
        row
        for row in await keeper.game.house.rows(AUDITED.format("import", "s"))
        if "spring" in row["after"]
    ]
    assert (row["operator"], row["reason"]) == ("mina", WHY[1])


async def test_a_broken_file_is_named_and_nothing_is_written(keeper: Keeper) -> None:
    file = keeper.file(SPRING.replace("cost = 10", "cost = 0").replace("1000005", "99"))
    before = await everything(keeper.game)

    checked = await keeper.banner("lint", file, "--json")
    tried = await keeper.banner("simulate", "spring", "--file", file)
    done = await keeper.banner("import", file, *WHY, "--yes")

    assert {one["field"] for one in json.loads(checked.out)["problems"]} == {"cost", "series_ids"}
    assert (checked.code, tried.code, done.code) == (1, 1, 1)
    assert "0 is not between 1 and 1000000" in done.out
    assert await everything(keeper.game) == before


async def test_warnings_are_told_and_stop_nothing(keeper: Keeper) -> None:
    done = await keeper.banner(
        "import", keeper.file(SPRING.replace("cost = 10", "cost = 99")), *WHY, "--yes"
    )

    assert done.code == 0
    assert "99 is far from the usual 10" in done.out
    assert (await shown(keeper.game, "spring")).price.amount == 99


async def test_a_banner_is_scheduled_ended_and_switched_on(keeper: Keeper) -> None:
    asked = ("schedule", "standard", "--ends", "2030-05-01", *WHY)

    told = await keeper.banner(*asked)
    assert "2035-01-01T00:00:00+00:00 → 2030-05-01T00:00:00+00:00" in told.out
    assert (await shown(keeper.game)).end_time.ToDatetime().year == 2035

    done = await keeper.banner(*asked, "--yes", "--op", told.op_id)
    again = await keeper.banner(*asked, "--yes", "--op", told.op_id)
    assert (done.code, again.code) == (0, 0)
    assert (await shown(keeper.game)).end_time.ToDatetime().year == 2030

    ended = await keeper.banner("end", "standard", *WHY, "--yes")
    assert "yes → no" in ended.out
    assert not (await shown(keeper.game)).is_open
    await keeper.banner("schedule", "standard", "--on", *WHY, "--yes")
    assert (await shown(keeper.game)).is_open
    assert len(await keeper.game.house.rows(AUDITED.format("schedule", ""))) == 3


async def test_lists_are_tables_or_json(keeper: Keeper) -> None:
    table = await keeper.banner("list")
    rows = json.loads((await keeper.banner("list", "--json")).out)
    facts = json.loads((await keeper.banner("show", "captains-table", "--json")).out)
    versions = json.loads((await keeper.banner("versions", "standard", "--json")).out)
    tried = json.loads((await keeper.banner("simulate", "captains-table", "--json")).out)

    assert "4 banners, 4 open" in table.out
    assert {row["banner_id"] for row in rows} >= {"standard", "captains-table"}
    assert (facts["price"], facts["currency"], facts["type"]) == (100, "quartzs", "premium")
    assert facts["odds"][0]["a_pull"] == "5 %"
    assert [(one["version"], one["is_in_force"]) for one in versions] == [(1, True)]
    assert tried["price_per_three_star"] == 2_000
    assert tried["warnings"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("show", "winter"),
        ("versions", "winter"),
        ("simulate", "winter"),
        ("end", "winter", *WHY),
        ("schedule", "standard", *WHY),
        ("schedule", "standard", "--ends", "1999-01-01", *WHY, "--yes"),
        ("lint", "nothing.toml"),
        ("import", "nothing.toml", *WHY),
        ("show", "Wín ter"),
        ("end", "standard", "--reason", "x", "--yes"),
    ],
)
async def test_what_cannot_be_is_one_sentence(keeper: Keeper, words: tuple[str, ...]) -> None:
    said = await keeper.banner(*words)

    assert said.code == 2
    assert len(said.err.strip().splitlines()) == 1
    assert "Traceback" not in said.err


# Rolls and proofs.


async def test_a_roll_is_replayed_and_a_changed_one_is_found_out(keeper: Keeper) -> None:
    game = keeper.game
    await game.has(7, crystals=100)
    request = a_summon()
    await game.summon(request)
    asked = ("roll", "replay", request.op.op_id, "--user", "7")

    same = await keeper.says(*asked)
    await game.house.run(
        "UPDATE economy.summons SET pulls = jsonb_set(pulls, '{0,waifu_id}', '1000121')"
    )
    other = await keeper.says(*asked)
    nobody = await keeper.says("roll", "replay", str(uuid.uuid4()), "--user", "7")

    assert (same.code, same.out) == (0, "the same: 10 pulls on Every Lamp in the Harbour\n")
    assert other.code == 1
    assert "1000121" in other.out
    assert (nobody.code, len(nobody.err.strip().splitlines())) == (2, 1)


async def test_a_proof_is_checked_without_a_house(keeper: Keeper) -> None:
    game = keeper.game
    await game.has(7, crystals=100)
    request = a_summon()
    await game.summon(request)
    await game.gacha.RotateSeed(pb.RotateSeedRequest(op=an_op()))
    asked = pb.GetProofRequest(user_id=7, op_id=request.op.op_id)
    proof: dict[str, Any] = json.loads((await game.gacha.GetProof(asked)).proof_json)
    file = keeper.folder / "proof.json"

    file.write_text(json.dumps(proof), encoding="utf-8")
    good = await keeper.says("fairness", "verify", "proof.json")
    file.write_text(json.dumps(proof | {"nonce": 9}), encoding="utf-8")
    bad = await keeper.says("fairness", "verify", "proof.json")
    file.write_text("[]", encoding="utf-8")
    none = await keeper.says("fairness", "verify", "proof.json")

    assert (good.code, good.out[:5]) == (0, "TRUE:")
    assert (bad.code, bad.out[:6]) == (1, "FALSE:")
    assert (none.code, "is not a proof" in none.err) == (2, True)
