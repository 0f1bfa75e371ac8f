"""The router: page settings, navigation, and what happens to a fault that no page foresaw."""

import logging
import sys
from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
# Streamlit puts only this folder on the path; the rooms are found from the project's root.
if str(HERE.parent) not in sys.path:
    sys.path.insert(0, str(HERE.parent))

from dashboards import app_frame  # noqa: E402
from dashboards.app_charts import theme  # noqa: E402
from dashboards.app_sections import SECTIONS  # noqa: E402
from dashboards.app_words import say  # noqa: E402
from workspace.errors import RegularsError  # noqa: E402

AHEAD = "--ahead"  # with which `regulars dashboard` starts it


def main() -> None:
    """Draw the frame and run the chosen page."""
    st.set_page_config(
        page_title="Regulars",
        page_icon=str(HERE / "app_static" / "icon.svg"),
        layout="wide",
        initial_sidebar_state=224,  # its width; hidden at first where the screen is narrow
    )
    st.logo(str(HERE / "app_static" / "logo.svg"), size="large", icon_image=str(HERE / "app_static" / "icon.svg"))
    theme.use()
    app_frame.speak()
    if not app_frame.admitted():
        return
    sections = {
        say(section): [
            st.Page(f"app_pages/{name}.py", title=say(title), icon=icon, default=name == "overview")
            for name, title, icon in pages
        ]
        for section, pages in SECTIONS.items()
    }
    page = st.navigation(sections, expanded=True)
    app_frame.sidebar()
    app_frame.search_button()
    try:
        page.run()
    except RegularsError as error:
        app_frame.trouble(error)
    except Exception:
        logging.getLogger("regulars").exception("A page could not be drawn")
        app_frame.broken()
    app_frame.keep_loaded()
    if AHEAD in sys.argv:
        app_frame.ask_ahead()


main()
