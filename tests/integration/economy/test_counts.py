"""What a wish costs (goals G1 and G2): round trips and WAL flushes, exact on every machine."""

from geminya.economy.v1 import gacha_pb2 as pb
from tests.support.game import Game, a_summon

FLUSHES_18 = "SELECT sum(fsyncs)::bigint FROM pg_stat_io WHERE object = 'wal'"
FLUSHES_15 = "SELECT wal_sync FROM pg_stat_wal"


async def flushes(game: Game) -> int:
    """WAL flushes of the server so far. Each backend tells its own only when it is asked."""
    version = int(await game.house.value("SHOW server_version_num"))
    sql = FLUSHES_18 if version >= 180000 else FLUSHES_15
    for name in ("users", "collection", "economy"):
        database = game.house.database(name)
        for connection in database._pool._holders:  # type: ignore[union-attr]
            if connection._con is not None:
                await connection._con.execute("SELECT pg_stat_force_next_flush()")
    return int(await game.house.value(sql))


async def warmed_up(game: Game) -> None:
    """Every statement prepared on every connection, the player known everywhere."""
    await game.has(7, crystals=100_000)
    for _ in range(12):
        await game.summon(a_summon())
    await game.house.quiet()


async def test_a_ten_summon_needs_at_most_five_round_trips(game: Game) -> None:
    await warmed_up(game)

    before = game.round_trips()
    answer = await game.summon(a_summon())
    await game.house.quiet()

    # Open, pay, roll, grant; the mark afterwards; a second payment where the rank rose or shards were left.
    assert game.round_trips() - before == 5 + bool(answer.risen_rank)


async def test_a_ten_summon_needs_at_most_four_flushes(durable_game: Game) -> None:
    game = durable_game
    await warmed_up(game)

    before = await flushes(game)
    answer = await game.summon(a_summon())
    await game.house.quiet()
    spent = await flushes(game) - before

    assert not answer.risen_rank
    assert spent <= 4


async def test_a_page_of_summons_needs_one_round_trip_and_no_flush(durable_game: Game) -> None:
    game = durable_game
    await warmed_up(game)
    request = pb.ListSummonsRequest(user_id=7, page_size=5)
    await game.gacha.ListSummons(request)

    trips, synced = game.round_trips(), await flushes(game)
    page = await game.gacha.ListSummons(request)

    assert len(page.summons) == 5
    assert game.round_trips() - trips == 1
    assert await flushes(game) == synced
