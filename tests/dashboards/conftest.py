"""Workspaces as the dashboard may meet them (published, empty, failed, with malicious names), and ways to open it."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from dashboards.app_data import reader
from dashboards.app_data.reader import Published
from tests.dashboards.browsing import address, browser, tab  # noqa: F401
from workspace import generations, state
from workspace.folders import PROJECT, Workspace

APP = PROJECT / "dashboards" / "streamlit_app.py"
MALICIOUS = (
    "=cmd|'/c calc'!A1",
    "+SUM(1;2)",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">",
    "![x](http://example.invalid/x.png) **bold** :red[red] $a$ `code`",
    'O\'Brien "the" comma, semicolon; \\ backslash\nnewline',
    "Long " * 2000,
    "'); drop table serving.customer_360; --",
    "{name} {0} %s %",
)

# Somebody has to log in; roles follow.
ACCESS = """
[access]
metadata_url = "https://id.example/.well-known/openid-configuration"
client_id = "regulars"
[access.roles]
"""

Change = Callable[[duckdb.DuckDBPyConnection], None]


def republish(source: Workspace, folder: Path, change: Change) -> Workspace:
    """A workspace whose generation is that of `source` after `change`; its nights and lists are its own."""
    folder.mkdir(parents=True)
    shutil.copyfile(source.settings_file, folder / "regulars.toml")
    workspace = Workspace.open(folder).ensure()
    as_of = generations.current(source).as_of

    def write(target: Path) -> None:
        shutil.copyfile(generations.current(source).file, target)
        target.chmod(0o644)
        with duckdb.connect(str(target)) as connection:
            change(connection)

    generations.publish(workspace, generations.next_name(workspace, as_of), write, keep=5)
    return workspace


def empty_all(connection: duckdb.DuckDBPyConnection) -> None:
    """Delete every row but the one that says what the generation is."""
    tables = connection.execute(
        "select table_schema, table_name from information_schema.tables"
        " where table_type = 'BASE TABLE' and table_schema || '.' || table_name <> 'meta.generation'"
    ).fetchall()
    for schema, table in tables:
        connection.execute(f'delete from "{schema}"."{table}"')


def rename_customers(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the first customers malicious names, wherever names are shown."""
    keys = connection.execute("select customer_key from serving.customer_moves order by all").fetchall()
    keys += connection.execute("select customer_key from serving.customer_360 order by customer_key").fetchall()
    for name, (key,) in zip(MALICIOUS, dict.fromkeys(keys), strict=False):
        for table in ("serving.customer_360", "serving.customer_moves"):
            connection.execute(f"update {table} set name = ? where customer_key = ?", [name, key])


@pytest.fixture(scope="session")
def company(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The demo company's generation in a workspace of the dashboard tests' own, so that lists can be made in it."""
    return republish(demo_workspace, tmp_path_factory.mktemp("dashboard") / "company", lambda connection: None)


@pytest.fixture(scope="session")
def emptied(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Published, but no table has a row."""
    return republish(demo_workspace, tmp_path_factory.mktemp("dashboard") / "emptied", empty_all)


@pytest.fixture(scope="session")
def malicious(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Published, with customers whose names try to be formulas, markup, SQL or format strings."""
    return republish(demo_workspace, tmp_path_factory.mktemp("dashboard") / "malicious", rename_customers)


@pytest.fixture(scope="session")
def malicious_names(malicious: Workspace) -> list[str]:
    """The names that customers of `malicious` carry."""
    with duckdb.connect(str(generations.current(malicious).file), read_only=True) as connection:
        found = connection.execute("select name from serving.customer_360").fetchall()
    return [name for name in MALICIOUS if (name,) in found]


@pytest.fixture(scope="session")
def failed(demo_workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Published, and the night after it failed."""
    folder = tmp_path_factory.mktemp("dashboard") / "failed"
    workspace = republish(demo_workspace, folder, lambda connection: None)
    night = state.start_night(workspace, date(2030, 1, 2))
    state.end_night(workspace, night, failed_step="star", problem="The <b>test</b> unique_orders found 3 rows.")
    return workspace


@pytest.fixture(scope="session")
def unpublished(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A new workspace in which no night has run."""
    folder = tmp_path_factory.mktemp("unpublished")
    (folder / "regulars.toml").write_text("")
    return Workspace.open(folder).ensure()


@pytest.fixture(scope="session")
def published(company: Workspace) -> Published:
    """The generation of `company`."""
    return reader.published(company)


@pytest.fixture(scope="session")
def copy_of() -> Callable[[Workspace, Path], Workspace]:
    """Makes a workspace with the same generation, for a test that publishes."""
    return lambda source, folder: republish(source, folder, lambda connection: None)


@pytest.fixture(scope="session", autouse=True)
def no_search_for_components() -> Iterator[None]:
    """Streamlit's test runner reads the metadata of every installed package at each run; there is no component here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", lambda: [])
        yield


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens a page on a workspace, with the address's parameters."""

    def opened(workspace: Workspace, page: str, **parameters: str | list[str]) -> AppTest:
        monkeypatch.setenv("REGULARS_WORKSPACE", str(workspace.root))
        app = AppTest.from_file(str(APP), default_timeout=60)
        if page != "overview":
            app.switch_page(f"app_pages/{page}.py")
        for name, value in parameters.items():
            app.query_params[name] = value
        return app.run()

    return opened
