"""The pages of predictions in a real browser: they open quietly, lead where they say, slide and give files."""

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page, expect

from dashboards.app_data import predictions, reader
from tests.dashboards.browsing import WAIT, finished, served, shown
from tests.dashboards.conftest import republish
from workspace.folders import Workspace

TITLES = {"churn": "Churn", "value": "Value", "prospects": "Prospects", "forecast": "Forecast", "models": "Models"}
CHANCES = (0.5, 0.25, 0.125, 0.02)


def make_predictions(connection: duckdb.DuckDBPyConnection) -> None:
    """Four people with a chance of an answer and three who may leave, whatever the models of so small a company say."""
    connection.execute(
        "update models.model_runs set status = 'trained', grade = coalesce(grade, 'B'),"
        " model_version = coalesce(model_version, 'made') where model in ('churn', 'response')"
    )
    connection.execute("update serving.customer_predictions set response_probability = null, churn_band = null")
    keys = connection.execute("select customer_key from serving.customer_360 order by customer_key limit 4").fetchall()
    for (key,), chance in zip(keys, CHANCES, strict=True):
        connection.execute("delete from serving.customer_predictions where customer_key = ?", [key])
        connection.execute(
            """
            insert into serving.customer_predictions (customer_key, response_probability, churn_band, churn_probability,
                churn_reason_1, expected_loss_amount, is_worth_contacting, churn_horizon_days, clv_amount,
                clv_low_amount, clv_high_amount, alive_probability, expected_orders, value_horizon_days)
            values ($key, $chance, if($chance < 0.1, null, 'high'), 0.9, '=1+1', 100 * $chance, true, 30, 200 * $chance,
                0, 500, 0.5, 2, 365)
            """,
            {"key": key, "chance": chance},
        )
    connection.execute("delete from models.response_curves")
    connection.execute(
        "insert into models.response_curves (as_of, point, contacted_share, reached_share, lift)"
        " select as_of, unnest([0, 1]), unnest([0.0, 1.0]), unnest([0.0, 1.0]), 1.0 from meta.generation"
    )


@pytest.fixture(scope="module")
def predicted(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return republish(demo_workspace, tmp_path_factory.mktemp("predictions") / "predicted", make_predictions)


@pytest.fixture(scope="module")
def address(predicted: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(predicted, tmp_path_factory.mktemp("elsewhere")) as url:
        yield url


def taken(tab: Page, name: str, folder: Path) -> list[dict[str, str]]:
    """The rows of a page's file, as its button gives it."""
    with tab.expect_download(timeout=WAIT) as download:
        tab.locator(f".st-key-no_print_files_{name}").get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename == f"{name}.csv"
    file = folder / f"{name}.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize(("path", "title"), TITLES.items())
def test_every_page_of_predictions_opens(tab: Page, address: str, path: str, title: str) -> None:
    shown(tab, f"{address}/{path}", title)
    expect(tab.locator('[data-testid="stException"]')).to_have_count(0)
    expect(tab.locator('[data-testid="stAlertContentError"]')).to_have_count(0)


def test_a_score_leads_to_its_report_card(tab: Page, address: str, predicted: Workspace) -> None:
    version = predictions.last_run(reader.published(predicted).file, "value")["model_version"]
    shown(tab, f"{address}/value", "Value")
    tab.get_by_role("link", name="Report card").first.click()
    expect(tab.locator("h1")).to_have_text("Models", timeout=WAIT)
    expect(tab.get_by_text(version)).to_be_visible()


def test_the_slider_says_whom_to_write_to_and_the_file_holds_them(tab: Page, address: str, tmp_path: Path) -> None:
    shown(tab, f"{address}/prospects", "Prospects")
    mailing = tab.locator(".st-key-card_mailing")
    written = mailing.locator('[data-testid="stMetric"]').filter(has_text="Written to")
    # A contact costs 1, an answer brings 20: the last, with 0.4 expected, is not worth it.
    expect(written).to_contain_text("3")
    slider = mailing.get_by_role("slider")
    slider.press("End")
    finished(tab)
    expect(written).to_contain_text("4")
    rows = taken(tab, "prospects", tmp_path)
    assert len(rows) == len(CHANCES)
    slider.press("Home")
    finished(tab)
    expect(mailing).to_contain_text("nobody is written to")


@pytest.mark.parametrize(("name", "count"), [("churn", 3), ("value", None)])
def test_lists_come_out_as_files(
    tab: Page, address: str, predicted: Workspace, tmp_path: Path, name: str, count: int | None
) -> None:
    shown(tab, f"{address}/{name}", TITLES[name])
    rows = taken(tab, name, tmp_path)
    valued = "select count(clv_amount) as n from serving.customer_predictions"
    assert len(rows) == (count or min(reader.record(reader.published(predicted).file, valued)["n"], predictions.LISTED))
    cells = [cell for row in rows for cell in row.values()]
    assert not any(cell.startswith("=") for cell in cells)
    assert name != "churn" or "'=1+1" in cells
