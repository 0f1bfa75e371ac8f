"""What a list says about itself."""

import pytest

from dashboards import app_list_words
from dashboards.app_data.list_query import ListFilter


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (ListFilter(), "Everybody known."),
        (ListFilter(tiers=("A", "B", "none")), "People in tier A, B or no tier."),
        (
            ListFilter(groups=("At risk",), countries=("DE", "AT"), consents=("email", "post")),
            "People in group At risk, from DE or AT, who agree to E-mail and Post.",
        ),
        (ListFilter(recency_from=30, recency_to=90), "People whose last order was 30 to 90 days ago."),
        (ListFilter(recency_to=7), "People whose last order was at most 7 days ago."),
        (ListFilter(net_margin_from=1000.0), "People with a net margin of at least €1,000."),
        (ListFilter(regions=("{0} %s",)), "People from region {0} %s."),
    ],
)
def test_sentence(chosen: ListFilter, sentence: str) -> None:
    assert app_list_words.sentence(chosen, "EUR") == sentence


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Spring: at risk & loyal", "spring-at-risk-loyal_2025-12-31.csv"),
        ("../../etc/passwd", "etc-passwd_2025-12-31.csv"),
        ("…", "list_2025-12-31.csv"),
        ("München", "münchen_2025-12-31.csv"),
    ],
)
def test_file_name(name: str, file: str) -> None:
    assert app_list_words.file_name(name, "2025-12-31", "csv") == file
