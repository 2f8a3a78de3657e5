"""What the process that asks the invariants shows."""

import time

from chassis.metrics import Meter
from console.auditor import Auditor
from console.invariants import INVARIANTS, Finding

VIOLATIONS, FINISHED = "geminya_invariant_violations", "geminya_audit_finish_timestamp_seconds"


def test_a_violation_shows_until_it_is_mended() -> None:
    meter, found = Meter(), [3]
    auditor = Auditor(meter, lambda: [Finding("I1", "money", found[0], "player 7")])
    value = meter.registry.get_sample_value
    assert value(FINISHED) == 0

    (broken,) = auditor.look()
    assert broken.sample == "player 7"
    assert value(VIOLATIONS, {"invariant": "I1"}) == 3
    assert abs((value(FINISHED) or 0) - time.time()) < 60

    found[0] = 0
    assert auditor.look() == []
    assert value(VIOLATIONS, {"invariant": "I1"}) == 0


def test_every_invariant_is_shown_before_the_first_look() -> None:
    meter = Meter()
    Auditor(meter, list)

    shown = {
        s.labels["invariant"]
        for f in meter.registry.collect()
        for s in f.samples
        if f.name == VIOLATIONS
    }

    assert shown == {one.id for one in INVARIANTS}
