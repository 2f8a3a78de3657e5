"""The three protocol models (suite T1): the design has no bad state, and no rule of it is idle."""

import pytest

from tests.unit.models import closing, fact, operation
from tests.unit.models.explore import Search, Verdict


def operated(rules: frozenset[operation.Rule]) -> Verdict:
    model = operation.Model(rules)
    return Search(operation.World(), model.moves, operation.bad, operation.good_end).run()


def closed(rules: frozenset[closing.Rule]) -> Verdict:
    model = closing.Model(rules)
    return Search(closing.World(), model.moves, closing.bad, closing.is_over).run()


def told(rules: frozenset[fact.Rule]) -> Verdict:
    model = fact.Model(rules)
    return Search(fact.World(), model.moves, fact.bad, fact.good_end).run()


def test_no_crash_and_no_lost_late_or_doubled_letter_breaks_an_operation() -> None:
    verdict = operated(frozenset(operation.Rule))

    assert verdict.evil == "", verdict.story
    assert (verdict.states, verdict.moves) == (49_128, 333_569)


@pytest.mark.parametrize(
    ("dropped", "evil"),
    [
        (operation.Rule.IDS_ARE_REMEMBERED, "refused to the player, and yet something happened"),
        (operation.Rule.REFUSALS_ARE_KEPT, "refused to the player, and yet something happened"),
        (operation.Rule.SILENCE_IS_NO_REFUSAL, "refused to the player, and yet something happened"),
        (operation.Rule.ROW_COMES_FIRST, "no way to a good end"),
        (operation.Rule.STATE_IS_CHECKED, "rolled twice"),
        (operation.Rule.SWEEPER_SWEEPS, "no way to a good end"),
    ],
)
def test_an_operation_needs_every_rule(dropped: operation.Rule, evil: str) -> None:
    verdict = operated(frozenset(operation.Rule) - {dropped})

    assert verdict.evil == evil
    assert verdict.story


def test_a_user_can_be_closed_and_come_back_while_an_operation_runs() -> None:
    verdict = closed(frozenset(closing.Rule))

    assert verdict.evil == "", verdict.story
    assert verdict.states == 16_657


@pytest.mark.parametrize(
    ("dropped", "evil"),
    [
        (closing.Rule.STEPS_CARRY_THE_EPOCH, "a late step wrote after the closing"),
        (closing.Rule.GATE_ROW_STAYS, "a new epoch met an open old gate"),
        (closing.Rule.OLD_CLOSE_TOUCHES_NOTHING_NEW, "rows of the new life were wiped"),
        (closing.Rule.NEW_EPOCH_WAITS_FOR_ALL, "a new epoch met an open old gate"),
        (closing.Rule.COORDINATOR_OBEYS_ITS_GATE, "rows of the old life are left"),
    ],
)
def test_closing_needs_every_rule(dropped: closing.Rule, evil: str) -> None:
    verdict = closed(frozenset(closing.Rule) - {dropped})

    assert verdict.evil == evil
    assert verdict.story


def test_a_fact_is_counted_once_or_ends_with_its_life() -> None:
    verdict = told(frozenset(fact.Rule))

    assert verdict.evil == "", verdict.story
    assert (verdict.states, verdict.moves) == (88_563, 583_359)


@pytest.mark.parametrize(
    ("dropped", "evil"),
    [
        (fact.Rule.FACT_IS_IN_THE_CHANGE, "no way to a good end"),
        (fact.Rule.STEPS_ARE_REMEMBERED, "counted twice"),
        (fact.Rule.STEPS_CARRY_THE_EPOCH, "counted behind the end of its life"),
        (fact.Rule.MARK_FOLLOWS_THE_ANSWER, "no way to a good end"),
        (fact.Rule.SWEEPER_SWEEPS, "no way to a good end"),
    ],
)
def test_a_fact_needs_every_rule(dropped: fact.Rule, evil: str) -> None:
    verdict = told(frozenset(fact.Rule) - {dropped})

    assert verdict.evil == evil
    assert verdict.story
