"""Trends and seasons by hand and on series whose parts are known."""

from datetime import date, timedelta

import ibis
import numpy as np
import pytest

from mining.loyalty_trends import loyalty_trends, quarter_counts
from mining.seasonality import decompose, group_seasons, purchase_seasons

AS_OF = date(2025, 12, 31)
GAPS = {"customer_key": "int64", "ordered_on": "date", "order_count": "int64"}


def purchases(**ages):
    rows = [(int(key[1:]), AS_OF - timedelta(days=age), 1) for key, days in ages.items() for age in days]
    return ibis.memtable([dict(zip(GAPS, row, strict=True)) for row in rows], schema=GAPS)


def by_quarter(*orders):
    """Days of as many orders as given, oldest quarter first, after a first order before them all."""
    ages = [91 * len(orders) + 5]
    for place, count in enumerate(orders):
        newest = 91 * (len(orders) - 1 - place)
        ages += [newest + 3 * n for n in range(count)]
    return ages


def rows_of(table):
    return {row["customer_key"]: row for row in table.to_pyarrow().to_pylist()}


def test_quarters_count_from_the_one_after_the_first_order():
    [row] = quarter_counts(purchases(c1=[*by_quarter(1, 0, 2), 91, 181]), AS_OF).to_pyarrow().to_pylist()
    # 91 and 181 days ago are the first and last day of the second latest quarter.
    assert (row["trend_periods"], row["q0"], row["q1"], row["q2"], row["q3"]) == (3, 2, 2, 1, None)


def test_a_trend_by_hand():
    gaps = purchases(
        c1=by_quarter(1, 2, 3, 4, 5, 6, 7, 8), c2=by_quarter(2, 2, 2, 2, 2, 2, 2, 2), c3=by_quarter(1, 2, 3)
    )
    rows = rows_of(loyalty_trends(gaps, as_of=AS_OF))
    # 28 pairs rise: S = 28, variance 8 x 7 x 21 / 18 = 65.33, z = 27 / 8.083 = 3.340, p 0.00084, twice for two tried.
    assert (rows[1]["order_trend"], rows[1]["trend_tau"], rows[1]["trend_slope"]) == ("rising", 1, 1)
    assert rows[1]["trend_p"] == pytest.approx(2 * 0.000837, rel=0.01)
    assert (rows[2]["order_trend"], rows[2]["trend_tau"], rows[2]["trend_p"]) == ("no clear trend", 0, 1)
    assert (rows[3]["order_trend"], rows[3]["trend_tau"], rows[3]["trend_slope"]) == ("too short", None, None)


def test_ties_make_the_variance_smaller():
    # 5 5 5 5 0 0 0 0: S = -16; variance (8 x 7 x 21 - 2 x 4 x 3 x 13) / 18 = 48, z = 15 / 6.928 = 2.165: p 0.0304.
    rows = rows_of(loyalty_trends(purchases(c1=by_quarter(5, 5, 5, 5, 0, 0, 0, 0)), as_of=AS_OF))
    assert (rows[1]["order_trend"], rows[1]["trend_p"]) == ("falling", pytest.approx(0.0304, abs=2e-4))
    # Slopes over 28 pairs: 12 are 0, the others -5 / 1 to -5 / 7: sorted, the 14th and 15th are -5 / 7 to 0.
    assert rows[1]["trend_slope"] == pytest.approx(
        np.median([0] * 12 + [-5 / (b - a) for a in range(4) for b in range(4, 8)])
    )


def test_many_customers_without_a_trend_give_few_clear_ones():
    rng = np.random.default_rng(5)
    gaps = purchases(**{f"c{n}": by_quarter(*rng.poisson(2, 8)) for n in range(300)})
    trends = [row["order_trend"] for row in rows_of(loyalty_trends(gaps, as_of=AS_OF)).values()]
    assert sum(trend in {"rising", "falling"} for trend in trends) <= 3


def test_a_season_and_its_month():
    # Every year in the middle of March, seven days each; 289 days before 31 December 2025 is 17 March.
    march = [289 + offset + year for year in (0, 365) for offset in range(-3, 4)]
    all_year = list(range(0, 730, 30))
    gaps = purchases(c1=[*march, 731], c2=[*all_year, 800], c3=march, c4=[1, 2, 900])
    rows = rows_of(purchase_seasons(gaps, as_of=AS_OF))
    assert (rows[1]["season"], rows[1]["peak_month"]) == ("seasonal", 3)
    assert rows[1]["season_strength"] > 0.99
    assert (rows[2]["season"], rows[2]["peak_month"]) == ("no season seen", None)
    assert [rows[n]["season"] for n in (3, 4)] == ["too short", "too few purchases"]
    assert rows[4]["season_strength"] is None


@pytest.mark.parametrize("age", [0, 10, 100, 200, 300, 364])
def test_the_peak_lies_in_the_month_of_the_purchases(age):
    days = [age, age + 365]
    gaps = purchases(c1=[*days * 7, 735])
    [row] = rows_of(purchase_seasons(gaps, as_of=AS_OF)).values()
    assert row["peak_month"] == (AS_OF - timedelta(days=age)).month


def test_a_line_and_a_repeating_season_are_found_exactly():
    place = np.arange(36)
    season = np.tile([3.0, -1, 0, 0, 2, -4, 0, 0, 5, -5, 0, 0], 3)
    trend, found = decompose(10 + 0.5 * place + season, 12)
    assert found == pytest.approx(season, abs=1e-6)
    assert trend == pytest.approx(10 + 0.5 * place, abs=1e-6)


def months(count):
    return [date(2023 + n // 12, n % 12 + 1, 1) for n in range(count)]


def series(**groups):
    rows = [
        {"group_name": name, "period_on": on, "value": float(v)} for name, pairs in groups.items() for on, v in pairs
    ]
    return ibis.memtable(rows, schema={"group_name": "string", "period_on": "date", "value": "float64"})


def test_groups_add_up_and_short_ones_say_so():
    long = [(on, 5 + n % 12) for n, on in enumerate(months(30))]
    table = group_seasons(series(long=long, short=[(on, 1.0) for on in months(30)[20:]], tiny=[(months(30)[-1], 4)]))
    rows = table.to_pyarrow().to_pylist()
    for row in rows:
        if row["season_status"] == "seasonal":
            assert row["value"] == pytest.approx(row["trend"] + row["season"] + row["remainder"])
            assert row["season_strength"] > 0.99
    short = [row for row in rows if row["group_name"] == "short"]
    assert len(short) == 10
    assert {(row["season"], row["season_status"]) for row in short} == {(None, "too short")}
    assert [row["trend"] for row in rows if row["group_name"] == "tiny"] == [None]


def test_a_month_without_sales_is_a_month_of_nothing():
    whole = [(on, 10) for on in months(26)]
    table = (
        group_seasons(series(whole=whole, gap=[row for n, row in enumerate(whole) if n != 13])).to_pyarrow().to_pylist()
    )
    assert [row["value"] for row in table if row["group_name"] == "gap"][13] == 0
    assert {row["season_strength"] for row in table if row["group_name"] == "whole"} == {0.0}
