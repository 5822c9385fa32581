"""The result of a run: the record, `result.json`, and back."""

from moo_budget.results.documents import MessageDocument, ResultDocument, ValueDocument, plain, result_schema
from moo_budget.results.reading import read_result
from moo_budget.results.record import Period, Result
from moo_budget.results.writing import document, to_json, write_data

__all__ = [
    "MessageDocument",
    "Period",
    "Result",
    "ResultDocument",
    "ValueDocument",
    "document",
    "plain",
    "read_result",
    "result_schema",
    "to_json",
    "write_data",
]
