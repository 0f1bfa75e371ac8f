"""Ingest that dies at any point: nothing half-loaded is ever seen, and the next ingest loads what was lost."""

import sqlite3
from dataclasses import replace

import duckdb
import pytest

from pipelines.ingest import ledger as book
from pipelines.ingest import loading, running
from pipelines.ingest.ledger import Counts
from pipelines.ingest.loading import LawBrokenError
from pipelines.ingest.storing import Writer
from tests.deliveries import Shop, lines


class DiedError(BaseException):
    """Stands for a lost process: nothing may catch it."""


def die(*arguments, **named):
    raise DiedError


@pytest.fixture
def shop(tmp_path) -> Shop:
    shop = Shop.open(tmp_path)
    shop.put("a.csv", lines("A1,1,P1,2,9.99"))
    shop.load()
    shop.put("b.csv", lines("B1,1,P1,2,9.99", "B2,1,P1,two,9.99"))
    return shop


def folders(shop: Shop) -> list[str]:
    roots = (shop.workspace.raw, shop.workspace.quarantine)
    return sorted(path.name for root in roots for path in root.glob("*/*"))


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (loading, "read_batch"),
        (Writer, "write_quarantine"),
        (Writer, "publish"),
        (book, "record"),
        (book, "record_files"),
        (book, "record_sightings"),
    ],
)
def test_a_crash_at_any_point_leaves_no_half_loaded_file(shop, monkeypatch, where, what):
    before = folders(shop)
    with monkeypatch.context() as patch:
        patch.setattr(where, what, die)
        with pytest.raises(DiedError):
            running.ingest(shop.workspace)
    assert shop.orders() == ["A1"]
    assert shop.quarantine() == []
    shop.check_law()
    assert shop.load()["b.csv"].feeds["sales.order_lines"].accepted == 1
    assert shop.orders() == ["A1", "B1"]
    assert len(folders(shop)) == len(before) + 2, "what the crash left is swept"
    assert shop.load() == {}


def test_a_crash_between_two_renames_leaves_no_half_loaded_file(shop, monkeypatch):
    publish = Writer.publish

    def half(self):
        publish(self)
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(Writer, "publish", half)
        with pytest.raises(DiedError):
            running.ingest(shop.workspace)
    assert shop.orders() == ["A1"]
    shop.load()
    assert shop.orders() == ["A1", "B1"]
    assert len(folders(shop)) == 3


def test_a_lost_ledger_does_not_cost_a_single_row_of_raw(shop):
    before = folders(shop)
    (shop.workspace.state / "ledger.sqlite").unlink()
    shop.load()
    assert set(before) < set(folders(shop))


def test_the_ledger_itself_refuses_counts_that_do_not_add_up(shop):
    with pytest.raises(sqlite3.IntegrityError, match="law"), book.open_ledger(shop.workspace) as ledger:
        book.record_counts(ledger, 1, "sales.order_lines", Counts(3, 1, 0, 1), "batch")
    shop.check_law()


@pytest.mark.parametrize("method", ["write_accepted", "write_quarantine"])
def test_a_row_lost_while_writing_stops_the_batch(shop, monkeypatch, method):
    write = getattr(Writer, method)

    def lossy(self, *arguments):
        return {delivery: rows - 1 for delivery, rows in write(self, *arguments).items()}

    with monkeypatch.context() as patch:
        patch.setattr(Writer, method, lossy)
        with pytest.raises(LawBrokenError, match="does not add up"):
            running.ingest(shop.workspace)
    assert shop.orders() == ["A1"]
    shop.load()
    assert shop.orders() == ["A1", "B1"]


def test_a_row_lost_while_reading_stops_the_batch(shop, monkeypatch):
    read_batch = loading.read_batch

    def lossy(reader, *arguments):
        batch = read_batch(reader, *arguments)
        for number, rows in enumerate(batch.rows):
            reader.connection.execute(f"create view lossy_{number} as from {rows.relation} where file_row <> 1")
            batch.rows[number] = replace(rows, relation=f"lossy_{number}")
        return batch

    with monkeypatch.context() as patch:
        patch.setattr(loading, "read_batch", lossy)
        with pytest.raises(LawBrokenError, match="2 records in the file"):
            running.ingest(shop.workspace)
    assert shop.orders() == ["A1"]


def test_one_strange_file_does_not_spoil_the_others(shop, monkeypatch):
    shop.put("c.csv", lines("C1,1,P1,2,9.99"))
    shop.put("d.csv", lines("D1,1,P1,2,9.99"))
    read_batch = loading.read_batch

    def choke(reader, sources, files, *more):
        if any(file.file == "shop/c.csv" for file in files):
            raise duckdb.InternalException("INTERNAL Error: something nobody thought of")
        return read_batch(reader, sources, files, *more)

    with monkeypatch.context() as patch:
        patch.setattr(loading, "read_batch", choke)
        results = shop.load()
    assert {name: result.status for name, result in results.items()} == {
        "b.csv": "loaded", "c.csv": "refused", "d.csv": "loaded"
    }  # fmt: skip
    assert "something nobody thought of" in results["c.csv"].reason
    assert shop.orders() == ["A1", "B1", "D1"]
