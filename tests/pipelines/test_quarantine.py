"""Rows in quarantine: shown with what a person needs, replayed without touching anything else."""

import pytest

from pipelines.ingest import ledger as book
from pipelines.ingest import quarantine_groups, quarantined, replay
from tests.deliveries import LINES, Shop, lines

MAPPED = (
    LINES
    + """
columns = {{order_id = "order_id", line_number = "line_number", quantity = "{quantity}", unit_price = "unit_price"}}
{more}
"""
)
BAD = lines("A1,1,P1,2 pcs,9.99", "A2,1,P1,2,9.99", "A3,1,P1,x,9.99")


@pytest.fixture
def shop(tmp_path) -> Shop:
    shop = Shop.open(tmp_path, MAPPED.format(quantity="quantity", more=""))
    shop.put("a.csv", BAD)
    shop.put("b.csv", lines("B1,1,P1,2,9.99"))
    shop.load()
    return shop


def counts(shop: Shop) -> list[tuple]:
    columns = "delivery_id, rows_delivered, rows_accepted, rows_duplicate, rows_quarantined"
    return shop.query(f"select {columns} from meta.deliveries order by 1")


def test_rows_are_shown_with_place_value_and_reason(shop):
    rows = quarantined(shop.workspace)
    assert [(row.file, row.feed, row.row_number, row.line_number, row.column_name, row.value) for row in rows] == [
        ("shop/a.csv", "sales.order_lines", 1, 2, "quantity", "2 pcs"),
        ("shop/a.csv", "sales.order_lines", 3, 4, "quantity", "x"),
    ]
    assert rows[0].reason == "quantity is not a number that fits DECIMAL(18,3)"
    assert [row.row_number for row in quarantined(shop.workspace, limit=1)] == [1]
    assert quarantined(shop.workspace, delivery_id=2) == []
    assert quarantined(shop.workspace, feed="sales.orders") == []


def test_groups_count_the_rows_of_one_reason(shop):
    (group,) = quarantine_groups(shop.workspace)
    assert (group.delivery_id, group.file, group.row_count, group.first_row) == (1, "shop/a.csv", 2, 1)


def test_an_empty_quarantine_is_an_empty_list(tmp_path):
    shop = Shop.open(tmp_path)
    assert quarantined(shop.workspace) == quarantine_groups(shop.workspace) == replay(shop.workspace) == []


def test_replay_with_the_same_mapping_changes_nothing(shop):
    before = counts(shop), quarantined(shop.workspace)
    (result,) = replay(shop.workspace)
    assert (result.accepted, result.still_quarantined) == (0, 2)
    assert (counts(shop), quarantined(shop.workspace)) == before
    assert len(list(shop.workspace.quarantine.glob("*/*"))) == 1
    shop.check_law()


def test_replay_after_the_mapping_is_mended_takes_what_passes_now(shop):
    shop = shop.remap(MAPPED.format(quantity="replace(quantity, ' pcs', '')", more=""))
    assert shop.load() == {}, "a changed mapping alone loads nothing again"
    (result,) = replay(shop.workspace)
    assert (result.accepted, result.duplicates, result.still_quarantined, result.left) == (1, 0, 1, 0)
    shop.check_law()
    assert counts(shop) == [(1, 3, 2, 0, 1), (2, 1, 1, 0, 0)]
    assert shop.orders() == ["A1", "A2", "B1"]
    assert [row[0] for row in shop.quarantine()] == [3]
    assert len(list(shop.workspace.quarantine.glob("*/*"))) == 1, "the file of the first quarantine is gone"
    (again,) = replay(shop.workspace)
    assert (again.accepted, again.still_quarantined) == (0, 1)
    assert counts(shop) == [(1, 3, 2, 0, 1), (2, 1, 1, 0, 0)]


def test_replay_leaves_the_quarantine_of_other_deliveries_alone(shop):
    shop.put("c.csv", lines("C1,1,P1,7 pcs,9.99", "C2,1,P1,y,9.99"))
    shop.load()
    shop = shop.remap(MAPPED.format(quantity="replace(quantity, ' pcs', '')", more=""))
    assert [result.delivery_id for result in replay(shop.workspace, [3])] == [3]
    shop.check_law()
    assert [(row.delivery_id, row.row_number) for row in quarantined(shop.workspace)] == [(1, 1), (1, 3), (3, 2)]
    replay(shop.workspace)
    shop.check_law()
    assert [(row.delivery_id, row.row_number) for row in quarantined(shop.workspace)] == [(1, 3), (3, 2)]


def test_rows_that_leave_the_feed_are_no_longer_delivered(shop):
    shop = shop.remap(MAPPED.format(quantity="quantity", more="where = \"quantity <> 'x'\""))
    (result,) = replay(shop.workspace)
    assert (result.left, result.still_quarantined) == (1, 1)
    shop.check_law()
    assert counts(shop)[0] == (1, 2, 1, 0, 1)


def test_a_row_whose_key_was_taken_meanwhile_is_a_duplicate_or_stays(tmp_path):
    shop = Shop.open(tmp_path, MAPPED.format(quantity="quantity", more=""))
    shop.put("a.csv", lines("A1,1,P1,2 pcs,9.99", "A1,1,P1,2,9.99", "A2,1,P1,5 pcs,9.99", "A2,1,P1,2,9.99"))
    shop.load()
    shop = shop.remap(MAPPED.format(quantity="replace(quantity, ' pcs', '')", more=""))
    (result,) = replay(shop.workspace)
    assert (result.accepted, result.duplicates, result.still_quarantined) == (0, 1, 1)
    shop.check_law()
    assert shop.quarantine()[0][4] == "same key as row 4 of the file, which is kept, but other values"


def test_replay_finds_a_renamed_delivery_and_says_when_there_is_none(shop):
    path = shop.workspace.landing / "shop" / "a.csv"
    path.rename(path.with_name("renamed.csv"))
    shop.load()
    shop = shop.remap(MAPPED.format(quantity="replace(quantity, ' pcs', '')", more=""))
    (result,) = replay(shop.workspace)
    assert (result.accepted, result.problem) == (1, None)
    path.with_name("renamed.csv").unlink()
    (result,) = replay(shop.workspace)
    assert "no longer in landing" in result.problem
    assert result.still_quarantined == 1
    shop.check_law()


def test_a_mended_file_is_a_delivery_of_its_own(shop):
    shop.put("a.csv", BAD.replace(" pcs", "").replace("x", "4"))
    results = shop.load()["a.csv"].feeds["sales.order_lines"]
    assert (results.accepted, results.duplicates, results.quarantined) == (2, 1, 0)
    (result,) = replay(shop.workspace)
    assert "the next ingest loads" in result.problem


def test_a_crash_before_the_ledger_is_written_leaves_everything_as_it_was(shop, monkeypatch):
    before = counts(shop), quarantined(shop.workspace)
    shop = shop.remap(MAPPED.format(quantity="replace(quantity, ' pcs', '')", more=""))
    with monkeypatch.context() as patch:
        patch.setattr(book, "record_counts", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            replay(shop.workspace)
    assert (counts(shop), quarantined(shop.workspace)) == before
    shop.check_law()
    (result,) = replay(shop.workspace)
    assert result.accepted == 1
    shop.check_law()
