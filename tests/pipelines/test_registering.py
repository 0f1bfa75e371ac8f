"""The ledger in the warehouse: what a delivery did is taken over when it changes, and read no second time."""

import shutil

import pytest

from pipelines.ingest import decide, replay
from pipelines.ingest import ledger as book
from tests.deliveries import HEADER, LINES, Shop, lines

GOOD = lines("A1,1,P1,2,9.99")
BAD = lines("B1,1,P1,two,9.99", "B2,1,P1,3,9.99")


@pytest.fixture
def shop(tmp_path) -> Shop:
    shop = Shop.open(tmp_path)
    shop.put("a.csv", GOOD)
    shop.load()
    return shop


def changed(shop: Shop, since: int) -> list[int]:
    """The deliveries that a warehouse reads that has taken over everything up to `since`."""
    with book.open_ledger(shop.workspace) as ledger:
        return [one.delivery_id for one in book.deliveries(ledger, since).values()]


def last(shop: Shop) -> int:
    with book.open_ledger(shop.workspace) as ledger:
        return book.last_change(ledger)


def test_a_night_reads_of_the_ledger_what_came_that_night(shop):
    before = last(shop)
    assert changed(shop, 0) == [1]
    assert changed(shop, before) == []
    shop.put("b.csv", BAD)
    shop.load()
    assert changed(shop, before) == [2]
    assert shop.load() == {}
    assert changed(shop, last(shop)) == []


def test_a_delivery_that_is_mended_is_read_again(shop):
    shop.put("b.csv", BAD)
    shop.load()
    before = last(shop)
    names = {name: name for name in HEADER.split(",")} | {"quantity": "replace(quantity, 'two', '2')"}
    mended = shop.remap(LINES + "".join(f'columns.{name} = "{sql}"\n' for name, sql in names.items()))
    assert [result.accepted for result in replay(mended.workspace)] == [1]
    assert changed(mended, before) == [2]
    mended.check_law()
    assert mended.kept()["quarantine"] == []


def test_a_decision_on_a_held_delivery_is_read(shop):
    for number in range(15):
        shop.put(f"c{number:02}.csv", lines(*(f"C{number}-{row},1,P1,1,9.99" for row in range(30 + number % 3))))
    shop.load()
    shop.put("d.csv", lines(*(f"D{row},1,P1,1,9.99" for row in range(3000))))
    assert shop.load()["d.csv"].status == "held"
    before = last(shop)
    decide(shop.workspace, "shop/d.csv", "refused", who="Ada")
    assert changed(shop, before) == [17]
    shop.check_law()
    assert "refused" in [row[11] for row in shop.kept()["deliveries"]]


def test_a_ledger_that_was_put_back_from_a_copy_is_taken_over_anew(shop):
    file = shop.workspace.state / "ledger.sqlite"
    shutil.copyfile(file, file.with_suffix(".copy"))
    shop.put("b.csv", BAD)
    shop.load()
    shutil.copyfile(file.with_suffix(".copy"), file)
    # Another comes in its place, as many rows: the ledger has counted as far as the warehouse knows, but other things.
    (shop.workspace.landing / "shop" / "b.csv").unlink()
    shop.put("e.csv", BAD.replace("B", "E"))
    shop.load()
    assert [row[2] for row in shop.kept()["deliveries"]] == ["shop/a.csv", "shop/e.csv"]


def test_a_ledger_from_before_changes_were_counted_is_taken_over_whole(shop):
    with book.open_ledger(shop.workspace) as ledger:
        ledger.execute("delete from touched")
    assert changed(shop, 0) == [1]
