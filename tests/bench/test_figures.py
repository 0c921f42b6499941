"""The arithmetic behind the table of `make bench`."""

import json
import math

import pytest

from bench.figures import Row, Series, as_json, paired, percentile, table


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_a_percentile_is_the_nearest_rank(share: float, expected: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == expected


def test_nothing_measured_is_no_number() -> None:
    assert math.isnan(percentile([], 0.5))
    assert all(math.isnan(part) for part in paired([], []))


def test_ratios_are_taken_within_a_round() -> None:
    # The machine was twice as fast in the second round: the ratio does not see it.
    assert paired([10, 20, 12], [100, 200, 100]) == (0.1, 0.1, 0.12)


def test_a_series_keeps_rates_and_processor_time_per_request() -> None:
    series = Series()
    series.add(100, 2.0, [0.01] * 100, cpu_seconds=0.5)
    series.add(100, 1.0, [0.02] * 100, cpu_seconds=0.7)
    series.add(100, 4.0, [0.03] * 100, cpu_seconds=0.6)

    assert series.rate == 50
    assert series.cpu == pytest.approx(6.0)
    assert (series.ms(0.5), series.ms(0.99)) == (20.0, 30.0)


def test_columns_line_up_under_chinese_words() -> None:
    lines = table([Row("P2", "首页", "x", "floor"), Row("P4", "home", "x", "floor", met=False)]).splitlines()

    wide = lines[2].index("floor") + len("首页")  # two characters are four columns wide
    assert wide == lines[3].index("floor")
    assert lines[3].endswith("✗ 未达")


def test_the_json_holds_facts_and_rows() -> None:
    found = json.loads(as_json([Row("B2", "多个号", "1", met=True, details={"sold": {"lost": 0}})], {"commit": "abc"}))

    assert found["commit"] == "abc"
    assert found["rows"][0]["details"] == {"sold": {"lost": 0}}
