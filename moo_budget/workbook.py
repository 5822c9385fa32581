"""plans.xlsx: the picks beside today, and every plan of the front, as plain numbers that people can work with."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from moo_budget.front import INTERVAL
from moo_budget.problem import BudgetProblem
from moo_budget.report.facts import Shown, shown_plans
from moo_budget.report.picture import COLOURS, marker_of
from moo_budget.report.words import Words
from moo_budget.results import Result

_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_WHOLE, _FINE = "#,##0", "#,##0.000"
_WHOLE_FROM = 100.0
_TABLE_ROW = 3  # first row of the first table of the summary


def write_workbook(result: Result, path: str | Path) -> None:
    """Write the workbook: sheet Summary (today, reference and picks) and sheet Plans (the columns of `front.csv`).

    Text is never taken for a formula, an address or a number; what has no value is an empty cell. Equal results give
    equal bytes.

    Args:
        result: what a run found.
        path: of the XLSX file; one that exists is replaced.
    """
    content = io.BytesIO()
    with Workbook(content, _OPTIONS) as book:
        book.set_properties({"title": result.spec.title, "created": _created(result)})
        _Sheet(book, "Summary").summary(result)
        _Sheet(book, "Plans").plans(result)
    Path(path).write_bytes(content.getvalue())
