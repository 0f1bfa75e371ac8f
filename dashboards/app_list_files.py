"""The files of a stored list: a button for each form; what is taken is made and logged when the button is used."""

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from dashboards import app_list_words
from dashboards.app_data import lists
from dashboards.app_frame import Page
from workspace import exports


def downloads(page: Page, row: dict[str, Any], place: str) -> None:
    """A button for each form; the file is made and the download is logged when the button is used."""
    with st.container(horizontal=True):
        for kind, (title, mime) in exports.FORMATS.items():
            st.download_button(
                title,
                data=partial(take, page, row, kind),
                file_name=app_list_words.file_name(row["name"], row["as_of"], kind),
                mime=mime,
                icon=":material/download:",
                key=f"{place}_{row['list_id']}_{kind}",
                on_click="ignore",
            )


def take(page: Page, row: dict[str, Any], kind: str) -> bytes:
    """The file of a stored list, for one download."""
    file = lists.taken(page.workspace, page.viewer, row, kind)
    return Path(file).read_bytes()
