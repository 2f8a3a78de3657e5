"""Work that a process does by itself again and again."""

import pytest
from structlog.testing import capture_logs

from chassis.background import again_and_again
from chassis.postgres import DatabaseTrouble


class Enough(Exception):
    pass


async def test_work_goes_on_when_the_database_was_away_and_other_trouble_goes_up() -> None:
    rounds = iter([None, DatabaseTrouble("away"), None, Enough])
    done: list[None] = []

    async def work() -> None:
        trouble = next(rounds)
        if trouble is not None:
            raise trouble
        done.append(trouble)

    with capture_logs() as logs, pytest.raises(Enough):
        await again_and_again(work, 0, away="work.stale")

    assert len(done) == 2
    assert [(line["event"], line["log_level"], line["why"]) for line in logs] == [
        ("work.stale", "warning", "away")
    ]
