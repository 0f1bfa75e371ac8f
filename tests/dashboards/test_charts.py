"""What charts hold at any width: names at their bars, room for texts, legends that wrap, lines told apart."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from dashboards.app_charts import funnels, loyalty, overview, predictions, ranges, standing, theme
from dashboards.app_format import LEVEL_COLOURS, MINUS, STAGE_COLOURS, TIER_COLOURS
from dashboards.app_language import speaking

TIERS = pd.DataFrame(
    {
        "tier": list(TIER_COLOURS),
        "customer_share": [0.2, 0.3, 0.4, 0.1],
        "margin_share": [0.8, 0.15, 0.05, -0.02],
        "customer_count": [20, 30, 40, 10],
    }
)


def parts_of(spec: Any, name: str) -> list[Any]:
    """Every value of a name, anywhere in a chart's description."""
    if isinstance(spec, list):
        return [found for one in spec for found in parts_of(one, name)]
    if not isinstance(spec, dict):
        return []
    return [
        *([spec[name]] if name in spec else []),
        # What all charts share is not this chart's.
        *(found for key, value in spec.items() if key != "config" for found in parts_of(value, name)),
    ]


def rows_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for table in spec["datasets"].values() for row in table.to_dict("records")]


def test_both_sides_of_a_pyramid_are_one_chart_by_one_measure() -> None:
    spec = standing.pyramid(TIERS, "tier", TIER_COLOURS, customers="Buyers", margin="Profit")
    places = {(row["tier"], row["side"]): row["place"] for row in rows_of(spec) if "share" in row}
    assert places["A", "customer_share"] == -0.2
    assert places["A", "margin_share"] == 0.8
    assert places["D", "margin_share"] == 0.0  # what costs has no bar, and its share is written
    assert f"{MINUS}2.0 %" in [row.get("text") for row in rows_of(spec)]
    assert {"Buyers", "Profit"} <= {row.get("text") for row in rows_of(spec)}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_legend_takes_as_many_columns_as_the_chart_is_wide(language: str) -> None:
    with speaking(language):
        columns = theme.legend(LEVEL_COLOURS).to_dict()["columns"]["expr"]
        short = theme.legend(TIER_COLOURS).to_dict()["columns"]["expr"]
    widest, narrowest = (int(text.split("/ ")[1].rstrip(")")) for text in (columns, short))
    assert narrowest < 60 < widest < 200


def test_every_named_colour_of_loyalty_has_a_legend_that_wraps() -> None:
    stages = list(STAGE_COLOURS)
    spread = pd.DataFrame({"loyalty_stage": stages, "index_from": 5, "customer_count": 3})
    levels = pd.DataFrame({"group_name": "Nord", "pyramid_level": list(LEVEL_COLOURS), "customer_share": 0.2})
    errors = pd.DataFrame({"horizon_days": [30], "is_chosen": True, "came_back_share": 0.2, "missed_share": 0.3})
    for chart in (loyalty.index_spread(spread), loyalty.pyramid_groups(levels), predictions.horizon_errors(errors)):
        legends = [one for one in parts_of(chart, "legend") if one]
        assert legends
        assert all("width" in one["columns"]["expr"] for one in legends)


@pytest.mark.parametrize(
    "ends", [[80, 79, 1, 0, 0], [0, 0, 0, 0], [100, 100, 100], [5], [40, 100, 99.5, 98, 97, 2, 1, 0.5, 0.2, 0.1]]
)
def test_names_at_the_ends_of_lines_do_not_lie_on_each_other(ends: list[float]) -> None:
    seen = pd.Series([0.0, 100.0])
    placed = standing.apart(pd.Series(ends, dtype=float), seen)
    steps = placed.sort_values().diff().dropna()
    assert (steps >= 100 / 15 - 1e-9).all()
    assert placed.between(-1e-9, 100).all()
    assert list(placed.sort_values(kind="stable").index) == list(pd.Series(ends).sort_values(kind="stable").index)


def test_names_that_are_apart_stay_at_the_ends_of_their_lines() -> None:
    assert standing.apart(pd.Series([10.0, 50.0, 90.0]), pd.Series([0.0, 100.0])).to_list() == [10.0, 50.0, 90.0]


def test_a_movement_shows_only_stages_where_somebody_was() -> None:
    moves = pd.DataFrame(
        {
            "value_from": ["regular", standing.NEWCOMERS],
            "value_to": ["lapsed", "regular"],
            "customer_count": [1200, 3],
            "share": [1.0, 1.0],
        }
    )
    spec = standing.matrix(moves, list(STAGE_COLOURS), "1 May", "1 June")
    domains = [domain for domain in parts_of(spec, "domain") if isinstance(domain, list) and "regular" in domain]
    assert domains
    assert all(domain == ["regular", "lapsed"] for domain in domains)


def test_the_longest_bar_leaves_room_for_its_text_at_any_width() -> None:
    steps = pd.DataFrame({"step": ["Visit", "Order"], "value": [703, 197], "text": ["703, 100.0 %", "197, 28.0 %"]})
    groups = pd.DataFrame({"rfm_group": ["Loyal", "New"], "customer_count": [12345, 0]})
    for chart in (funnels.steps(steps, "Sessions"), overview.group_bars(groups)):
        assert all("width" in most["expr"] for most in parts_of(chart, "domainMax"))
        assert parts_of(chart, "domainMax")


def test_bars_over_time_are_as_wide_as_their_number_allows() -> None:
    weeks = pd.DataFrame({"week_on": [date(2025, 7, 7), date(2025, 12, 29)], "customer_count": [3, 4]})
    widths = parts_of(predictions.weeks(weeks, "Customers")["mark"], "width")
    assert widths == [{"expr": "min(26, max(1, 0.7 * width / 26))"}]


def test_areas_of_customers_who_end_at_one_point_are_not_heaped() -> None:
    curve = pd.DataFrame({"customer_share": [0.5, 0.5, 1.0], "margin_share": [0.7, 0.8, 1.0]})
    spec = standing.concentration(curve, 0.7, 0.5)
    areas = [layer for layer in spec["layer"] if layer["mark"]["type"] == "area"]
    assert [layer["encoding"]["y"]["stack"] for layer in areas] == [None]


@pytest.mark.parametrize(
    ("pattern", "step"), [(".1%", 0.001), (".0%", 0.01), (",.2f", 0.01), (".2f", 0.01), (",.0f", 1)]
)
def test_no_two_marks_of_an_axis_are_written_alike(pattern: str, step: float) -> None:
    rows = pd.DataFrame({"label": ["beans"], "value": [0.9995], "low": [0.999], "high": [1.0], "size": [9]})
    spec = ranges.points(rows, "Share", pattern=pattern)
    axes = [one for one in parts_of(spec, "axis") if one and "tickMinStep" in one]
    assert axes
    assert {(axis["format"], axis["tickMinStep"]) for axis in axes} == {(pattern, step)}
