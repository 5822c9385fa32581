"""Plans that people bring: a table file (CSV, XLSX) -> money by channel, with every fault named by its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from moo_budget._checks import amount_text, check_known
from moo_budget.errors import InputError, Message, joined, listed, nearest
from moo_budget.export import as_written
from moo_budget.front import INTERVAL
from moo_budget.history.cells import read_numbers, refuse
from moo_budget.history.files import Table, is_blank, matching, read_table
from moo_budget.history.packed import sheet_names
from moo_budget.problem import BudgetProblem
from moo_budget.report.words import WORDS, Words
from moo_budget.workbook import STAMP_COLUMN, STAMP_SHEET

_CHANNEL = {"channel", "channels", "渠道", "媒体"}
_MONEY = {"spend", "money", "budget", "amount", "花费", "预算", "费用", "金额"}
_NAME = {"plan", "plan_id", "id", "方案"}
_TOTAL = {"total", "sum", "合计", "总计"}
_BESIDE = {"pick", "date", "note", "notes", "comment", "备注"}  # columns that say something about a plan
# Of our workbook, the likelier one first.
_SHEETS = tuple(WORDS[lang][sheet] for sheet in ("sheet_my_plan", "sheet_plans") for lang in WORDS)
_UNIT = re.compile(r"\s*[(（][^()（）]*[)）]$")
MOST = 12  # plans of a file that are evaluated without being named
_CENT = 0.01  # currency: what a total may differ by for each channel, through rounding; a step of money if that is less


@dataclass(frozen=True)
class ReadPlans:
    """The plans of a file.

    Args:
        plans: name -> channel -> currency for the whole plan, in the order of the file. One without a name in the file
            has the file's.
        messages: how the file was read, where it is not the plain case.
    """

    plans: Mapping[str, Mapping[str, float]]
    messages: tuple[Message, ...]

    def chosen(self, name: str | None) -> ReadPlans:
        """The plan of this name alone; without a name all plans, as long as a person can read them.

        Raises:
            InputError: there is no such plan, or there are too many to do without a name.
        """
        if name is not None:
            check_known("plan", name, self.plans)
            return ReadPlans({name: self.plans[name]}, self.messages)
        if len(self.plans) > MOST:
            raise InputError(
                f"The file holds {len(self.plans)} plans; say which one with --plan. They are: {listed(self.plans)}",
                code="plan.which",
            )
        return self


def read_plans(
    path: str | Path, problem: BudgetProblem, *, sheet: str | None = None, stamp: str | None = None
) -> ReadPlans:
    """Read the plans of a table file.

    Two layouts are understood. A row a channel: a column `channel`, and a column of money (`spend`, `money`, `budget`),
    or else a column a plan. A row a plan: a column a channel, as in `front.csv` (`spend_tv`) and `plans.xlsx` (`Money
    for tv (USD)`) or by its name alone, and perhaps a column `plan_id`. A `total` is compared with the sum. Every
    channel has to be there, with 0 where nothing is spent; numbers may be written as in a history.

    Args:
        path: CSV or XLSX.
        problem: whose channels they are.
        sheet: of a workbook; default `My plan` or `Plans` where there is such a sheet, else the first.
        stamp: of the result that the plans are for (`stamp_of`); a workbook of another result is said, not refused.

    Raises:
        InputError: there is no such file or table; a channel is not known, missing or there twice; a cell is text,
            empty or negative; a total is not the sum; two plans have one name.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"There is no file {path}.", code="plan.no-file")
    sheets = sheet_names(path)
    if sheet is not None and not sheets:
        raise InputError(f"{path.name} is no XLSX workbook, so it has no sheet `{sheet}`.", code="plan.sheet")
    table = read_table(path, sheet=sheet or next((name for name in _SHEETS if name in sheets), None))
    long = next((header for header in table.columns if _bare(header) in _CHANNEL), None)
    if long is None:
        plans = _rows_are_plans(table, path.stem, problem)
    else:
        plans = _rows_are_channels(table, long, path.stem, problem)
    return ReadPlans(plans, (*table.messages, *_of_another_result(path, sheets, stamp)))


def _of_another_result(path: Path, sheets: Sequence[str], stamp: str | None) -> Iterator[Message]:
    if stamp is None or STAMP_SHEET not in sheets:
        return
    found = read_table(path, sheet=STAMP_SHEET).cells.get(STAMP_COLUMN)
    if found is None or stamp not in set(found):
        text = f"{path.name} was made from another result: its money is judged by this one's limits, curves and front."
        yield Message("plan.other-result", text)


def _bare(header: str) -> str:
    """A header as it is compared: without a unit in brackets, in small letters."""
    return _UNIT.sub("", matching(header)).casefold()


def _rows_are_channels(table: Table, channel: str, only: str, problem: BudgetProblem) -> dict[str, dict[str, float]]:
    columns = [header for header in table.columns if _bare(header) in _MONEY]
    columns = columns[:1] or [header for header in table.columns if header != channel and _bare(header) not in _BESIDE]
    if not columns:
        raise InputError(
            f"{table.file}: beside `{channel}` there is no column of money. Call it `spend`.", code="plan.no-money"
        )
    # A box beside the plan, as on our sheet `My plan`, may have more rows than there are channels.
    beside = table.cells[[channel, *columns]].map(is_blank).all(axis=1)
    names = table.cells.loc[~beside, channel].map(lambda cell: matching(as_written(str(cell))))
    is_total = names.str.casefold().isin(_TOTAL)
    rows = _row_of_each(table, names[~is_total], problem)
    money = _money(table, columns, [*rows.values(), *names.index[is_total]])
    plans = {}
    for column in columns:
        plan = {name: money[column][row] for name, row in rows.items()}
        for row in names.index[is_total]:
            _check_total(f"{table.file}, row {row}, column `{column}`", money[column][row], plan, problem)
        plans[only if _bare(column) in _MONEY else column] = plan
    return plans


def _row_of_each(table: Table, names: pd.Series, problem: BudgetProblem) -> dict[str, int]:
    """Channel -> the number of its row.

    Raises:
        InputError: rows of no channel, channels with two rows or none; all in one go.
    """
    known = {matching(name): name for name in problem.channels}
    numbered = list(zip(names.index.tolist(), names, strict=True))
    faults = [_unknown(f"{table.file}, row {row}", name, problem) for row, name in numbered if name not in known]
    for name, same in names.groupby(names, sort=False):
        if name in known and len(same) > 1:
            text = f"{table.file}: rows {listed(map(str, same.index))} are all of `{known[name]}`. Add them up in one."
            faults.append(InputError(text, code="plan.repeated-channel"))
    missing = [name for key, name in known.items() if key not in set(names)]
    if missing:
        text = f"{table.file} has no row for {listed(missing)}. Every channel needs one; write 0 for nothing."
        faults.append(InputError(text, code="plan.missing-channel"))
    _raise_all(faults)
    return {known[name]: row for row, name in numbered}


def _rows_are_plans(table: Table, only: str, problem: BudgetProblem) -> dict[str, dict[str, float]]:
    columns = _column_of_each(table, problem)
    total = next((header for header in table.columns if _bare(header) in _TOTAL), None)
    money = _money(table, [*columns.values(), *([total] if total else [])], list(table.cells.index))
    plans: dict[str, dict[str, float]] = {}
    for row, name in _names(table, only):
        if name in plans:
            raise InputError(f"{table.file}, row {row}: there is a plan `{name}` above already.", code="plan.repeated")
        plans[name] = {channel: money[column][row] for channel, column in columns.items()}
        if total:
            _check_total(f"{table.file}, row {row}, column `{total}`", money[total][row], plans[name], problem)
    return plans


def _names(table: Table, only: str) -> Iterator[tuple[int, str]]:
    """The number of each row and the name of its plan; one that stands alone may be without."""
    header = next((header for header in table.columns if _bare(header) in _NAME), None)
    for row in table.cells.index:
        named = None if header is None else table.cells[header].loc[row]
        yield row, str(named) if named is not None else only if len(table.cells) == 1 else f"row {row}"


def _column_of_each(table: Table, problem: BudgetProblem) -> dict[str, str]:
    """Channel -> the header of its column.

    Raises:
        InputError: no column is a channel's, columns of money of no channel, channels without a column or with two; all
            in one go.
    """
    of_header = {matching(form): name for name in problem.channels for form in _forms(name, problem)}
    owners = [(of_header.get(matching(as_written(header))), header) for header in table.columns]
    columns = {name: header for name, header in owners if name is not None}
    if not columns:
        raise InputError(
            f"{table.file} has neither a column `channel` with a row for each channel nor a column for each channel. "
            f"Its columns: {listed(table.columns)}. Channels: {listed(problem.channels)}",
            code="plan.no-channels",
        )
    faults = [
        _unknown(f"{table.file}, column `{header}`", name, problem)
        for owner, header in owners
        if owner is None and (name := _meant(header, columns, problem)) is not None
    ]
    for name in columns:
        headers = [header for owner, header in owners if owner == name]
        if len(headers) > 1:
            text = f"{table.file}: columns {listed(headers)} are all of `{name}`. Leave one."
            faults.append(InputError(text, code="plan.repeated-channel"))
    missing = [name for name in problem.channels if name not in columns]
    if missing:
        text = f"{table.file} has no column for {listed(missing)}. Every channel needs one; write 0 for nothing."
        faults.append(InputError(text, code="plan.missing-channel"))
    _raise_all(faults)
    return columns


def _forms(channel: str, problem: BudgetProblem) -> tuple[str, ...]:
    """The headers that a channel's money may have."""
    forms = [channel, f"spend_{channel}"]
    for say in map(Words, WORDS):
        label = say("column_spend", channel=channel)
        forms += [label, say("with_unit", label=label, unit=problem.currency or say("money"))]
    return tuple(forms)


def _meant(header: str, columns: Mapping[str, str], problem: BudgetProblem) -> str | None:
    """The channel that a header of no channel seems to mean: all others where channels stand by their names alone."""
    if header in {
        goal.name if part == "value" else f"{goal.name}_{part}" for goal in problem.goals for part in INTERVAL
    }:
        return None
    for prefix in ("spend_", *(Words(lang)("column_spend", channel="") for lang in WORDS)):
        if header.startswith(prefix):
            return _UNIT.sub("", header.removeprefix(prefix))
    by_name = all(matching(name) == matching(as_written(column)) for name, column in columns.items())
    return header if by_name and _bare(header) not in _NAME | _TOTAL | _BESIDE else None


def _unknown(place: str, name: str, problem: BudgetProblem) -> InputError:
    text = f"{place}: there is no channel `{name}`. {nearest(name, problem.channels)}Known: {listed(problem.channels)}"
    return InputError(text, code="plan.unknown-channel")


def _raise_all(faults: list[InputError]) -> None:
    if faults:
        raise InputError(joined(faults), code=faults[0].code)


def _money(table: Table, columns: list[str], rows: list[int]) -> dict[str, dict[int, float]]:
    """Column -> row -> money, all there and 0 or more."""
    numbers, _ = read_numbers(table, columns)
    numbers = numbers.loc[rows]
    advice = "Write 0 where nothing is spent."
    refuse(table, numbers.isna(), "{cell} where money is needed", advice, code="plan.empty")
    refuse(table, numbers < 0.0, "{cell} is negative money", "It must be 0 or more.", code="plan.negative")
    return {column: dict(zip(rows, numbers[column].tolist(), strict=True)) for column in columns}


def _check_total(place: str, total: float, plan: Mapping[str, float], problem: BudgetProblem) -> None:
    added, rounded_to = sum(plan.values()), min(_CENT, problem.money_step or _CENT)
    if not np.isclose(total, added, rtol=1e-9, atol=rounded_to * len(plan)):
        raise InputError(
            f"{place}: the total is {amount_text(total)}, and the channels add up to {amount_text(added)}. "
            "Mend the one that is wrong, or leave the total out.",
            code="plan.total",
        )
