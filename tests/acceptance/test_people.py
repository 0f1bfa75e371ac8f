"""Public sets of people with known truth: linked without labels, with the settings everybody has, none chosen for them.

Precision and recall count pairs: how many of those joined are one person, how many of one person's are joined.
"""

import pandas as pd
import pyarrow as pa
import pytest

from pipelines.identity.linking.link import link
from tests.conftest import real_data
from workspace.identity_settings import Linking

FEBRL = {
    "given_name": "given_name", "surname": "surname", "street_number": "street_number", "address_1": "street",
    "address_2": "locality", "suburb": "city", "postcode": "postcode", "state": "region", "date_of_birth": "birth_date",
}  # fmt: skip
FAKE = {"first_name": "given_name", "surname": "surname", "dob": "birth_date", "city": "city", "email": "email"}


def iso(day: str | None) -> str | None:
    return day if day is None or "-" in day else f"{day[:4]}-{day[4:6]}-{day[6:]}"


def people(name: str) -> tuple[pa.Table, pd.Series]:
    """The records under the names that linking knows, and who each of them is. `soc_sec_id` is left out."""
    given = pd.read_csv(real_data("people") / f"{name}.csv", dtype=str, sep=r"\s*,\s*", engine="python")
    names = FAKE if name.startswith("fake") else FEBRL
    columns = {
        ours: [None if pd.isna(value) else str(value).strip().lower() or None for value in given[theirs]]
        for theirs, ours in names.items()
    }
    columns["birth_date"] = [iso(day) for day in columns["birth_date"]]
    truth = given["cluster"] if "cluster" in given else given["rec_id"].str.extract(r"rec-(\d+)-")[0]
    return pa.table({ours: pa.array(values, pa.string()) for ours, values in columns.items()}), truth


def pair_count(labels: pd.Series) -> int:
    sizes = labels.value_counts()
    return int((sizes * (sizes - 1) // 2).sum())


def precision_and_recall(found: pd.Series, truth: pd.Series) -> tuple[float, float]:
    both = pair_count(found.astype(str) + " " + truth.astype(str))
    return both / pair_count(found), both / pair_count(truth)


@pytest.mark.parametrize(
    ("name", "true_pairs", "least_f1"),
    [("febrl1", 500, 0.997), ("febrl2", 1934, 0.997), ("febrl3", 6538, 0.997), ("fake_1000", 2031, 0.97)],
)
def test_people_are_found_without_labels(name, true_pairs, least_f1):
    records, truth = people(name)
    assert pair_count(truth) == true_pairs  # as published
    found = link(records, Linking())
    precision, recall = precision_and_recall(pd.Series(found.groups), truth)
    print(f"{name}: precision {precision:.5f}, recall {recall:.5f}, {found.compared:,} pairs compared")
    assert 2 * precision * recall / (precision + recall) >= least_f1
    assert min(precision, recall) >= least_f1 - 0.02  # neither bought with the other
