"""Tables of a page."""

import pandas as pd
import streamlit as st

from dashboards import app_columns
from dashboards.app_frame import Page

MOST_IN_SIGHT = 21


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
