"""Tables in (CSV, XLSX, Parquet) -> History, and what `init` proposes for one."""

from moo_budget.history.record import History, OutcomeSeries, Source, read_history

__all__ = ["History", "OutcomeSeries", "Source", "read_history"]
