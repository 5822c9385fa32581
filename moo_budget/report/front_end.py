"""The scripts and styles that the report and the explorer share, put together in a fixed order and unchanged."""

from __future__ import annotations

from importlib.resources import files

# Namespace and data first, then views, then what reacts to people, and last what puts them on the page.
SCRIPTS = (
    "dom", "numbers", "words", "model", "sight", "fronts", "state", "responses",
    "charts", "bar", "cards", "plan_card", "scatter", "parallel", "parallel_lines", "limits", "channel_limits",
    "compare", "channels", "waterfall", "curves", "plan_table", "own_plan", "reoptimise", "log",
    "pointer", "actions", "keyboard", "save", "app",
)  # fmt: skip


def script() -> str:
    """All scripts as one text; `MooBudget.start(element, data, host)` begins."""
    return "\n".join(packaged(f"static/{name}.js") for name in SCRIPTS)


def style() -> str:
    """All styles as one text."""
    return packaged("report.css") + packaged("static/explorer.css")


def packaged(name: str) -> str:
    """A text that is shipped beside this module."""
    return files("moo_budget.report").joinpath(name).read_text(encoding="utf-8")
