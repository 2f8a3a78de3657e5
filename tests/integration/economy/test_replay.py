"""Every recorded roll can be computed again from seed, nonce, pity and table (I16), by somebody else's code."""

import hashlib
import hmac
from itertools import count
from typing import Any

from geminya.economy.v1 import gacha_pb2 as pb
from tests.support.calls import insist
from tests.support.game import Game, a_summon

BANNERS = ("standard", "high-road-low-road", "the-long-interval", "captains-table")

# What a player who doubts us would write, from the published rules alone. No code of the house is used.


class Draws:
    """Whole numbers out of HMAC-SHA256(server seed, "client seed:nonce:draw")."""

    def __init__(self, server: bytes, client: str, nonce: int) -> None:
        self.server, self.word, self.places = server, f"{client}:{nonce}", count()

    def below(self, n: int) -> int:
        while True:
            text = f"{self.word}:{next(self.places)}".encode()
            block = hmac.new(self.server, text, hashlib.sha256).digest()
            value = int.from_bytes(block[:8], "big")
            # The last, incomplete lap of n would favour small numbers.
            if value < (1 << 64) // n * n:
                return value % n

    def pick(self, weighted: list[list[int]]) -> int:
        point = self.below(sum(weight for _, weight in weighted))
        for thing, weight in weighted:
            if point < weight:
                return thing
            point -= weight
        raise AssertionError


def computed(draws: Draws, table: dict[str, Any], pity: int, pulls: int) -> dict[str, Any]:
    """The summon as it must have been."""
    found: list[dict[str, Any]] = []
    for _ in range(pulls):
        is_pity = table["has_pity"] and pity == 49
        rarity = 3 if is_pity else draws.pick(table["odds"])
        if table["has_pity"]:
            pity = 0 if rarity == 3 else pity + 1
        waifu_id = draws.pick(table["pool"][str(rarity)])
        found.append(
            {"waifu_id": waifu_id, "rarity": rarity, "is_pity": is_pity, "is_guarantee": False}
        )
    if pulls == 10 and all(pull["rarity"] == 1 for pull in found):
        place = draws.below(10)
        lucky = table["guarantee"][draws.below(len(table["guarantee"]))]
        found[place] = {"waifu_id": lucky, "rarity": 2, "is_pity": False, "is_guarantee": True}
    daphine = 0 if table["has_pity"] else sum(draws.below(100) == 0 for _ in range(pulls))
    return {"pulls": found, "pity_after": pity, "daphine": daphine}


async def every_summon_is_as_computed(game: Game) -> list[dict[str, Any]]:
    """Compares the whole record; the players of `Game.has` have seeds that the test knows."""
    recorded = await game.house.rows(
        """
        SELECT summons.*, client_seed, encode(seed_hash, 'hex') AS seed_hash, body
        FROM economy.summons
        JOIN economy.seeds USING (user_id, seed_no)
        JOIN economy.banner_versions ON banner_versions.id = banner_version_id
        ORDER BY user_id, nonce
        """
    )
    for summon in recorded:
        server = hashlib.sha256(f"seed {summon['user_id']}".encode()).digest()
        assert hashlib.sha256(server).hexdigest() == summon["seed_hash"]
        draws = Draws(server, summon["client_seed"], summon["nonce"])
        expected = computed(draws, summon["body"], summon["pity_before"], summon["count"])
        assert {key: summon[key] for key in expected} == expected, summon["op_id"]
    return recorded


async def test_every_recorded_summon_is_what_its_seed_gives(game: Game) -> None:
    for player in (1, 2, 3):
        await game.has(player, crystals=5_000, quartzs=50_000, seed=player)
        for place in range(24):
            banner, size = BANNERS[place % 4], 10 if place % 3 else 1
            await game.summon(a_summon(player, banner=banner, count=size))

    recorded = await every_summon_is_as_computed(game)

    assert len(recorded) == 72
    pulls = [pull for summon in recorded for pull in summon["pulls"]]
    assert any(pull["is_pity"] for pull in pulls)
    assert any(pull["is_guarantee"] for pull in pulls)
    assert any(summon["daphine"] for summon in recorded)


async def test_a_summon_that_a_crash_cut_in_two_is_what_its_seed_gives(game: Game) -> None:
    for moment in range(1, 9):
        player = 100 + moment
        await game.has(player, crystals=250, seed=player)
        async with game.house.dies_at(moment):
            await game.summon(a_summon(player))
        await game.house.wakes_up()
        await insist(lambda: game.gacha.GetPity(pb.GetPityRequest(user_id=1)))

    recorded = await every_summon_is_as_computed(game)

    # Even at the first moment the wish was written down already.
    assert [summon["user_id"] for summon in recorded] == [100 + moment for moment in range(1, 9)]
