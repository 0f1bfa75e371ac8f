"""What all charts share: the theme, colour scales, the writing of days and amounts, the frame around a finished one."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import altair as alt
import pandas as pd

from dashboards.app_format import INK, LINE, MUTED, PRIMARY, WARM
from dashboards.app_language import CHART_DAYS, ENGLISH, language, say
from dashboards.app_words import coded

FONT = '"Source Sans", "Source Sans Pro", sans-serif'
DAY = "%-d %b %Y"
WHOLE = ",.0f"
AXIS_AMOUNT = ",.2~f"
SHARE = ".1%"
BLUES = ["#EEF3F6", "#0B4F6C"]

C = TypeVar("C", alt.Chart, alt.LayerChart)


def use() -> None:
    """Make every chart of this process look alike."""

    @alt.theme.register("regulars", enable=True)
    def regulars() -> alt.theme.ThemeConfig:
        text = {"labelFont": FONT, "titleFont": FONT, "labelColor": MUTED, "titleColor": MUTED}
        axis = text | {
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "gridColor": "#EDF0F3",
            "domainColor": LINE,
            "tickColor": LINE,
            "labelLimit": 220,
        }
        legend = text | {"labelFontSize": 12, "title": None, "orient": "top", "symbolType": "square", "offset": 8}
        config: Any = {
            "font": FONT,
            "background": "transparent",
            "view": {"stroke": None},
            "axis": axis,
            "axisX": {"grid": False},
            # The last number is not pushed back into its neighbour, and what would touch is left out.
            "axisXQuantitative": {"labelFlush": False, "labelOverlap": "greedy", "labelSeparation": 6},
            "axisXTemporal": {"labelOverlap": "greedy", "labelSeparation": 10},
            "legend": legend,
            "text": {"font": FONT, "fontSize": 12, "color": INK},
            "bar": {"cornerRadius": 2},
            "range": {"category": [PRIMARY, WARM, "#E2A03F", "#3D8DB0", "#8C4A2F", "#97A3AC"]},
        }
        return {"config": config}


def scale(colours: Mapping[str, str], present: Iterable[object] | None = None) -> alt.Scale:
    """A colour scale that gives a value its own colour whatever else is in the chart."""
    shown = set(colours if present is None else present)
    names = [name for name in colours if name in shown]
    return alt.Scale(domain=names, range=[colours[name] for name in names])


def names_axis(labelLimit: int = 220, **more: Any) -> alt.Axis:  # noqa: N803  (as Vega-Lite spells it)
    """An axis of names: no line, no ticks, dark letters; on a narrow screen names leave the bars more than half."""
    limit = alt.ExprRef(f"min({labelLimit}, max(110, 0.38 * windowSize()[0]))")
    look = {"domain": False, "ticks": False, "labelColor": INK, "labelPadding": 7, "labelLimit": limit}
    return alt.Axis(**(look | more))


def text_pixels(text: object) -> int:
    """About how wide a text is at 12 pixels; a Chinese sign is as wide as two letters."""
    return round(sum(12.5 if ord(letter) > 0x2E80 else 6.3 for letter in str(text)))


def legend(names: Iterable[object], **more: Any) -> alt.Legend:
    """A legend whose names, as the reader sees them, go on below where the screen is too narrow for one line."""
    widest = max((text_pixels(coded(name)) for name in names), default=0) + 32
    limit = {"labelLimit": 320, "columnPadding": 12}
    return alt.Legend(columns=alt.ExprRef(f"max(1, floor(width / {widest}))"), **(limit | more))


def room(most: float, texts: Iterable[object]) -> dict[str, Any]:
    """For a scale from zero: the end that leaves room beside the longest bar for its text, on any screen."""
    pixels = max((text_pixels(text) for text in texts), default=0) + 12
    return {"domainMax": alt.ExprRef(f"{most} / max(0.2, 1 - {pixels} / width)"), "nice": False}


def bar_width(count: float, share: float = 0.7, most: int = 26) -> alt.ExprRef:
    """The width of each of `count` bars over time: they never touch, however narrow the screen."""
    return alt.ExprRef(f"min({most}, max(1, {share} * width / {max(count, 1):.0f}))")


def framed(chart: C, height: int, right: int = 4) -> C:
    """The chart in the reader's language at its height, with just enough room; Streamlit would leave a gap below."""
    if language() != ENGLISH:
        translate(chart)
    return chart.properties(height=height, padding={"left": 2, "right": right, "top": 6, "bottom": 2})


def translate(part: Any) -> None:
    """Say every title and day of a chart in the reader's language, and name the codes in its data and its scales."""
    if isinstance(part, list | tuple):
        for one in part:
            translate(one)
        return
    held = part if isinstance(part, dict) else part._kwds if isinstance(part, alt.SchemaBase) else {}
    for name, value in held.items():
        if isinstance(value, pd.DataFrame):
            held[name] = coded(value)
        elif name == "title" and isinstance(value, str):
            held[name] = say(value)
        elif name == "format" and isinstance(value, str):
            held[name] = CHART_DAYS[language()].get(value, value)
        elif name in ("domain", "sort") and isinstance(value, list):
            held[name] = [coded(one) for one in value]
        else:
            translate(value)
