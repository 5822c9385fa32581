"""What `result.json` holds of explanations is told in docs/design.md section 8."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from moo_budget.choose import Group
from moo_budget.explain import record
from moo_budget.explain.first_test import Experiment, FirstTest
from moo_budget.moves import Move

DESIGN = Path(__file__).parents[2] / "docs" / "design.md"
RECORDS = (
    *(record.Explanation, record.Wanted, record.ChannelMargin, record.LimitPrice, record.WhyNot, record.Needs),
    *(record.Gain, record.Waterfall, record.PracticallyEqual, record.Stability, record.ChannelStability),
    *(Move, FirstTest, Experiment, Group),
)


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_the_contract_names_every_field(kind):
    page = DESIGN.read_text(encoding="utf-8")
    told = set(re.findall(r"\w+", page.split("\n## 8. ")[1].split("\n### The workbook")[0]))
    assert {field.name for field in fields(kind)} <= told
