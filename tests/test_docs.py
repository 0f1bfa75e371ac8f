"""Documentation keeps up: reference pages equal the code, public things are mentioned, links lead somewhere."""

import re
from pathlib import Path

import pytest

from mining.measures import MEASURES
from pipelines import settings_reference
from pipelines.assets.mining import MODULES
from pipelines.contracts import contracts
from pipelines.predict.tables import TABLES
from workspace.folders import PROJECT

PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), PROJECT / "data" / "README.md"])


@pytest.mark.parametrize("page", ["settings", "commands"])
def test_pages_made_from_the_code_are_current(page):
    made = getattr(settings_reference, f"{page}_page")()
    written = (PROJECT / "docs" / "reference" / f"{page}.md").read_text()
    assert written == made.rstrip() + "\n", "run 'make docs'"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_mining_table_and_module_of_the_nightly_is_explained():
    text = (PROJECT / "docs" / "reference" / "mining.md").read_text()
    for table in MODULES:
        assert table in text, f"docs/reference/mining.md does not mention mining.{table}"


def test_every_table_of_the_models_is_explained():
    text = (PROJECT / "docs" / "reference" / "models.md").read_text()
    for table in TABLES:
        assert f"`{table}`" in text, f"docs/reference/models.md does not mention models.{table}"


def test_every_measure_is_explained_as_it_is_defined():
    text = (PROJECT / "docs" / "reference" / "measures.md").read_text()
    for measure in MEASURES.values():
        assert f"(`{measure.name}`) | {measure.unit} | {measure.definition} |" in text, (
            f"measures.md lacks {measure.name}"
        )


def test_every_feed_is_explained():
    text = (PROJECT / "docs" / "reference" / "feeds.md").read_text()
    for contract in contracts().values():
        assert f"## {contract.name}" in text or f"`{contract.name}`" in text
        for column in contract.columns:
            assert column.name in text


def test_the_readme_shows_the_mapping_that_the_acceptance_test_runs():
    mapping = (PROJECT / "docs" / "how-to" / "online-retail.toml").read_text().rstrip()
    assert mapping in (PROJECT / "README.md").read_text()


def test_every_make_target_is_explained_by_make_help():
    makefile = (PROJECT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE).group(1).split()
    for target in phony:
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), f"make {target} has no ## explanation"


def test_no_page_names_a_place_of_one_machine():
    for page in PAGES:
        for place in (Path.home(), PROJECT):
            assert f"{place}/" not in page.read_text(), page
