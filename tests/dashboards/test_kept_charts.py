"""Charts that are made once: the same as Altair's own, anew for other data and another language, checked by Altair."""

import json
from collections.abc import Iterator
from typing import Any

import altair as alt
import pandas as pd
import pytest

from dashboards.app_charts import funnels, kept, overview, standing
from dashboards.app_charts.theme import framed
from dashboards.app_language import speaking

STEPS = pd.DataFrame({"step": ["Visit", "Order"], "value": [703, 197], "text": ["703", "197, 28.0 %"]})
GROUPS = pd.DataFrame({"rfm_group": ["Loyal", "New"], "customer_count": [12345, 0]})
HISTORY = pd.DataFrame({"as_of": pd.to_datetime(["2025-01-31", "2025-02-28"]), "tier": "A", "customer_count": [3, 4]})


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    kept.made.clear()
    yield
    kept.made.clear()


def with_rows(spec: Any, tables: dict[str, Any]) -> Any:
    """A chart's description with its rows in place of the names of its tables, by any way of naming."""
    if isinstance(spec, list):
        return [with_rows(one, tables) for one in spec]
    if not isinstance(spec, dict):
        return spec
    return {
        key: tables[value["name"]] if key == "data" else with_rows(value, tables)
        for key, value in spec.items()
        if key != "datasets"
    }


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("build", "arguments"),
    [
        (funnels.steps, (STEPS, "Sessions")),
        (overview.group_bars, (GROUPS,)),
        (standing.stacked_history, (HISTORY, "customer_count", "Customers")),
    ],
)
def test_what_is_kept_is_what_altair_makes(build: Any, arguments: tuple[Any, ...], language: str) -> None:
    with speaking(language):
        once, again, own = build(*arguments), build(*arguments), build.__wrapped__(*arguments).to_dict()
    tables = {
        name: json.loads(table.to_json(orient="records", date_format="iso")) for name, table in once["datasets"].items()
    }
    whole = json.loads(json.dumps(with_rows(own, own["datasets"])))
    for text in ("T00:00:00.000", "T00:00:00"):  # two ways of writing one day
        whole = json.loads(json.dumps(whole).replace(f'{text}"', '"'))
        tables = json.loads(json.dumps(tables).replace(f'{text}"', '"'))
    assert with_rows({key: part for key, part in once.items() if key != "config"}, tables) == {
        key: part for key, part in whole.items() if key != "config"
    }
    assert again["datasets"].keys() == once["datasets"].keys()


def test_a_chart_is_made_once_for_the_same_data_and_language() -> None:
    made = []

    @kept.kept
    def bars(table: pd.DataFrame, colour: str) -> alt.Chart:
        made.append((colour, table["n"].sum()))
        return framed(alt.Chart(table).mark_bar(color=colour).encode(x=alt.X("n:Q", title="Customers")), 100)

    def title(colour: str, most: int) -> str:
        return str(bars(pd.DataFrame({"n": [1, most]}), colour)["encoding"]["x"]["title"])

    assert [title("red", 2), title("red", 2)] == ["Customers", "Customers"]
    with speaking("zh"):
        assert [title("red", 2), title("red", 2)] == ["客户", "客户"]
    assert [title("red", 3), title("blue", 2)] == ["Customers", "Customers"]
    assert made == [("red", 3), ("red", 3), ("red", 4), ("blue", 3)]


def test_tables_are_told_apart_by_what_is_in_them() -> None:
    @kept.kept
    def points(table: pd.DataFrame) -> alt.Chart:
        return alt.Chart(table).mark_point()

    tables = [pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 3]}), pd.DataFrame({"b": [1, 2]})]
    names = [next(iter(points(table)["datasets"])) for table in [*tables, tables[0]]]
    assert len(set(names)) == 3
    assert names[0] == names[3]


def test_altair_still_refuses_what_is_no_chart() -> None:
    @kept.kept
    def wrong(table: pd.DataFrame) -> alt.Chart:
        return alt.Chart(table).mark_bar().encode(x=alt.X("a:Q", axis=alt.Axis(labels="sideways")))  # type: ignore

    with pytest.raises(alt.utils.schemapi.SchemaValidationError):
        wrong(pd.DataFrame({"a": [1]}))
