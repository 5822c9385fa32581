"""Results that earlier states of the program wrote, kept as they were: they can still be read."""

from pathlib import Path

import pandas as pd
import pytest

from moo_budget import read_result

KEPT = sorted(path for path in (Path(__file__).parent / "kept").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", KEPT, ids=lambda folder: folder.name)
def test_a_result_of_an_earlier_state_is_read_with_all_that_it_holds(folder):
    result = read_result(folder)
    written = pd.read_csv(folder / "front.csv")
    plans = written[written["plan_id"].map(str).isin(result.front.ids)]
    assert len(plans) == len(result.front) == 4
    assert plans["spend_tv"].tolist() == result.front.spend[:, 0].tolist()
    assert result.explanations
    assert result.certificate is not None
    assert result.efficient_frontier is not None
    assert result.views is not None
