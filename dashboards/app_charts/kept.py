"""Charts made once: what Vega-Lite is told of them is kept by their arguments and the reader's language.

Altair checks every part of a chart against its schema, which takes longer than all else that a page does. Nobody sees a
difference between a chart made anew and the same one kept.
"""

import pickle
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from threading import Lock
from typing import Any, ParamSpec

import altair as alt
import pandas as pd
import streamlit as st

from dashboards.app_language import language, speaking

P = ParamSpec("P")
Spec = dict[str, Any]
"""What Vega-Lite is told, with its tables under "datasets": for `st.vega_lite_chart`."""

MAX_CHARTS = 1_000
_settings = Lock()  # Altair's settings are the process's, and sessions draw at the same time


def kept(build: Callable[P, alt.Chart | alt.LayerChart]) -> Callable[P, Spec]:
    """Make a chart with the same arguments in the same language only once in this server's life."""
    name = f"{build.__module__}.{build.__qualname__}"

    @wraps(build)
    def asked(*arguments: P.args, **named: P.kwargs) -> Spec:
        spec: Spec = made(name, language(), arguments, named, build)
        return spec

    return asked


# A table by its bytes, which are never read again: to look at each of its values takes longer than all else that a kept
# chart needs.
@st.cache_data(max_entries=MAX_CHARTS, show_spinner=False, hash_funcs={pd.DataFrame: pickle.dumps})
def made(
    name: str, in_language: str, arguments: tuple[Any, ...], named: dict[str, Any], _build: Callable[..., Any]
) -> Spec:
    """The chart that `_build`, called `name`, makes of these arguments for a reader of a language."""
    with speaking(in_language):
        return spec_of(_build(*arguments, **named))


def spec_of(chart: alt.Chart | alt.LayerChart) -> Spec:
    """A chart as Vega-Lite is told it, checked by Altair, each of its tables under a name by what is in it."""
    tables: dict[str, pd.DataFrame] = {}

    def aside(table: pd.DataFrame) -> dict[str, str]:
        content = pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()
        name = sha256(repr([*table.columns]).encode() + content).hexdigest()[:32]
        tables[name] = table
        return {"name": name}

    with _settings:
        alt.data_transformers.register("aside", aside)
        with alt.data_transformers.enable("aside"):
            spec: Spec = chart.to_dict()
    return {**spec, "datasets": spec.get("datasets", {}) | tables}
