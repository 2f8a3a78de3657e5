"""Every shard is served by exactly one bot, and no bot has more than one more than another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.settings import SettingsError
from gateway_bot.shares import Fleet, packed, shards_of, unpacked
from gateway_bot.sockets import Session
from gateway_bot.turns import bucket_of
from tests.support.house import GivenSettings


@given(shares=st.integers(1, 60), shard_count=st.integers(0, 2_000))
def test_every_shard_is_in_exactly_one_share(shares: int, shard_count: int) -> None:
    cut = [shards_of(share, shares, shard_count) for share in range(shares)]

    assert [shard for shards in cut for shard in shards] == [*range(shard_count)]
    sizes = {len(shards) for shards in cut}
    assert max(sizes) - min(sizes) <= 1


@given(shares=st.integers(1, 60), ordinal=st.integers(0, 200))
def test_a_bot_looks_at_every_share_and_first_at_its_own(shares: int, ordinal: int) -> None:
    fleet = Fleet("me", shard_count=shares, shares=shares, ordinal=ordinal)

    looked_at = [*fleet.numbers()]

    assert sorted(looked_at) == [*range(shares)]
    assert fleet.has_own == (looked_at[0] == ordinal)


@given(shard=st.integers(0, 10_000), max_concurrency=st.sampled_from([1, 16, 32, 64]))
def test_neighbours_begin_in_different_buckets(shard: int, max_concurrency: int) -> None:
    buckets = {bucket_of(shard + further, max_concurrency) for further in range(max_concurrency)}

    assert buckets == {*range(max_concurrency)}


@pytest.mark.parametrize(("shard_count", "replicas"), [(0, 2), (1, 2), (3, 4)])
def test_bots_without_a_shard_each_do_not_start(shard_count: int, replicas: int) -> None:
    settings = GivenSettings(shard_count=shard_count, bot_replicas=replicas)

    with pytest.raises(SettingsError, match="GEMINYA_SHARD_COUNT"):
        Fleet.of(settings, "me")


@pytest.mark.parametrize(("shard_count", "replicas"), [(0, 1), (1, 1), (4, 2)])
def test_a_bot_alone_may_ask_discord_how_many(shard_count: int, replicas: int) -> None:
    settings = GivenSettings(shard_count=shard_count, bot_replicas=replicas, bot_ordinal=1)

    assert Fleet.of(settings, "me") == Fleet("me", shard_count, replicas, 1)


def test_sessions_go_into_a_note_and_out_of_it() -> None:
    sessions = {
        shard: Session(shard, 4, f"s{shard}", 17, "wss://gateway.discord.gg") for shard in (2, 3)
    }

    assert unpacked(packed(sessions)) == sessions
    assert unpacked("") == {}
