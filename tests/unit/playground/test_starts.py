"""Sessions begin one after the other in a bucket, and at the same time in different ones."""

from playground.starts import Starts


class Watch:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_begins_one_session_in_five_seconds() -> None:
    watch = Watch()
    starts = Starts(max_concurrency=2, every_s=5, now=watch)

    assert [starts.begin(shard, 4) for shard in (0, 1, 2, 3)] == [True, True, False, False]
    watch.now += 5
    assert [starts.begin(shard, 4) for shard in (2, 3)] == [True, True]
    assert [(start.shard, start.bucket) for start in starts.asked if start.is_allowed] == [
        (0, 0),
        (1, 1),
        (2, 0),
        (3, 1),
    ]
    assert starts.limit()["remaining"] == 996


def test_without_a_pace_everybody_begins_at_once() -> None:
    starts = Starts()

    assert all(starts.begin(0, 1) for _ in range(3))
