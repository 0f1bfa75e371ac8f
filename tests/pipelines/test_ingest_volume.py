"""Deliveries compared with their own past: what is empty or far off waits until somebody lets it through."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from typer.testing import CliRunner

from pipelines import cli
from pipelines.ingest import decide, holds
from pipelines.ingest.profiling import Profile
from pipelines.ingest.volume import Past, verdicts
from tests.deliveries import LINES, Shop, lines
from tests.sqlite import till, writing
from workspace.errors import RegularsError

UTC = ZoneInfo("UTC")
HEADER = "order_id,line_number,product_id,quantity,unit_price,discount"
USUAL = (40, 37, 44, 41, 39, 43, 38, 42, 40, 41, 36, 45, 40, 39, 42)


def day(number: int, rows: int, price: float = 9.99, discount: str = "0", order: str = "") -> str:
    """The lines of one day, one order each."""
    name = order or f"D{number}-{{}}"
    records = [f"{name.format(row)},{1},P{row % 5},1,{price + row % 7},{discount}" for row in range(rows)]
    return lines(*records, header=HEADER)


@pytest.fixture
def shop(tmp_path) -> Shop:
    """A shop with fifteen usual days behind it."""
    shop = Shop.open(tmp_path)
    for number, rows in enumerate(USUAL):
        shop.put(f"{number:03}.csv", day(number, rows))
    assert {one.status for one in shop.load().values()} == {"loaded"}
    return shop


def come(shop: Shop, name: str, content: str) -> str:
    """Deliver one file; what became of it."""
    shop.put(name, content)
    return shop.load()[name].status


def rows_in_raw(shop: Shop) -> int:
    return shop.one("select count(*) from raw.sales_order_lines")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (day(20, 0), "it is empty, which none before it was"),
        (day(20, 2000), "2,000 rows, where"),
        (day(20, 1), "1 rows, where"),
        (day(20, 40, discount=""), "0% of discount filled, where"),
        (day(20, 40, price=999), "unit_price on average, where"),
        (day(20, 40, order="D20"), "of its keys different, where"),
        (day(20, 40).replace("P1,1,", "P1,one,").replace("P2,1,", "P2,two,"), "40% of its rows in quarantine"),
    ],
)
def test_what_is_empty_or_far_off_is_held_and_nothing_of_it_is_stored(shop, content, words):
    before = rows_in_raw(shop)
    assert come(shop, "020.csv", content) == "held"
    assert rows_in_raw(shop) == before
    assert shop.quarantine() == []
    (row,) = shop.query(
        "select rows_delivered, rows_held, rows_accepted, reason, verdict from meta.deliveries where status = 'held'"
    )
    assert row[:3] == (len(content.splitlines()) - 1, len(content.splitlines()) - 1, 0)
    assert words in row[3]
    assert "compared with the last 15 deliveries" in row[3]
    assert row[4] == "unusual"
    assert shop.load() == {}, "it is not tried again by itself"
    assert come(shop, "021.csv", day(21, 40)) == "loaded", "the next is compared with those that count"


@pytest.mark.parametrize("rows", [28, 40, 60])
def test_an_ordinary_day_is_not_held(shop, rows):
    assert come(shop, "020.csv", day(20, rows)) == "loaded"
    assert shop.one("select verdict from meta.deliveries order by delivery_id desc limit 1") == "usual"


def test_one_that_is_let_through_is_loaded_and_the_like_of_it_is_never_held_again(shop):
    before = rows_in_raw(shop)
    assert come(shop, "020.csv", day(20, 2000)) == "held"
    decide(shop.workspace, "shop/020.csv", "released", "Ada")
    assert [one.decision for one in holds(shop.workspace)] == ["released"]
    assert shop.load()["020.csv"].status == "loaded"
    assert rows_in_raw(shop) == before + 2000
    assert holds(shop.workspace) == []
    assert come(shop, "021.csv", day(21, 1500)) == "loaded"
    assert come(shop, "022.csv", day(22, 9000)) == "held"


def test_one_that_is_refused_stays_out_until_that_is_taken_back(shop):
    assert come(shop, "020.csv", day(20, 2000)) == "held"
    decide(shop.workspace, "16", "refused", "Ada")
    assert shop.load() == {}
    assert shop.query("select status, rows_held from meta.deliveries where file = 'shop/020.csv'") == [("refused", 0)]
    decide(shop.workspace, "shop/020.csv", "released", "Ada")
    assert shop.load()["020.csv"].status == "loaded"


def test_a_decision_on_what_is_not_held_names_what_is(shop):
    assert come(shop, "020.csv", day(20, 2000)) == "held"
    with pytest.raises(RegularsError, match=r"No delivery 'shop/000.csv' is held") as error:
        decide(shop.workspace, "shop/000.csv", "released", "Ada")
    assert "16 shop/020.csv" in str(error.value.remedy)


def test_with_too_little_history_it_says_so_and_holds_nothing(tmp_path):
    shop = Shop.open(tmp_path)
    assert come(shop, "000.csv", day(0, 40)) == "loaded"
    assert come(shop, "001.csv", day(1, 4000)) == "loaded"
    said = shop.query("select verdict, verdict_words from meta.deliveries order by delivery_id")
    assert said == [
        ("not compared", "it came with the first of its source, or was let through"),
        ("too little history", "1 deliveries before it"),
    ]


def test_where_the_settings_say_load_it_is_loaded_and_said(shop):
    shop = shop.remap(LINES.replace('files = "shop/*"', 'files = "shop/*"\nunusual = "load"'))
    assert come(shop, "020.csv", day(20, 2000)) == "loaded"
    assert shop.one("select verdict from meta.deliveries order by delivery_id desc limit 1") == "unusual"


def test_a_file_of_two_feeds_is_held_as_a_whole(tmp_path):
    feed = '[sources.shop.feeds."sales.orders"]\non_repeat = "first"\ncolumns = { order_id = "order_id", ' \
        "ordered_at = \"'2024-05-01'\", updated_at = \"'2024-05-01'\" }\n"  # fmt: skip
    shop = Shop.open(tmp_path, LINES + feed)
    for number, rows in enumerate(USUAL):
        shop.put(f"{number:03}.csv", day(number, rows))
    shop.load()
    assert come(shop, "020.csv", day(20, 40, price=999)) == "held"
    assert shop.query("select feed, rows_held from meta.deliveries where status = 'held' order by 1") == [
        ("sales.order_lines", 40), ("sales.orders", 40),
    ]  # fmt: skip
    assert shop.one("select count(*) from raw.sales_orders where order_id like 'D20-%'") == 0


def test_a_read_of_a_database_that_is_held_waits_and_the_next_night_reads_it_again(tmp_path):
    shop, file = till(tmp_path, 'table = "order_lines"\nwatermark = "changed_at"\noverlap_hours = 0')
    start = datetime(2024, 5, 1)  # noqa: DTZ001
    add = "insert into order_lines values (?, 1, 'P1', 1, ?, ?)"

    def sell(number: int, rows: int) -> None:
        at = start + timedelta(days=number)
        with writing(file) as connection:
            connection.executemany(
                add, [(f"D{number}-{row}", 1, f"{at + timedelta(seconds=row)}") for row in range(rows)]
            )

    for number in range(15):
        sell(number, 40)
        assert [one.status for one in shop.load().values()] == ["loaded"]
    sell(15, 3000)
    (held,) = shop.load().values()
    assert held.status == "held"
    sell(16, 40)
    (again,) = shop.load().values()
    assert again.status == "held", "it holds all that the first one did, and a day more"
    decide(shop.workspace, held.file, "released", "Ada")
    assert shop.load()[held.file].status == "loaded"
    assert rows_in_raw(shop) == 15 * 40 + 3000
    assert {one.status for one in shop.load().values()} == {"loaded"}, "from where the one let through ended"
    assert rows_in_raw(shop) == 15 * 40 + 3000 + 40
    assert holds(shop.workspace) == [], "what the held one brought is there by another"
    assert list(shop.workspace.state.glob("reads/till/*")) == []


def test_it_is_let_through_by_name_on_the_command_line_and_stands_in_the_status(shop):
    come(shop, "020.csv", day(20, 2000))

    def run(*words: str) -> str:
        result = CliRunner().invoke(cli.app, ["-w", str(shop.workspace.root), *words])
        assert result.exit_code == 0, result.output
        return result.stdout

    assert json.loads(run("status", "--json"))["held"][0]["file"] == "shop/020.csv"
    assert "shop/020.csv" in run("status")
    assert json.loads(run("deliveries", "list", "--held", "--json"))["held"][0]["rows"] == 2000
    run("deliveries", "refuse", "shop/020.csv")
    assert json.loads(run("status", "--json"))["held"] == []
    run("deliveries", "release", "shop/020.csv")
    assert shop.load()["020.csv"].status == "loaded"


def ordinary(days: int, seed: int) -> list[Profile]:
    """Days of a shop that sells ten times as much on a Friday as on a Sunday, a year's growth of a half in it."""
    random = np.random.default_rng(seed)
    by_weekday = (300, 280, 310, 350, 900, 500, 90)
    made = []
    for number in range(days):
        at = datetime(2024, 1, 1, 20) + timedelta(days=number)  # noqa: DTZ001 - in UTC, as Profile says
        mean = by_weekday[at.weekday()] * 1.5 ** (number / 365) * random.lognormal(0, 0.15)
        rows = int(random.poisson(mean))
        bad, filled = int(random.binomial(rows, 0.01)), {}
        filled = {"order_id": rows - bad, "price": rows - bad, "campaign": int(random.binomial(rows - bad, 0.2))}
        price = float(random.lognormal(3, 0.8, rows - bad).sum())
        made.append(Profile(rows, bad, rows - bad, at, filled, {"price": price}))
    return made


def alarms(made: list[Profile]) -> list[str]:
    """What is said of each day that is unusual beside those before it."""
    found = [verdicts({"f": one}, {"f": Past(made[max(0, n - 200) : n])}, UTC)["f"] for n, one in enumerate(made)]
    assert [one.word for one in found[:14]] == ["too little history"] * 14
    return [one.words for one in found if one.word == "unusual"]


def test_in_two_years_of_ordinary_days_there_is_hardly_a_false_alarm():
    said = [words for seed in range(3) for words in alarms(ordinary(730, seed))]
    assert len(said) <= 6, "1 in 1,000 of 2,190 days is 2; more than 6 has a chance of 1 %"


def test_a_friday_like_a_sunday_is_noticed_because_it_is_compared_with_fridays():
    made = ordinary(260, 1)
    friday = next(one for one in reversed(made) if one.newest_at.weekday() == 4)
    sunday = next(one for one in reversed(made) if one.newest_at.weekday() == 6)
    past = Past(made[:-7])
    as_sunday = Profile(sunday.rows, 0, sunday.rows, friday.newest_at, sunday.filled, sunday.sums)
    assert verdicts({"f": sunday}, {"f": past}, UTC)["f"].word == "usual"
    verdict = verdicts({"f": as_sunday}, {"f": past}, UTC)["f"]
    assert verdict.word == "unusual"
    assert verdict.words.endswith("(compared with the last 26 Fridays)")


def test_a_weekday_begins_by_the_clock_of_the_company():
    late = Profile(1, 0, 1, datetime(2024, 5, 5, 23, 30))  # noqa: DTZ001 - Sunday by UTC
    assert late.day(UTC).weekday() == 6
    assert late.day(ZoneInfo("Europe/Berlin")).weekday() == 0


def test_a_source_that_is_often_empty_may_be_empty():
    made = [Profile(0 if number % 5 == 0 else 50, 0, 50) for number in range(30)]
    assert verdicts({"f": Profile(0, 0, 0)}, {"f": Past(made)}, UTC)["f"].word == "usual"
