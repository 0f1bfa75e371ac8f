"""Tables of a page."""

from collections.abc import Sized
from typing import Literal

import pandas as pd
import streamlit as st

from dashboards import app_columns
from dashboards.app_frame import Page

MOST_IN_SIGHT = 21
ROW, EDGES = 35, 3  # pixels of a row, of which the head is one, and of the frame


def table(page: Page, rows: pd.DataFrame, columns: list[str], title: str) -> None:
    """A table with its columns in order, every text on one line; a long one rolls."""
    st.dataframe(
        app_columns.shown(rows, columns),
        hide_index=True,
        placeholder="",
        column_config=app_columns.of(columns, page.data.currency),
        height="content" if len(rows) <= MOST_IN_SIGHT else 620,
        alt=title,
    )


def height(rows: Sized, most: int) -> int | Literal["content"]:
    """At most so many pixels; a table of fewer rows is only as high as they are."""
    return most if (len(rows) + 1) * ROW + EDGES > most else "content"
