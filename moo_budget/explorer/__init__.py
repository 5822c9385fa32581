"""The live explorer: a result folder as a page in the browser, with the engine behind it."""

from __future__ import annotations

from moo_budget.explorer.server import Opened, explore

__all__ = ["Opened", "explore"]
