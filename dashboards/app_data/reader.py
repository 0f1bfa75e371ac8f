"""Opening the published generation and running a query on it: read-only, resolved to its file, cached by that file."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec, TypeVar

import duckdb
import pandas as pd
import streamlit as st

from dashboards import app_viewer
from workspace import generations
from workspace.folders import Workspace

P = ParamSpec("P")
R = TypeVar("R")

Parameters = list[Any] | dict[str, Any] | None


@dataclass(frozen=True)
class Published:
    """The generation that a page shows, and what every page says about it.

    `file` is the key of every query: a file never changes, so what was read from it can be kept.
    """

    file: str
    name: str
    as_of: date
    built_at: datetime
    company_name: str
    currency: str
    time_zone: str
    cut_a: int
    cut_b: int
    window_months: int

    @property
    def rules(self) -> dict[str, object]:
        """What the glossary fills into its sentences."""
        return {"cut_a": self.cut_a, "cut_b": self.cut_b, "months": self.window_months}


class Where(NamedTuple):
    """Which generation is asked, as of which date, by whose clock."""

    file: str
    as_of: date
    time_zone: str


def published(workspace: Workspace) -> Published:
    """The generation that `current` points at now; a new one is seen at the next interaction.

    Raises
    ------
    NothingPublishedError
        If there is none yet.
    """
    return described(str(generations.current(workspace).file))


def cached(query: Callable[P, R]) -> Callable[P, R]:
    """Keep a query's results; its first argument is the generation's file, so a new generation asks anew.

    Kept is what anybody may see who sees most; each viewer gets it without what they may not see. It is the one door
    to personal data: whoever sees some is logged here.
    """
    kept = st.cache_data(max_entries=300, show_spinner=False)(query)

    @wraps(query)
    def asked(*arguments: P.args, **named: P.kwargs) -> R:
        answer: R = app_viewer.without_people(kept(*arguments, **named), query.__name__)
        return answer

    return asked


@st.cache_resource(max_entries=2, on_release=lambda connection: connection.close(), show_spinner=False)
def connection(file: str) -> duckdb.DuckDBPyConnection:
    """The one connection of this server to a generation.

    Two are kept, because a session may still be drawing a page of the generation before; older ones are closed.
    It may write only below the workspace's `exports`, where lists are frozen.
    """
    opened = duckdb.connect(file, read_only=True)
    exports = Path(file).parent.parent / "exports"
    opened.execute("set temp_directory = $folder", {"folder": str(exports / ".spill")})
    opened.execute("set allowed_directories = [$folder]", {"folder": f"{exports}/"})
    opened.execute("set timezone = 'UTC'")
    opened.execute("set enable_external_access = false")
    opened.execute("set lock_configuration = true")
    return opened


def rows(file: str, query: str, parameters: Parameters = None) -> pd.DataFrame:
    """The result of a query as a small table. A cursor of its own, so that sessions do not wait for each other."""
    with connection(file).cursor() as cursor:
        return cursor.execute(query, parameters).df()


def records(file: str, query: str, parameters: Parameters = None) -> list[dict[str, Any]]:
    """The result of a query as dictionaries: exact decimals, 64-bit keys and `None` stay what they are."""
    with connection(file).cursor() as cursor:
        answer = cursor.execute(query, parameters)
        names = [column[0] for column in answer.description or []]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def record(file: str, query: str, parameters: Parameters = None) -> dict[str, Any]:
    """The first row of a query; empty when there is none."""
    found = records(file, query, parameters)
    return found[0] if found else {}


@lru_cache(maxsize=8)
def described(file: str) -> Published:
    """What `meta.generation` says about a generation."""
    row = record(file, "select name, as_of, built_at, company_name, currency, time_zone, settings from meta.generation")
    abc = json.loads(row.pop("settings") or "{}").get("mining", {}).get("abc", {})
    return Published(
        file=file,
        cut_a=abc.get("cut_a", 80),
        cut_b=abc.get("cut_b", 95),
        window_months=abc.get("window_months", 12),
        **row,
    )
