"""Tables: histories with their problem, curves, lift tests and plans, as cells and as the bytes of a file."""

from __future__ import annotations

import csv
import datetime
import io
from typing import Any

import numpy as np
import pandas as pd

from tests.grammar import damage
from tests.grammar.choices import ODD_NAMES, Choices
from tests.grammar.problems import CHANNELS, OUTCOMES, toml_of

Cells = list[list[Any]]

_START = datetime.date(2024, 1, 1)
_STEPS = (7, 1, 30, 91, 365, 10)
_DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%Y%m%d", "%d %b %Y", "%Y年%m月%d日", "%Y-%m", "%m/%d/%y")
_NUMBERS = ("{:.2f}", "{:g}", "{:.0f}", "{:,.2f}", "${:.2f}", "{:.2f} €", "{:e}", "{:.12f}")
_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "gb18030", "latin-1", "cp1252", "utf-16-le", "utf-8")


def history(choices: Choices) -> tuple[Cells, str]:
    """A table of the past, wide or long, damaged in no cell, one or two, and a problem file that says what is in it."""
    names = list(CHANNELS)
    if choices.rarely(4):
        names[choices.below(3)] = choices.one(ODD_NAMES)
    is_long = choices.rarely(4)
    rows = _long(choices, names) if is_long else _wide(choices, names)
    problem = _problem_of(rows[0], names, is_long=is_long)
    for _ in range(damage.places(choices)):
        damage.rows(choices, rows)
    return rows, problem


def _dates(choices: Choices) -> list[str]:
    n_rows, step = 6 + choices.below(24), choices.one(_STEPS)
    days = [_START + datetime.timedelta(days=step * row) for row in range(n_rows)]
    for _ in range(choices.one((0, 0, 0, 1, 2))):
        at = choices.below(len(days))
        kind = choices.below(4)
        if kind == 0:
            del days[at]
        elif kind == 1:
            days[at] = days[at - 1]
        elif kind == 2:
            days[at] += datetime.timedelta(days=choices.below(400) - 200)
        else:
            days.reverse()
    form = choices.one((_DATES[0], *_DATES))
    return [day.strftime(form) for day in days]


def _money(choices: Choices, size: int) -> list[str]:
    rng = np.random.default_rng(choices.below(200))
    scale = choices.one((100.0, 100.0, 100.0, 1e-6, 1e9, 1e90, 0.0))
    form = choices.one((*_NUMBERS[:2], *_NUMBERS))
    return [form.format(value) for value in rng.uniform(0.1, 2.0, size) * scale]


def _wide(choices: Choices, names: list[str]) -> Cells:
    dates = _dates(choices)
    ending = choices.one(("{}_spend", "{} cost", "spend_{}", "{}_花费", "{}"))
    columns = {choices.one(("week", "date", "日期", "t")): dates}
    for name in names:
        columns[ending.format(name)] = _money(choices, len(dates))
        if choices.often():
            columns[f"{name}_clicks"] = _money(choices, len(dates))
    columns[choices.one(("revenue", "sales", "orders", "y", "订单", "total订单", "risk订单"))] = _money(
        choices, len(dates)
    )
    if choices.rarely(3):
        columns["temperature"] = _money(choices, len(dates))
    if choices.rarely(3):
        columns["events"] = ["sale" if row % 5 == 0 else "" for row in range(len(dates))]
    if choices.rarely(6):
        columns[choices.one(ODD_NAMES)] = _money(choices, len(dates))
    return [list(columns), *(list(row) for row in zip(*columns.values(), strict=True))]


def _long(choices: Choices, names: list[str]) -> Cells:
    dates = _dates(choices)
    sold = _money(choices, len(dates))
    rows: Cells = [["date", "channel", "spend", "revenue"]]
    for date, revenue in zip(dates, sold, strict=True):
        rows += [[date, name, money, revenue] for name, money in zip(names, _money(choices, len(names)), strict=True)]
    return rows


def _problem_of(header: list[str], names: list[str], *, is_long: bool) -> str:
    past: dict[str, Any] = {"file": "history.csv", "date": header[0], "channels": names}
    if is_long:
        past |= {"layout": "long", "channel": "channel", "spend": "spend"}
        outcomes = {"revenue": {"column": "revenue", "unit": "EUR"}}
    else:
        columns = [header[1 + sum(f"{name}_clicks" in header for name in names[:c]) + c] for c in range(len(names))]
        past["spend"] = dict(zip(names, columns, strict=True))
        sold = next(name for name in header if name in ("revenue", "sales", "orders", "y") or name.endswith("订单"))
        outcomes = {"revenue": {"column": sold, "unit": "EUR"}}
    return toml_of({"currency": "EUR", "history": past, "outcomes": outcomes})


def curves(choices: Choices, channels: list[str] | None = None) -> Cells:
    """A table of curves of one's own, with or without draws, damaged in no cell, one or two."""
    names = list(channels or CHANNELS)
    n_draws = choices.one((0, 0, 2, 5))
    rows: Cells = [["outcome", "channel", *(["draw"] if n_draws else []), "spend", "value"]]
    ends = {name: choices.one((400.0, 400.0, 160.0, 1e6, 1e-3)) for name in names}
    for outcome in OUTCOMES:
        for name in names:
            power, height = choices.one((0.5, 1.0, 2.0, 0.01, 0.0)), choices.one((900.0, 1.0, 0.0, 1e9, 1e-9))
            for draw in range(max(1, n_draws)):
                for share in (0.0, 0.1, 0.4, 1.0):
                    value = height * (1 + draw) * share**power * (share > 0.0)
                    rows.append([outcome, name, *([draw] if n_draws else []), share * ends[name], value])
    for _ in range(damage.places(choices)):
        damage.rows(choices, rows)
    return rows


def lift_tests(choices: Choices) -> Cells:
    """A table of experiments on the history of the bench, damaged in no cell, one or two."""
    rows: Cells = [["channel", "outcome", "start", "end", "spend_change", "lift", "lift_se", "spend"]]
    for _ in range(1 + choices.below(3)):
        first = datetime.date(2024, 1, 1) + datetime.timedelta(weeks=choices.below(14))
        last = first + datetime.timedelta(days=choices.one((6, 13, 20, 2)))
        change = choices.one((50, -20, 5, 1000, -1e6, 0))
        who = choices.one(("tv", "search", "social", "tv+search"))
        what = choices.one(("revenue", "revenue", "clicks")) if "+" not in who else "revenue"
        money = choices.one(("", "80", "1e9"))
        rows.append([who, what, first, last, change, change * choices.amount(0, 5), choices.amount(0.1, 90), money])
    for _ in range(damage.places(choices)):
        damage.rows(choices, rows)
    return rows


def plans(choices: Choices, channels: list[str]) -> Cells:
    """A table of plans in one of the layouts, damaged in no cell, one or two."""
    n_plans = 1 + choices.below(4)
    money = [[choices.amount(0, 600) for _ in channels] for _ in range(n_plans)]
    form = choices.one(("{:.2f}", "{:g}", "{:,.2f}", "{:.0f}"))
    has_total = choices.rarely(3)
    spent = [[form.format(amount) for amount in row] for row in money]
    totals = [form.format(sum(row)) for row in money]
    if choices.often():
        heads = [f"plan {number}" for number in range(n_plans)] if n_plans > 1 else ["spend"]
        rows: Cells = [["channel", *heads]]
        rows += [[name, *(plan[c] for plan in spent)] for c, name in enumerate(channels)]
        rows += [["total", *totals]] if has_total else []
    else:
        head = choices.one(("{}", "spend_{}", "Money for {} (EUR)"))
        rows = [["plan_id", *map(head.format, channels), *(["total"] if has_total else [])]]
        rows += [[f"p{n}", *spent[n], *([totals[n]] if has_total else [])] for n in range(n_plans)]
    for _ in range(damage.places(choices)):
        damage.rows(choices, rows)
    return rows


def as_csv(choices: Choices, rows: Cells) -> bytes:
    """Cells as text: one of many separators, encodings and ends of line, rarely damaged as text."""
    out = io.StringIO()
    separator = choices.one((",", ",", ";", "\t", "|"))
    quoting = csv.QUOTE_ALL if choices.rarely(4) else csv.QUOTE_MINIMAL
    end = choices.one(("\n", "\n", "\r\n", "\r"))
    csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=end).writerows(rows)
    text = out.getvalue()
    if choices.rarely(10):
        text = damage.text(choices, text)
    return text.encode(choices.one((*_ENCODINGS[:1] * 3, *_ENCODINGS)), "replace")


def as_xlsx(choices: Choices, rows: Cells) -> bytes:
    """Cells as a workbook, numbers and days as such in most of them."""
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "nan_inf_to_errors": True}) as book:
        sheet = book.add_worksheet(choices.one(("Sheet1", "My plan", "Plans", "数据")))
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        is_text = choices.rarely(4)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                value = cell if is_text else _typed(cell)
                if isinstance(value, datetime.date):
                    sheet.write_datetime(r, c, datetime.datetime.combine(value, datetime.time()), day)
                elif isinstance(value, str):
                    sheet.write_string(r, c, value)
                else:
                    sheet.write(r, c, value)
        if choices.rarely():
            at = choices.below(len(rows)), choices.below(4)
            sheet.write(*at, choices.one((True, "=1+1", '=HYPERLINK("http://x")', float("nan"), "#N/A")))
        if choices.rarely(10):
            sheet.merge_range(0, 0, 1, 1, "merged")
    return out.getvalue()


def as_parquet(choices: Choices, rows: Cells) -> bytes:
    """Cells as a Parquet file; columns are numbers, days or text, as their cells allow."""
    header = dict.fromkeys(str(cell) for cell in rows[0])
    width = len(header)
    body = [[*row, *[""] * width][:width] for row in rows[1:]]
    frame = pd.DataFrame(body, columns=list(header))
    for column in frame:
        typed = frame[column].map(_typed)
        if len({type(cell) for cell in typed}) == 1 and not choices.rarely(6):
            frame[column] = typed
        else:
            frame[column] = frame[column].astype(str)
    out = io.BytesIO()
    frame.to_parquet(out, index=False, compression=choices.one(("snappy", "gzip", "zstd", None)))
    return out.getvalue()


def _typed(cell: Any) -> Any:
    """A number or a day where a text is one."""
    if not isinstance(cell, str):
        return cell
    for kind in (float, datetime.date.fromisoformat):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell
