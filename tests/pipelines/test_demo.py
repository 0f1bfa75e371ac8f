"""The demo company's deliveries: the same bytes for the same seed, what ingest makes of them, and the next day."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from pipelines import demo
from pipelines.contracts import contracts
from pipelines.demo.files import FILES
from pipelines.ingest import DeliveryResult, ingest, register
from workspace.errors import RegularsError
from workspace.folders import PROJECT, Workspace

SMALL = {"customers": 250, "seed": 7}


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Workspace]:
    """Write a demo company into a workspace of its own."""

    def write(**asked: object) -> Workspace:
        root = tmp_path_factory.mktemp("demo")
        (root / "regulars.toml").write_text((PROJECT / "regulars.toml").read_text(encoding="utf-8"), encoding="utf-8")
        workspace = Workspace.open(root)
        demo.write(workspace, **(SMALL | asked))
        return workspace

    return write


@pytest.fixture(scope="module")
def company(make: Callable[..., Workspace]) -> Workspace:
    """A quarter less one day; a day later the next quarter must be lived through."""
    return make(days=91)


def files(workspace: Workspace) -> dict[str, bytes]:
    """Every file of landing by its path."""
    found = sorted(path for path in workspace.landing.rglob("*") if path.is_file())
    return {str(path.relative_to(workspace.landing)): path.read_bytes() for path in found}


def truth(workspace: Workspace, query: str) -> list[tuple]:
    """Ask the truth tables; `{truth}` stands for their folder."""
    return duckdb.sql(query.replace("{truth}", str(workspace.root / "demo_truth"))).fetchall()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(company, make):
    again, other = files(make(days=91)), files(make(days=91, seed=8))
    assert files(company) == again
    name = next(name for name in again if name.startswith("sales") and "/orders_" in name)
    assert again[name] != other[name]


def test_every_feed_is_delivered_by_day_under_its_date(company):
    names = files(company)
    for kind in FILES.values():
        mine = [name for name in names if name.startswith(f"{kind.folder}/") and f"/{kind.prefix}_" in name]
        assert mine, kind
        for name in mine:
            day = date.fromisoformat(name.split("_")[-1].split(".")[0])
            assert date(2025, 10, 2) <= day <= date(2025, 12, 31)
            assert f"/{day.year}/" in name
    orders = [name for name in names if "sales/" in name and "/orders_" in name]
    assert len(orders) > 80  # a company this small has days, and holidays, without an order


def test_written_piece_by_piece_is_what_is_written_at_once(company, make):
    """Two more days cross into a quarter that had not been lived through."""
    whole = files(make(days=93, end_on=date(2026, 1, 2)))
    result = [demo.next_day(company), demo.next_day(company)][-1]
    assert result.last_day == date(2026, 1, 2)
    assert files(company) == whole
    assert result.rows["sales.orders"] > 0
    known = json.loads((company.root / "demo_truth" / "state.json").read_text())
    assert (known["days"], known["last_day"]) == (93, "2026-01-02")


def test_ingest_accepts_everything_but_the_rows_that_were_spoiled(make):
    workspace = make(customers=1200, days=60, seed=3)
    results = ingest(workspace)
    assert {result.status for result in results} == {"loaded"}
    connection = duckdb.connect()
    register(connection, workspace)
    folder = workspace.root / "demo_truth"
    for name in ("files", "malformed"):
        connection.read_parquet(str(folder / f"{name}.parquet")).create_view(name)
    differing = connection.sql("""
        select * from files full join meta.deliveries as d using (feed, file)
        where (files.rows_delivered, files.rows_duplicate, files.rows_quarantined)
            is distinct from (d.rows_delivered, d.rows_duplicate, d.rows_quarantined)
            or d.rows_delivered <> d.rows_accepted + d.rows_duplicate + d.rows_quarantined
    """).fetchall()
    assert not differing
    spoiled = connection.sql("select feed, file, row from malformed where expected = 'quarantined'").fetchall()
    assert spoiled
    assert sorted(spoiled) == sorted(connection.sql("select feed, file, row_number from meta.quarantine").fetchall())
    loaded = {row[0] for row in connection.sql("select feed from meta.feeds where row_count > 0").fetchall()}
    assert loaded == set(contracts())


def test_whole_bad_files_come_when_asked_for_and_keep_nothing_else_out(make):
    workspace = make(days=5, bad_files=True)
    bad = dict(truth(workspace, "select file, kind from '{truth}/bad_files.parquet'"))
    assert set(bad.values()) == {"cut off", "column missing", "empty"}
    results = {result.file: result for result in ingest(workspace)}
    assert all(results[file].status == "refused" or not rows(results[file]) for file in bad)
    good = dict(truth(workspace, "select file, rows_delivered from '{truth}/files.parquet'"))
    assert {file: rows(results[file]) for file in good} == good


def rows(result: DeliveryResult) -> int:
    """Rows that a delivery brought, of all feeds."""
    return sum(counts.delivered for counts in result.feeds.values())


def test_who_is_who_is_on_record(company):
    for kind in ("customer_id", "prospect_id", "visitor_id", "phone"):
        owners = truth(
            company,
            f"""select identifier, count(distinct person_id) from '{{truth}}/identifiers.parquet'
            where kind = '{kind}' group by 1 having count(distinct person_id) > 1""",
        )
        assert not owners
    # Every customer number in an order of a person is one of that person's, or nobody's.
    strays = truth(
        company,
        """
        select * from '{truth}/orders.parquet' as o
        where person_id is not null and customer_id is not null and customer_id <> '0'
            and not exists (select 1 from '{truth}/identifiers.parquet' as i
                where i.identifier = o.customer_id and i.person_id = o.person_id)
    """,
    )
    assert not strays


def test_files_hold_the_rows_that_truth_counts(company):
    counted = dict(truth(company, "select file, rows_delivered from '{truth}/files.parquet'"))
    path = company.landing / "web"
    for name, rows in duckdb.sql(
        f"select filename, count(*) from read_parquet('{path}/*/*.parquet', filename = true) group by 1"
    ).fetchall():
        assert counted[str(Path(name).relative_to(company.landing))] == rows
    assert set(counted) == set(files(company))


def test_what_cannot_be_is_refused(company, tmp_path):
    with pytest.raises(RegularsError, match="already holds a demo company"):
        demo.write(company, **SMALL, days=5)
    (tmp_path / "regulars.toml").write_text("")
    empty = Workspace.open(tmp_path)
    assert not demo.exists(empty)
    with pytest.raises(RegularsError, match="no demo company"):
        demo.next_day(empty)
    with pytest.raises(RegularsError, match="a customer and a day"):
        demo.write(empty, customers=0, days=5)
    (empty.landing / "mine").mkdir(parents=True)
    (empty.landing / "mine" / "sales.csv").write_text("a\n1\n")
    with pytest.raises(RegularsError, match="already holds deliveries"):
        demo.write(empty, **SMALL, days=5)


def test_the_smallest_company_is_one_customer_for_one_day(make):
    workspace = make(customers=1, days=1)
    assert "sales/2025/products_2025-12-31.csv.gz" in files(workspace)
    assert truth(workspace, "select count(customer_id) from '{truth}/people.parquet'") >= [(1,)]
