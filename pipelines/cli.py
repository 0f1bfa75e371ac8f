"""The `regulars` command: thin, every command calls one function of another module."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines import cli_audit, cli_deliveries, cli_identity, cli_outbox, cli_quarantine, console
from pipelines.cli_options import Json, as_day, chosen, here
from workspace import generations, state
from workspace.errors import NothingPublishedError, RegularsError
from workspace.folders import PROJECT, SETTINGS_FILE, Workspace

app = typer.Typer(
    help="Regulars: an analytical CRM that a company runs itself.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(cli_quarantine.app, name="quarantine")
app.add_typer(cli_identity.app, name="identity")
app.add_typer(cli_audit.app, name="audit")
app.add_typer(cli_deliveries.app, name="deliveries")
app.add_typer(cli_outbox.app, name="outbox")


@app.callback()
def options(
    workspace: Annotated[
        str | None,
        typer.Option("--workspace", "-w", help="Folder of the workspace; else $REGULARS_WORKSPACE, else data/."),
    ] = None,
) -> None:
    """Options of every command."""
    chosen["root"] = workspace


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="Folder to make; it may exist if it is empty.")]) -> None:
    """Make a workspace: a settings file to fill in and the data folders."""
    target = folder.expanduser().resolve()
    if (target / SETTINGS_FILE).exists():
        raise RegularsError(f"{target} is a workspace already.", f"Edit {target / SETTINGS_FILE}.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RegularsError(f"{target} is not an empty folder.", "Choose another, or empty it.")
    target.mkdir(parents=True, exist_ok=True)
    (target / SETTINGS_FILE).write_text((PROJECT / "workspace" / "template.toml").read_text())
    made = Workspace.open(target).ensure()
    console.say(f"Made {made.root}. Next: put files into {made.landing}, describe them in {made.settings_file},")
    console.say(f"then 'regulars -w {target} doctor' and 'regulars -w {target} nightly'.")


@app.command()
def demo(
    customers: Annotated[int, typer.Option(min=10, help="How many customers the company has.")] = 20_000,
    years: Annotated[int, typer.Option(min=1, max=10, help="How many years of history.")] = 2,
    seed: Annotated[int, typer.Option(help="Another seed is another company.")] = 1,
    next_day: Annotated[
        bool, typer.Option("--next-day", help="Deliver the next day of the company already there.")
    ] = False,
    run_nightly: Annotated[
        bool, typer.Option("--nightly", help="Run the nightly as of the last day delivered.")
    ] = False,
) -> None:
    """Write the demo company's deliveries into landing; with --nightly, load and publish them."""
    from pipelines import demo as company

    workspace = here().ensure()
    if next_day:
        last_day = company.next_day(workspace, report=console.say).last_day
    elif company.exists(workspace):
        last_day = company.last_day(workspace)
        console.say("The demo company is already here; 'regulars demo --next-day' adds a day.")
    else:
        made = company.write(workspace, customers=customers, years=years, seed=seed, report=console.say)
        last_day = made.last_day
    console.say(f"The demo company has delivered up to {last_day}.")
    if run_nightly:
        night(workspace, last_day)


@app.command()
def nightly(
    as_of: Annotated[
        str | None, typer.Option(help="The day whose end is described, e.g. 2025-12-31; else yesterday.")
    ] = None,
) -> None:
    """Load what has arrived, build, mine, check and publish."""
    from pipelines.partitions import yesterday

    workspace = here().ensure()
    night(workspace, as_day(as_of) or yesterday(workspace))


def night(workspace: Workspace, as_of: date) -> None:
    """Run a nightly with its progress, and sum it up."""
    from pipelines.nightly import run_nightly, steps
    from pipelines.partitions import checked_as_of
    from pipelines.summary import show_summary

    day = checked_as_of(workspace, as_of)
    with console.night_progress(steps(workspace)) as listen:
        result = run_nightly(workspace, day, listen)
    if result.generation is None:
        raise RegularsError(
            f"The night as of {day} failed in step '{result.failed_step}': {result.problem}",
            "Readers still see the generation before. Mend it and run the same command again.",
        )
    show_summary(workspace, result)
    if sent := cli_outbox.of_night(workspace):
        cli_outbox.show_outcomes(sent)
    cli_outbox.refuse_failed(sent)


@app.command()
def ingest(as_json: Json = False) -> None:
    """Only load what has arrived in landing; publish nothing."""
    from pipelines.ingest import ingest as load
    from pipelines.warehouse import exclusive

    workspace = here().ensure()
    with exclusive(workspace):
        results = load(workspace, report=console.say)
    rows = [
        {"delivery": result.delivery_id, "file": result.file, "status": result.status, "feed": feed, **asdict(counts)}
        for result in results
        for feed, counts in result.feeds.items()
    ] + [
        {"delivery": result.delivery_id, "file": result.file, "status": result.status, "reason": result.reason}
        for result in results
        if not result.feeds
    ]
    if as_json:
        console.show_json(rows)
        return
    loaded = [row for row in rows if "feed" in row]
    console.show_table("Loaded", loaded, right=["delivered", "accepted", "duplicates", "quarantined"])
    console.show_table("Refused", [row for row in rows if "reason" in row])


@app.command()
def status(as_json: Json = False) -> None:
    """What is published, how the last nights went, which deliveries are held."""
    workspace = here()
    held = cli_deliveries.held_rows()
    try:
        shown: dict[str, Any] | None = {"name": (now := generations.current(workspace)).name, "as_of": now.as_of}
    except NothingPublishedError:
        shown = None
    nights = [
        {
            "as_of": night.as_of,
            "started": night.started_at,
            "status": night.status,
            "generation": night.generation,
            "seconds": round(sum(night.steps.values()), 1),
            "problem": f"{night.failed_step}: {night.problem}" if night.problem else None,
        }
        for night in state.nights(workspace, 10)
    ]
    kept = [generation.name for generation in generations.generations(workspace)]
    if as_json:
        console.show_json(
            {"workspace": workspace.root, "published": shown, "generations": kept, "held": held, "nights": nights}
        )
        return
    console.out.print(f"Workspace    {workspace.root}")
    console.out.print(f"Published    {shown['name'] if shown else 'nothing yet: run regulars nightly'}")
    console.out.print(f"Kept         {', '.join(kept) or 'none'}")
    if held:
        cli_deliveries.show_held(held)
    console.show_table("Nights", nights, right=["seconds"])


@app.command()
def publish() -> None:
    """Publish the private warehouse once more, if its last night's checks passed."""
    from pipelines.assets.generation import publish_again
    from pipelines.warehouse import exclusive

    workspace = here()
    with exclusive(workspace):
        generation = publish_again(workspace)
    state.audit(workspace, workspace.settings.dashboard.user, "publish", generation=generation.name)
    console.say(f"Published {generation.name}.")


@app.command()
def rollback() -> None:
    """Show readers the generation before the present one."""
    from pipelines.warehouse import exclusive

    workspace = here()
    with exclusive(workspace):
        generation = generations.rollback(workspace)
    state.audit(workspace, workspace.settings.dashboard.user, "rollback", generation=generation.name)
    console.say(f"Readers now see {generation.name}. The next night publishes a new one.")


@app.command()
def lists(as_json: Json = False) -> None:
    """The target lists stored in this workspace, and their files."""
    rows = state.lists(here())
    if as_json:
        console.show_json(rows)
        return
    columns = ("list_id", "name", "created_at", "created_by", "as_of", "customer_count", "file")
    console.show_table("Lists", [{name: row[name] for name in columns} for row in rows], right=["customer_count"])


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look whether this machine and workspace can run a night; each failing line says the remedy."""
    from pipelines.doctor import examine

    findings = list(examine(chosen["root"]))
    if as_json:
        console.show_json([vars(finding) for finding in findings])
    else:
        for finding in findings:
            console.out.print(f"{'ok  ' if finding.is_fine else 'FAIL'}  {finding.what:<17} {finding.detail}")
            if not finding.is_fine:
                console.out.print(f"      {'':<17} → {finding.remedy}")
    if not all(finding.is_fine for finding in findings):
        raise typer.Exit(1)


@app.command()
def dashboard(port: Annotated[int | None, typer.Option(help="Port on this machine.")] = None) -> None:
    """Open the dashboard on this machine (127.0.0.1)."""
    workspace = here()
    page = PROJECT / "dashboards" / "streamlit_app.py"
    address = ["--server.port", str(port or workspace.settings.dashboard.port), "--server.address", "127.0.0.1"]
    with login(workspace) as options:
        serve(workspace, [sys.executable, "-m", "streamlit", "run", str(page), *address, *options, "--", "--ahead"])


@contextmanager
def login(workspace: Workspace) -> Iterator[list[str]]:
    """Streamlit's options for the login, whose file lies in a folder of this user's until the dashboard stops."""
    if not workspace.settings.access.is_on:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="regulars-login-") as folder:
        file = Path(folder) / "secrets.toml"
        file.touch(mode=0o600)
        file.write_text(workspace.settings.access.login_file())
        yield ["--secrets.files", str(file)]


@app.command()
def dagster(port: Annotated[int, typer.Option(help="Port on this machine.")] = 3000) -> None:
    """Open Dagster on this machine: assets, schedule, sensor, backfills."""
    from pipelines.nightly import dagster_home

    workspace = here().ensure()
    os.environ["DAGSTER_HOME"] = str(dagster_home(workspace))
    command = [str(Path(sys.executable).parent / "dagster"), "dev", "-m", "pipelines.definitions"]
    serve(workspace, [*command, "--port", str(port), "--host", "127.0.0.1"])


def serve(workspace: Workspace, command: list[str]) -> None:
    """Run a server in the foreground until it is stopped."""
    environment = {**os.environ, "REGULARS_WORKSPACE": str(workspace.root)}
    try:
        # S603: a fixed command of this environment; no part of it comes from data.
        code = subprocess.run(command, env=environment, cwd=PROJECT, check=False).returncode  # noqa: S603
    except KeyboardInterrupt:
        code = 0
    raise typer.Exit(code)


def main() -> None:
    """Run the command; what a person can mend is said in two lines, without a traceback."""
    try:
        app()
    except RegularsError as error:
        console.complain(error)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        console.say("Stopped.")
        raise SystemExit(130) from None
