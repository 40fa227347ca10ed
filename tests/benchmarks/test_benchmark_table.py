"""The arithmetic and the two forms of the benchmark's table."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.results import as_json, at_least, at_most, not_measured, percentile, table


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_the_nearest_rank(share: float, expected: float) -> None:
    assert percentile([float(n) for n in range(100, 0, -1)], share) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_one_of_the_values(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= int(share * 10_000) / 10_000 * len(values)


def test_the_median_is_held_against_the_target() -> None:
    assert at_most("ratio", "SQLite", [1.0, 1.4, 9.0], "×", 1.5).met is True
    assert at_most("ratio", "SQLite", [1.0, 1.6, 9.0], "×", 1.5).met is False
    assert at_least("share", "SQLite", [10, 61, 62], "%", 60).met is True
    assert at_least("share", "SQLite", [10, 59, 62], "%", 60).met is False


def test_a_missed_target_says_by_how_much() -> None:
    lines = table([at_most("ratio", "SQLite", [3.0], "×", 1.5, note="five each")])
    assert "no, by 100%" in lines[1]
    assert "ratio, SQLite: five each" in lines


def test_json_has_the_promised_names() -> None:
    rows = [
        at_most("ratio", "SQLite", [1.2, 1.1, 1.3], "×", 1.5, bare_client=0.4),
        not_measured("soak", "SQLite", "posts", 0, "0", "counted by: make soak"),
    ]
    measured, left_out = json.loads(as_json(rows, {}))["rows"]
    assert {"name", "value", "unit", "target", "met", "bare_client"} <= measured.keys()
    assert (measured["value"], measured["min"], measured["max"]) == (1.2, 1.1, 1.3)
    assert (left_out["value"], left_out["met"]) == (None, None)
