"""The pages of predictions in a real browser: they open quietly and lead where they say."""

import pytest
from playwright.sync_api import Page, expect

from dashboards.app_data import predictions, reader
from tests.dashboards.browsing import WAIT, shown
from workspace.folders import Workspace

TITLES = {"churn": "Churn", "value": "Value", "prospects": "Prospects", "forecast": "Forecast", "models": "Models"}


@pytest.mark.parametrize(("path", "title"), TITLES.items())
def test_every_page_of_predictions_opens(tab: Page, address: str, path: str, title: str) -> None:
    shown(tab, f"{address}/{path}", title)
    expect(tab.locator('[data-testid="stException"]')).to_have_count(0)
    expect(tab.locator('[data-testid="stAlertContentError"]')).to_have_count(0)


def test_a_score_leads_to_its_report_card(tab: Page, address: str, company: Workspace) -> None:
    version = predictions.last_run(reader.published(company).file, "value")["model_version"]
    shown(tab, f"{address}/value", "Value")
    tab.get_by_role("link", name="Report card").first.click()
    expect(tab.locator("h1")).to_have_text("Models", timeout=WAIT)
    expect(tab.get_by_text(version)).to_be_visible()
