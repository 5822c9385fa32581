"""What one run of the explorer holds: the fronts that were found, the search that runs, the log."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from moo_budget._checks import money_by_channel
from moo_budget.errors import InputError
from moo_budget.evaluation import evaluate, evaluation_document
from moo_budget.explorer.decisions import DecisionLog
from moo_budget.explorer.handmade import answer
from moo_budget.explorer.search import Job, Search
from moo_budget.export import exported
from moo_budget.front import Plan, plan_of
from moo_budget.reoptimise import Changes, reoptimise, restate
from moo_budget.report.answer import title_strip
from moo_budget.report.page import Page
from moo_budget.report.page_data import page_data
from moo_budget.results import Result, read_result

_YARDSTICKS = ("today", "reference")
_MOST_FRONTS = 10  # that are kept beside the folder's own


class GoneError(InputError):
    """A front that is not kept any more."""


class Session:
    """The result of a folder and what was made of it since; every method may be called from several threads at once.

    A front has a number: 0 is the folder's, each search gives the next one. Nothing here says which of them a person
    looks at: the page does, with each question.

    Args:
        folder: that `solve` wrote.

    Raises:
        InputError: there is no result in it.
    """

    def __init__(self, folder: Path) -> None:
        self._name = str(folder)
        self.log = DecisionLog(folder)  # first: a result that takes the place of the one that is read gets no lines
        self._results: dict[int, Result] = {0: read_result(folder)}
        self._page = Page.of(self._results[0])
        self._data: dict[int, dict[str, Any]] = {}
        self._latest = 0
        self._lock = threading.Lock()
        self._search = Search()
        self._warm_up()

    def _warm_up(self) -> None:
        """Load what the first question needs, so that it is answered as fast as the next."""
        self.data(0)
        self.evaluate(0, self._results[0].front.plans[0].spend)

    @property
    def title(self) -> str:
        """Of the problem file, or what a plan without one is called."""
        return self._results[0].spec.title or self._page.say("untitled")

    @property
    def strip(self) -> list[tuple[str, str]]:
        """Label and text of what identifies the folder's result: period, currency, data, seed, today's money."""
        say, today = self._page.say, self._results[0].today_text
        return [*title_strip(self._page), *([(say("strip_today"), say.of_engine(today))] if today else [])]

    @property
    def language(self) -> str:
        """Of the problem file."""
        return self._results[0].spec.lang

    @property
    def is_searching(self) -> bool:
        """Whether a search runs."""
        return self._search.job.state == "running"

    def result(self, front: int) -> Result:
        """The result with this front.

        Raises:
            GoneError: there is none, or there were so many since that it is not kept.
        """
        with self._lock:
            found = self._results.get(front)
        if found is None:
            raise GoneError(
                f"front {front} is not kept any more; kept are {', '.join(map(str, self._results))}. Go back to one of "
                "these, or re-optimise again.",
                code="explore.front-gone",
            )
        return found

    def data(self, front: int) -> dict[str, Any]:
        """What the page draws of a front."""
        result = self.result(front)
        if front not in self._data:
            self._data[front] = page_data(result) | {"front": front, "folder": self._name}
        return self._data[front]

    def evaluate(self, front: int, spend: Mapping[str, float]) -> dict[str, Any]:
        """A plan made by hand, held against a front; see `handmade.answer`."""
        return answer(self.result(front).front, spend)

    def better(self, front: int, spend: Mapping[str, float]) -> dict[str, Any]:
        """Where a plan made by hand stands, as `moo-budget evaluate --json` says it; may take a fifth of a second."""
        found = self.result(front).front
        return evaluation_document(evaluate(found.problem, spend, front=found))

    def reoptimise(self, front: int, changes: Changes) -> int:
        """Search with other limits than the problem file's, from the plans of a front; the number of the search.

        Raises:
            BusyError: a search runs.
            InputError: a limit is none.
            InfeasibleError: the limits cannot be met together; nothing was begun.
        """
        start_from = self.result(front).front
        question = restate(self.result(0), changes)
        return self._search.start(lambda told: reoptimise(question, start_from, callback=told), self._keep)

    def _keep(self, result: Result) -> int:
        with self._lock:
            self._latest += 1
            self._results[self._latest] = result
            for number in sorted(self._results)[1:-_MOST_FRONTS]:
                del self._results[number]
                self._data.pop(number, None)
            return self._latest

    def job(self) -> tuple[Job, dict[str, Any] | None]:
        """The latest search, and what the page draws of the front that it found."""
        job = self._search.job
        return job, None if job.front is None else self.data(job.front)

    def cancel(self) -> None:
        """End the search that runs, if one does."""
        self._search.cancel()

    def export(self, form: str, front: int, chosen: Sequence[str | Plan]) -> bytes:
        """Plans of a front, by their ids, and plans of one's own, as a file; today and the reference are always in it.

        Raises:
            InputError: there is no such plan.
        """
        result = self.result(front)
        wanted = [plan for plan in chosen if plan not in _YARDSTICKS]
        plans = [result.front.plan(plan) if isinstance(plan, str) else plan for plan in wanted]
        return exported(result, form, plans)

    def own_plan(self, front: int, name: str, spend: Mapping[str, float]) -> Plan:
        """A plan of one's own by its name, evaluated.

        Raises:
            InputError: another plan has the name, or the money is none.
        """
        found = self.result(front).front
        if name in (*found.ids, *_YARDSTICKS):
            raise InputError(f"another plan is called `{name}`. Give yours a name of its own.", code="explore.name")
        return plan_of(found.problem, money_by_channel(spend, found.problem.channels, name), name)

    def close(self) -> None:
        """End what runs."""
        self._search.close()
