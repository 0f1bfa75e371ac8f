"""Typed settings: the only reader of `regulars.toml`. Longer sections have files of their own beside."""

import os
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from workspace.access import Access
from workspace.company_settings import Company
from workspace.errors import SettingsError
from workspace.identity_settings import Identity
from workspace.mining_settings import Mining
from workspace.models_settings import Models
from workspace.outbox_settings import Outbox
from workspace.section import Section
from workspace.source_settings import Database, Ingest, Source


class Costs(Section):
    """Unit costs of serving and contacting, in the company's currency."""

    agent_hour: float = Field(30, ge=0, description="An agent's hour where the agents feed does not say.")
    call: float = Field(0.10, ge=0, description="Line cost of one call.")
    case_minutes: float = Field(20, ge=0, description="Agent minutes that one case takes.")
    contact: dict[str, float] = Field(
        {"email": 0.02, "sms": 0.08, "phone": 4.0, "post": 0.95},
        description="Cost of one contact by channel where the contact does not say.",
    )


class Nightly(Section):
    """When the nightly runs and what it keeps."""

    schedule: str = Field("30 2 * * *", description="Cron line, by the company's clock.")
    keep_generations: int = Field(5, ge=2, description="Published generations kept for rolling back.")
    keep_quarantine_days: int = Field(
        400,
        ge=1,
        description="Days for which quarantined rows are kept for replaying; their number stays on record.",
    )
    keep_run_days: int = Field(90, ge=1, description="Days for which Dagster keeps runs with their events.")
    memory_gigabytes: float | None = Field(None, gt=0, description="Memory limit of DuckDB; left out: its own default.")
    threads: int | None = Field(None, ge=1, description="Threads of DuckDB; left out: all cores.")


class Dashboard(Section):
    """How the dashboard is served."""

    port: int = Field(8501, ge=1, le=65535, description="Port on this machine.")
    user: str = Field("local user", description="Name written into lists and the audit log in local use.")
    language: Literal["en", "zh"] = Field(
        "en", description="Language of the pages where neither the reader nor the browser asks for one that is spoken."
    )


class Settings(Section):
    """The whole of `regulars.toml`."""

    company: Company = Company()
    databases: dict[str, Database] = Field(default_factory=dict)
    sources: dict[str, Source] = Field(default_factory=dict)
    ingest: Ingest = Ingest()
    identity: Identity = Identity()
    costs: Costs = Costs()
    mining: Mining = Mining()
    models: Models = Models()
    nightly: Nightly = Nightly()
    dashboard: Dashboard = Dashboard()
    access: Access = Access()
    outbox: Outbox = Outbox()


def load(path: Path) -> Settings:
    """Read and check `regulars.toml`.

    Raises
    ------
    SettingsError
        Naming the file, the key, the value and what is allowed, one line per fault.
    """
    try:
        return checked(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file.", "Make a workspace with 'regulars init DIR'.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}.", "Mend the line it names.") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}.") from None
    except ValidationError as error:
        raise SettingsError(describe(path, error)) from None


@lru_cache(maxsize=8)
def checked(text: str) -> Settings:
    """The settings that the text of a `regulars.toml` stands for: kept, as the dashboard asks at every click.

    Raises
    ------
    tomllib.TOMLDecodeError, pydantic.ValidationError
        As `load` tells them.
    """
    return Settings.model_validate(tomllib.loads(text))


def describe(path: Path, error: ValidationError) -> str:
    """One line per fault: file, key, value, what is allowed."""
    lines = []
    for fault in error.errors():
        key = ".".join(str(part) for part in fault["loc"]) or "(top level)"
        if fault["type"] == "extra_forbidden":
            lines.append(f"{path}: unknown key '{key}'; allowed here: {', '.join(siblings(fault['loc']))}.")
        elif fault["type"] == "missing":
            lines.append(f"{path}: '{key}' is missing.")
        elif fault["type"] == "origin":
            lines.append(f"{path}: '{key}{fault['msg']}.")
        elif fault["loc"][0] in ("databases", "outbox"):  # what is written there may be a password
            lines.append(f"{path}: {key} {fault['msg'].removeprefix('Value error, ')}.")
        else:
            lines.append(f"{path}: {key} = {fault['input']!r}: {fault['msg'].removeprefix('Value error, ')}.")
    return "\n".join(lines)


def siblings(location: tuple[int | str, ...]) -> list[str]:
    """Keys that are allowed beside the last part of `location`."""
    section: Any = Settings
    for part in location[:-1]:
        if isinstance(section, type) and issubclass(section, BaseModel) and part in section.model_fields:
            section = inner(section.model_fields[str(part)].annotation)
        # A key of a dict of sections (the name of a source or feed) leads to the section itself.
    return sorted(section.model_fields) if isinstance(section, type) and issubclass(section, BaseModel) else []


def inner(annotation: Any) -> Any:
    """The section inside an annotation: `dict[str, Source]` and `Source` both give `Source`."""
    arguments = getattr(annotation, "__args__", None)
    return arguments[-1] if arguments else annotation


def environment(name: str) -> str | None:
    """A variable of the environment, `None` where it is unset or empty."""
    return os.environ.get(name) or None
