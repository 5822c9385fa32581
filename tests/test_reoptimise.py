"""The same question with other limits: from the problem file's, checked before it is searched."""

import threading
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest

from moo_budget.calendar import schedule
from moo_budget.errors import InfeasibleError, InputError, Message
from moo_budget.reoptimise import reoptimise, restate
from moo_budget.solve import solve
from moo_budget.spec import ChannelLimits, GoalSpec, LimitsSpec, ProblemSpec
from tests.report.made import result_of, small_front
from tests.test_calendar import question

LIMITS = LimitsSpec(share=0.8, channel={"tv": ChannelLimits(min=100.0, max=750.0), "search": ChannelLimits(off=True)})


@pytest.fixture(scope="module")
def result():
    front = small_front(limits=LIMITS)
    said = (Message("history.period", "156 weekly periods."), Message("solve.auto", "solved by structure"))
    return result_of(front, spec=ProblemSpec(title="Four", limits=LIMITS, search=_short()), messages=said)


def _short():
    from moo_budget.spec import SearchSpec

    return SearchSpec(plans=20, evaluations=400)


def test_what_is_not_named_stays_as_in_the_problem_file(result):
    question = restate(result, {"limits": {"tv": {"max": 600.0}, "电视": {"min": 50.0}}})
    limits = question.spec.limits
    assert limits.channel["tv"] == ChannelLimits(min=100.0, max=600.0)
    assert limits.channel["search"] == ChannelLimits(off=True)
    assert limits.channel["电视"] == ChannelLimits(min=50.0)
    assert limits.share == 0.8
    assert question.problem.budget == result.problem.budget
    assert question.changes == "tv max = 600.00, 电视 min = 50.00"


def test_nothing_changed_is_the_same_question(result):
    question = restate(result, {})
    assert question.problem.limits == result.problem.limits
    assert question.changes == "nothing"


def test_a_channel_that_is_off_can_be_taken_back(result):
    question = restate(result, {"limits": {"search": {"off": False}}})
    assert question.problem.feasible.upper[1] > 0.0


def test_the_budget_may_be_another_total_or_a_range(result):
    assert restate(result, {"budget": 900.0}).problem.budget.max == 900.0
    question = restate(result, {"budget": {"min": 800.0, "max": 900.0}})
    assert (question.problem.budget.min, question.problem.budget.max) == (800.0, 900.0)
    assert question.changes == "budget = 800.00 to 900.00"


def test_a_new_front_keeps_the_changed_limits_and_its_messages_are_its_own(result):
    told = []
    found = reoptimise(restate(result, {"limits": {"tv": {"lock": True}}}), callback=told.append)
    assert np.all(found.front.spend[:, 0] == 700.0)
    assert np.all(found.front.spend[:, 1] == 0.0)
    assert all(not found.problem.broken(plan) for plan in found.front.spend)
    codes = [message.code for message in found.messages]
    assert codes[:2] == ["history.period", "reoptimise.changed"]
    assert "solved by structure" not in [message.text for message in found.messages]
    assert found.front.seed == result.front.seed
    assert told


def test_nothing_that_was_said_of_the_plans_before_is_said_of_the_new_ones(result):
    explained = replace(result, explanations={"1": "why"}, first_test="a test")
    found = reoptimise(restate(explained, {"limits": {"tv": {"max": 700.0}}}))
    assert (found.explanations, found.first_test) == ({}, None)


def test_with_a_calendar_the_money_of_the_new_plans_is_placed_too():
    problem = question(limits={"calendar": {"total_max": 120.0}})
    front = schedule(solve(problem, n_plans=4, n_evaluations=300, seed=1))
    before = result_of(front, spec=ProblemSpec(limits=problem.limits, search=_short()), messages=front.messages)
    found = reoptimise(restate(before, {"limits": {"tv": {"max": 300.0}}}))
    assert found.problem.law.money.shape == (len(found.front), 10, 4)
    assert all(plan.breaks == () for plan in found.front.plans)
    assert found.certificate is None
    codes = [message.code for message in found.messages]
    assert codes.count("calendar.timed") == 1
    assert "calendar.no-certificate" in codes


def test_it_begins_with_the_plans_of_the_front_that_is_handed_over(result):
    question = restate(result, {"limits": {"tv": {"max": 740.0}}})
    other = small_front(limits=LIMITS, budget=1000.0)
    assert len(reoptimise(question, other).front) > 1


def test_an_interrupt_from_the_callback_ends_it_and_keeps_what_there_is(result):
    def stop(_):
        raise KeyboardInterrupt

    found = reoptimise(restate(result, {"limits": {"tv": {"max": 600.0}}}), callback=stop)
    assert found.front.status == "stopped"
    assert len(found.front) > 0


def test_an_interrupt_while_the_certificate_is_made_keeps_the_whole_front_without_it(result, monkeypatch):
    asked_again = threading.Event()
    monkeypatch.setattr(import_module("moo_budget.reoptimise"), "certified", lambda *_: (asked_again.wait(30), ()))
    told = []

    def stop_at_the_certificate(progress):
        if told and progress is told[-1]:
            asked_again.set()
            raise KeyboardInterrupt
        told.append(progress)

    found = reoptimise(restate(result, {"limits": {"tv": {"max": 600.0}}}), callback=stop_at_the_certificate)
    assert found.front.status == "done"
    assert found.certificate is None
    assert "certificate.not-awaited" in [message.code for message in found.messages]


def test_limits_that_cannot_be_met_are_said_before_the_search(result):
    with pytest.raises(InfeasibleError, match=r"raise the budget by 100\.00; lower the minimum of `tv` to 600\.00"):
        restate(result, {"limits": {"tv": {"min": 700.0}, "电视": {"min": 400.0}}})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"limits": {"tvs": {}}}, r"limits: there is no channel `tvs`\. Did you mean `tv`\?"),
        ({"limits": {"tv": {"min": -1.0}}}, r"limits\.channel\.tv  `min` = -1\.0 must be 0 or more"),
        ({"limits": {"tv": {"min": 800.0}}}, r"min \(800\) is above max \(750\)"),
        ({"limits": {"search": {"lock": True}}}, "lock keeps today's money and off takes it away"),
        ({"goals": {"riks": {"max": 1.0}}}, r"goals: there is no goal `riks`\. Did you mean `risk`\?"),
        ({"budget": -1.0}, r"`budget` = -1\.0 must be more than 0"),
        ({"channels": {}}, r"changes  `channels` is not a setting"),
    ],
)
def test_a_change_that_is_none_is_refused_in_words(result, changes, words):
    with pytest.raises(InputError, match=words):
        restate(result, changes)


def test_a_goal_that_is_only_measured_can_be_bounded_like_any_other():
    goals = {"roi": GoalSpec("roi", "revenue"), "spent": GoalSpec("spend", goal=False)}
    result = result_of(small_front(goals=goals))
    with pytest.raises(InputError, match="no goal `spend`"):
        restate(result, {"goals": {"spend": {"max": 1.0}}})
