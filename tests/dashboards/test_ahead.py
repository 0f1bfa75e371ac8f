"""What pages ask first is asked when a generation is published: their first reader finds it answered."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboards.app_data import ahead, reader
from dashboards.app_data.reader import Published
from pipelines import cli
from workspace.errors import NothingPublishedError
from workspace.folders import Workspace

Open = Callable[..., AppTest]


class StoppedError(Exception):
    """In place of waiting for ever."""


@pytest.fixture
def nothing_kept() -> Iterator[None]:
    st.cache_data.clear()
    yield
    st.cache_data.clear()


def forbidden(*_arguments: Any, **_named: Any) -> Any:
    raise AssertionError("asked while somebody waits")


@pytest.mark.parametrize(
    ("page", "working"),
    [
        ("loyalty", "loyalty.concentration"),
        ("compare", "compare.compare_groups"),
        ("questions", "questions.Asked"),
        ("lists", "list_query.members_query"),
    ],
)
@pytest.mark.usefixtures("nothing_kept")
def test_a_page_that_was_asked_ahead_has_nothing_left_to_ask(
    open_page: Open, company: Workspace, published: Published, monkeypatch: pytest.MonkeyPatch, page: str, working: str
) -> None:
    ahead.ask(published)
    module, name = working.split(".")
    monkeypatch.setattr(importlib.import_module(f"dashboards.app_data.{module}"), name, forbidden)
    app = open_page(company, page)
    assert not app.exception
    assert not app.error


@pytest.mark.usefixtures("nothing_kept")
def test_what_cannot_be_asked_is_left_to_its_page(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    for name in ("standing", "first_question"):
        monkeypatch.setattr(ahead, name, lambda data, name=name: asked.append(name))
    monkeypatch.setattr(ahead, "ASKED", (ahead.standing, forbidden, ahead.first_question))
    ahead.ask(published)
    assert asked == ["standing", "first_question"]


def test_every_generation_is_asked_once_and_nothing_published_is_waited_for(
    published: Published, company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = Published(**{**vars(published), "file": "later.duckdb"})
    unreadable = (NothingPublishedError("none"), duckdb.IOException("gone"), OSError("gone"))
    seen: list[Any] = [*unreadable, published, published, *unreadable, later, later, published]
    asked: list[str] = []

    def next_seen(_workspace: Workspace) -> Published:
        if not seen:
            raise StoppedError
        found = seen.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(reader, "published", next_seen)
    monkeypatch.setattr(ahead, "ask", lambda data: asked.append(data.file))
    monkeypatch.setattr(ahead.time, "sleep", lambda seconds: None)
    with pytest.raises(StoppedError):
        ahead.watch(company)
    assert asked == [published.file, "later.duckdb", published.file]


def test_the_dashboards_command_has_it_asked_beside_the_first_page(
    open_page: Open, company: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands: list[list[str]] = []
    begun: list[Workspace] = []
    monkeypatch.setattr(cli, "here", lambda: company)
    monkeypatch.setattr(cli, "serve", lambda workspace, command: commands.append(command))
    monkeypatch.setattr(ahead, "begin", begun.append)
    cli.dashboard(port=1)
    [command] = commands
    open_page(company, "overview")
    assert not begun
    monkeypatch.setattr("sys.argv", ["streamlit_app.py", *command[command.index("--") + 1 :]])
    open_page(company, "overview")
    assert begun == [company]
