"""How numbers, money, dates and shares are written, and the colours that mean the same on every page."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd

from dashboards.app_language import DAYS, MONTHS, language, say_count

NOTHING = "\u2013"  # a dash
MINUS = "\u2212"  # as wide as a digit, unlike a hyphen
NARROW = "\u202f"  # a thin space that does not break: "12.3 %" stays in one piece
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "CNY": "¥", "CHF": "CHF\u00a0"}

Number = int | float | Decimal

# Blues bring money, rust costs money; the steps of lightness keep them apart without colour and in print.
TIER_COLOURS = {"A": "#0B4F6C", "B": "#3D8DB0", "C": "#A9CBDA", "D": "#C8553D"}
# Blues are close to us, ambers are slipping, browns were good once, greys are far away.
GROUP_COLOURS = {  # messages: keys
    "Champions": "#0B4F6C",
    "Loyal": "#1F7396",
    "Active": "#3D8DB0",
    "Promising": "#7DB5CD",
    "New": "#B5D6E3",
    "Needs attention": "#F2CF8A",
    "At risk": "#E2A03F",
    "Almost lost": "#C8702B",
    "Previously loyal": "#8C4A2F",
    "Dormant": "#97A3AC",
    "Prospects": "#CDD5DB",
}
# As the groups: blues are close to us, amber is slipping, brown was good once, grey has not begun.
STAGE_COLOURS = {  # messages: keys
    "loyal": "#0B4F6C",
    "established": "#1F7396",
    "regular": "#3D8DB0",
    "new": "#B5D6E3",
    "lapsed": "#E2A03F",
    "lost": "#8C4A2F",
    "potential": "#CDD5DB",
}
LEVEL_COLOURS = {  # messages: keys
    "top": "#0B4F6C",
    "could join the top": "#3D8DB0",
    "small": "#A9CBDA",
    "dormant": "#97A3AC",
    "cost money": "#C8553D",
}
# After Okabe and Ito, "Color universal design", 2008.
CHANNEL_COLOURS = {
    "web": "#0072B2",
    "store": "#E69F00",
    "phone": "#CC79A7",
    "field": "#009E73",
    "email": "#56B4E9",
    "sms": "#D55E00",
    "post": "#8A6D3B",
    "chat": "#6A51A3",
}
INK, MUTED, LINE, PAPER, PRIMARY, WARM = "#1F2A33", "#5C6B77", "#DCE2E7", "#F4F6F8", "#0B5A7A", "#C8553D"


def is_missing(value: object) -> bool:
    """True for None, NaN and NaT."""
    return value is None or bool(pd.isna(value))  # type: ignore[call-overload]


def number(value: Number | None, decimals: int = 0) -> str:
    """1,234,567; a dash for nothing."""
    return NOTHING if is_missing(value) else minus(f"{value:,.{decimals}f}")


def minus(text: str) -> str:
    """A true minus sign, and none before a number that rounds to zero."""
    if not text.startswith("-"):
        return text
    return text.replace("-", MINUS, 1) if re.search(r"[1-9]", text) else text[1:]


def symbol(currency: str) -> str:
    """What stands before an amount: a sign where there is a well-known one, else the code and a space."""
    return SYMBOLS.get(currency, f"{currency}\u00a0")


def money(value: Number | None, currency: str, decimals: int = 0) -> str:
    """€1,234, the minus before the sign of the currency; a dash for nothing."""
    if is_missing(value):
        return NOTHING
    text = number(value, decimals)
    return f"{MINUS}{symbol(currency)}{text[1:]}" if text.startswith(MINUS) else f"{symbol(currency)}{text}"


def money_short(value: Number | None, currency: str) -> str:
    """As `money`, in millions from ten million on: €123.46 M."""
    if value is None or is_missing(value) or abs(float(value)) < 10_000_000:
        return money(value, currency)
    return f"{money(float(value) / 1_000_000, currency, 2)}{NARROW}M"


def percent(share: Number | None, decimals: int = 1) -> str:
    """0.123 is 12.3 %; a dash for nothing."""
    return NOTHING if share is None or is_missing(share) else f"{number(float(share) * 100, decimals)}{NARROW}%"


def chance(p: Number | None) -> str:
    """A p value: 0.0004 is < 0.001, since none is nothing; a dash for none."""
    if p is None or is_missing(p):
        return NOTHING
    return f"<{NARROW}0.001" if p < 0.001 else number(float(p), 3)


def change(now: Number | None, before: Number | None) -> float | None:
    """The relative change, `None` where there is nothing to compare with."""
    if now is None or before is None or is_missing(now) or is_missing(before) or not before:
        return None
    return (float(now) - float(before)) / abs(float(before))


def signed_percent(share: float | None) -> str | None:
    """'+3.1 %' or '-3.1 %' with the plain hyphen that a metric card reads; `None` for nothing."""
    return None if share is None else f"{share * 100:+,.1f}{NARROW}%"


def day(value: date | datetime | None) -> str:
    """31 Dec 2025, as the reader's language has it; a dash for nothing."""
    if value is None or is_missing(value):
        return NOTHING
    return DAYS[language()].format(day=value.day, month=f"{value:%b}", number=value.month, year=value.year)


def month(text: str) -> str:
    """2026-01 is Jan 2026, as the reader's language has it; what is no month stays as it is."""
    if not re.fullmatch(r"\d{4}-\d\d", text):
        return text
    value = date.fromisoformat(f"{text}-01")
    return MONTHS[language()].format(month=f"{value:%b}", number=value.month, year=value.year)


def instant(value: datetime | None, time_zone: str) -> str:
    """A UTC instant by the company's clock: 31 Dec 2025, 02:31; a dash for nothing."""
    if value is None or is_missing(value):
        return NOTHING
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    local = aware.astimezone(ZoneInfo(time_zone))
    return f"{day(local)}, {local:%H:%M}"


def duration(seconds: float | None) -> str:
    """42 s, 3 min 12 s, 1 h 05 min; a dash for nothing."""
    if seconds is None or is_missing(seconds):
        return NOTHING
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def count(amount: int, one: str, many: str) -> str:
    """'1 customer', '1,234 customers', in the reader's language."""
    singular, plural = f"{{count}} {one}", f"{{count}} {many}"
    return say_count(singular, plural, amount, count=number(amount))


def short(text: object, length: int = 60) -> str:
    """The first `length` characters of a value, on one line; a dash for nothing."""
    if is_missing(text) or not str(text).strip():
        return NOTHING
    line = re.sub(rf"[^\S{NARROW}\u00a0]+", " ", str(text)).strip()  # spaces that hold a number together stay
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def plain(text: object) -> str:
    """A value of the data for a place that reads Markdown: every sign is shown as it is, none of it is run."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", str(text))
