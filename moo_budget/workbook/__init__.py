"""plans.xlsx: what was found as plain numbers that people can work with, and a plan of their own to bring back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from xlsxwriter import Workbook

from moo_budget.front import Plan
from moo_budget.report.numbers import written_in
from moo_budget.results import Result
from moo_budget.workbook.book import Book
from moo_budget.workbook.channels import add_channels
from moo_budget.workbook.curves import add_curves
from moo_budget.workbook.limits import add_limits
from moo_budget.workbook.my_plan import add_my_plan
from moo_budget.workbook.notes import add_notes
from moo_budget.workbook.plans import add_plans
from moo_budget.workbook.stamp import STAMP_COLUMN, STAMP_SHEET, add_stamp, stamp_of
from moo_budget.workbook.summary import add_summary, draw_summary
from moo_budget.workbook.weekly import add_weekly

__all__ = ["STAMP_COLUMN", "STAMP_SHEET", "stamp_of", "workbook", "write_workbook"]

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_workbook(result: Result, path: str | Path) -> None:
    """Write the workbook of a result; see `workbook`.

    Args:
        result: what a run found.
        path: of the XLSX file; one that exists is replaced.
    """
    Path(path).write_bytes(workbook(result))


def workbook(result: Result, plans: Sequence[Plan] | None = None) -> bytes:
    """The workbook, a sheet a subject: docs/design.md section 8, "The workbook".

    Text is never taken for a formula, an address or a number, and what has no value is an empty cell. Equal results
    give equal bytes.

    Args:
        result: what a run found.
        plans: on sheet Plans instead of all plans of the front; money per period is left out then.
    """
    content = io.BytesIO()
    with written_in(result.spec.lang), Workbook(content, _OPTIONS) as file:
        created = datetime.fromisoformat(result.created).astimezone(UTC).replace(tzinfo=None)
        file.set_properties({"title": result.spec.title, "created": created})
        book = Book(file, result)
        summary = add_summary(book)
        all_plans = add_plans(book, plans)
        channels = add_channels(book)
        add_my_plan(book)
        if result.problem.law is not None and plans is None:
            add_weekly(book)
        add_curves(book)
        add_limits(book)
        add_notes(book)
        add_stamp(book)
        draw_summary(book, summary, all_plans, channels)
    return content.getvalue()
