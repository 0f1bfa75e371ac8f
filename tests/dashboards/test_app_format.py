"""How numbers, money, dates and shares are written."""

from datetime import UTC, date, datetime
from decimal import Decimal

import altair as alt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dashboards import app_columns, app_format, app_tables
from dashboards.app_charts import theme
from dashboards.app_language import speaking

MINUS = "\u2212"
THIN = "\u202f"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (-1234, f"{MINUS}1,234"),
        (-0.4, "0"),
        (Decimal("1999.5"), "2,000"),
        (None, "\u2013"),
        (float("nan"), "\u2013"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert app_format.number(value) == text


@pytest.mark.parametrize(
    ("value", "currency", "decimals", "text"),
    [
        (Decimal("1234.50"), "EUR", 2, "€1,234.50"),
        (-1234, "EUR", 0, f"{MINUS}€1,234"),
        (-0.001, "GBP", 2, "£0.00"),
        (12, "SEK", 0, "SEK\u00a012"),
        (None, "EUR", 0, "\u2013"),
    ],
)
def test_money(value: float | None, currency: str, decimals: int, text: str) -> None:
    assert app_format.money(value, currency, decimals) == text


def test_money_is_short_from_ten_million_on() -> None:
    assert app_format.money_short(9_999_999, "EUR") == "€9,999,999"
    assert app_format.money_short(123_456_789, "EUR") == f"€123.46{THIN}M"
    assert app_format.money_short(-20_000_000, "EUR") == f"{MINUS}€20.00{THIN}M"


def test_shares() -> None:
    assert app_format.percent(0.12345) == f"12.3{THIN}%"
    assert [app_format.month(text) for text in ("2026-01", "overdue", "no date")] == ["Jan 2026", "overdue", "no date"]
    with speaking("zh"):
        assert app_format.month("2026-01") == "2026年1月"
    assert app_format.percent(None) == "\u2013"
    assert [app_format.chance(p) for p in (0.0, 0.00099, 0.001, 0.0126, 1.0, None, float("nan"))] == [
        f"<{THIN}0.001", f"<{THIN}0.001", "0.001", "0.013", "1.000", "\u2013", "\u2013",
    ]  # fmt: skip
    assert app_format.signed_percent(0.031) == f"+3.1{THIN}%"
    # The metric card reads the plain hyphen and turns its arrow down.
    assert app_format.signed_percent(-0.5) == f"-50.0{THIN}%"


@pytest.mark.parametrize(
    ("now", "before", "change"), [(110, 100, 0.1), (50, 100, -0.5), (-50, -100, 0.5), (5, 0, None), (5, None, None)]
)
def test_relative_change(now: float, before: float | None, change: float | None) -> None:
    assert app_format.change(now, before) == (None if change is None else pytest.approx(change))


def test_days_and_instants() -> None:
    assert app_format.day(date(2025, 12, 1)) == "1 Dec 2025"
    assert app_format.day(pd.NaT) == "\u2013"
    # 23:30 UTC on New Year's Eve is already the next year in Berlin.
    assert app_format.instant(datetime.fromisoformat("2025-12-31 23:30"), "Europe/Berlin") == "1 Jan 2026, 00:30"
    assert app_format.instant(datetime(2025, 12, 31, 23, 30, tzinfo=UTC), "UTC") == "31 Dec 2025, 23:30"


def test_days_are_written_as_the_reader_writes_them() -> None:
    with speaking("zh"):
        assert app_format.day(date(2025, 12, 1)) == "2025年12月1日"
        assert app_format.instant(datetime(2025, 12, 31, 23, 30, tzinfo=UTC), "UTC") == "2025年12月31日, 23:30"
        assert app_columns.one("week_on", "EUR")["type_config"]["format"] == "YYYY年M月D日"
        chart = alt.Chart(pd.DataFrame({"on": [date(2025, 12, 1)]})).mark_bar()
        framed = theme.framed(chart.encode(x=alt.X("on:T", axis=alt.Axis(format="%b %Y"))), 100)
        assert framed.to_dict()["encoding"]["x"]["axis"]["format"] == "%Y年%-m月"
    assert app_columns.one("week_on", "EUR")["type_config"]["format"] == "D MMM YYYY"


def test_durations() -> None:
    assert [app_format.duration(seconds) for seconds in (41.6, 192, 3900, None)] == [
        "42 s",
        "3 min 12 s",
        "1 h 05 min",
        "\u2013",
    ]


def test_long_text_is_cut_with_a_sign_of_it() -> None:
    assert app_format.short("a" * 10, 5) == "aaaa…"
    assert app_format.short(" two\n lines ", 20) == "two lines"
    assert app_format.short(None) == "\u2013"


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=1))
def test_nothing_in_the_data_is_markdown(text: str) -> None:
    tokens = MarkdownIt().parseInline(app_format.plain(text))[0].children or []
    assert all(token.type in ("text", "text_special") for token in tokens)
    assert "".join(token.content for token in tokens) == text


def test_tiers_and_groups_have_colours_of_their_own() -> None:
    assert list(app_format.TIER_COLOURS) == ["A", "B", "C", "D"]
    for colours in (app_format.TIER_COLOURS, app_format.GROUP_COLOURS, app_format.CHANNEL_COLOURS):
        assert len(set(colours.values())) == len(colours)


def seen_without_red(colour: str) -> tuple[float, float, float]:
    """A colour as somebody without red cones sees it (Vienot, Brettel, Mollon, 1999), in linear light."""
    red, green, blue = ((int(colour[place : place + 2], 16) / 255) ** 2.2 for place in (1, 3, 5))
    mixed = 0.11238 * red + 0.88762 * green
    return mixed, mixed, 0.00401 * red - 0.00401 * green + blue


def test_tiers_are_told_apart_without_red() -> None:
    seen = [seen_without_red(colour) for colour in app_format.TIER_COLOURS.values()]
    distances = [
        sum((one - other) ** 2 for one, other in zip(a, b, strict=True)) ** 0.5
        for place, a in enumerate(seen)
        for b in seen[place + 1 :]
    ]
    assert min(distances) > 0.1


@pytest.mark.parametrize(
    ("name", "value", "written"),
    [
        ("net_margin_12m", -1028.789, f"{MINUS}€1,028.79"),
        ("monetary_amount", 12, "€12.00"),
        ("churn_probability", 0.705, f"70.5{THIN}%"),
        ("durability", 0.07, f"7.0{THIN}%"),
        ("frequency", 1234.5, "1,234.50"),
        ("frequency", 10.0, "10"),
        ("frequency", None, app_format.NOTHING),
    ],
)
def test_an_attribute_is_written_by_what_it_is(name: str, value: float | None, written: str) -> None:
    assert app_columns.figure(name, value, "EUR") == written


def test_a_table_of_few_rows_is_only_as_high_as_they_are() -> None:
    assert app_tables.height(range(3), 300) == "content"
    assert app_tables.height(range(50), 300) == 300
    assert app_tables.height(range(8), 300) == 300  # nine lines and the frame take 318


def test_a_thin_space_within_a_number_stays_when_a_text_is_shortened() -> None:
    assert app_format.short(f" 12{THIN}%  of\nall ") == f"12{THIN}% of all"
