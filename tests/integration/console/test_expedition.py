"""`geminya expedition` as an operator calls it."""

from pathlib import Path

from tests.integration.expeditions.journeys import Journeys, a_completion
from tests.support.console import Operator, Said
from tests.support.game import Game
from tests.support.house import Houses


async def say(operator: Operator, *words: str) -> Said:
    """Runs `geminya expedition …` to its end."""
    return await operator.says("expedition", *words)


async def test_a_replay_says_whether_it_is_the_same(houses: Houses, tmp_path: Path) -> None:
    journeys = Journeys.of(await houses())
    await journeys.prepare()
    operator = Operator(Game(journeys.house), tmp_path)
    expedition_id = await journeys.starts_and_waits(1, 2)
    early = await say(operator, "replay", expedition_id)
    assert (early.code, "Traceback" in early.err) == (2, False)
    await journeys.rpc.CompleteExpedition(a_completion(expedition_id))

    same = await say(operator, "replay", expedition_id)
    assert (same.code, same.out.split(":")[0]) == (0, "the same, byte for byte")

    await journeys.house.run(
        "UPDATE expeditions.user_expeditions SET final_results = replace(final_results, 'A Door', 'A Wall')"
    )
    other = await say(operator, "replay", expedition_id)
    assert other.code == 1
    assert "A Wall" in other.out
    assert "A Door" in other.out


async def test_a_replay_of_nothing_is_one_sentence(game: Game, tmp_path: Path) -> None:
    operator = Operator(game, tmp_path)

    for named in ("00000000-0000-0000-0000-000000000005", "nonsense", "é"):
        said = await say(operator, "replay", named)
        assert (said.code, said.out, len(said.err.splitlines())) == (2, "", 1)


async def test_the_places_of_the_week_are_told_and_none_is_a_failure(
    houses: Houses, tmp_path: Path
) -> None:
    """A schedule asks that once a week, so that somebody hears of a week without places."""
    journeys = Journeys.of(await houses())
    operator = Operator(Game(journeys.house), tmp_path)
    nothing = await say(operator, "rotation")
    assert (nothing.code, ": 0 places are open" in nothing.out) == (1, True)

    await journeys.prepare()

    found = await say(operator, "rotation")
    assert found.code == 0
    assert len(found.out.splitlines()) > 1
