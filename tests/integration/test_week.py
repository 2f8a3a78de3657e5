"""A few players live for two days as `make week` lets thousands: whatever they do, no invariant breaks."""

from tests.bench.week.life import Life
from tests.bench.week.visitor import Week
from tests.support.game import Game


async def test_a_few_players_live_for_two_days(game: Game) -> None:
    life, told = Life(game, players=8, days=2), []

    report, world = await life.live(told.append)

    assert await life.broken() == []
    assert sum(told) == life.sessions == 48
    assert len(report.days) == 2
    # They did something of everything that the report tells of, and nothing they did was a bug.
    for wish in (
        "ClaimDaily",
        "Summon",
        "StartExpedition",
        "CompleteExpedition",
        "Talk",
        "Redeem",
        "ClaimAllMissions",
    ):
        assert world.wishes[wish], wish
    # What came and went is what there is.
    flows = report.days[-1].flows
    for currency, stock in report.days[-1].stocks.items():
        moved = sum(amount for (which, _), amount in flows.items() if which == currency)
        assert stock["total"] == moved
    text = "\n".join(report.lines())
    assert "| crystals | mint.daily |" in text
    assert text.count("| --- |") >= 4


async def test_the_same_seed_makes_the_same_players(game: Game) -> None:
    first, second = (Life(game, players=50, days=1, seed=5) for _ in range(2))

    def habits(life: Life) -> list[str]:
        return [life.visitor(Week.of(game), number).habit.name for number in range(50)]

    assert habits(first) == habits(second)
    assert len(set(habits(first))) >= 3
