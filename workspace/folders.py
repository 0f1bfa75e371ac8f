"""Where everything lies: a workspace is a folder with a `regulars.toml` and the data folders."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workspace import settings
from workspace.errors import SettingsError

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_ROOT = PROJECT / "data"
SETTINGS_FILE = "regulars.toml"


@dataclass(frozen=True)
class Workspace:
    """The folders of one company. Making one touches nothing on disk; `ensure` creates what is missing."""

    root: Path
    settings_file: Path

    @classmethod
    def open(cls, root: Path | str | None = None) -> "Workspace":
        """The workspace at `root`, else at `$REGULARS_WORKSPACE`, else the project's own `data/`.

        The project's own keeps its settings in the `regulars.toml` beside `data/`; every other holds its own.

        Raises
        ------
        SettingsError
            If the folder is not a workspace.
        """
        chosen = Path(root or settings.environment("REGULARS_WORKSPACE") or DEFAULT_ROOT).expanduser().resolve()
        inside = chosen / SETTINGS_FILE
        file = inside if inside.exists() or chosen != DEFAULT_ROOT else PROJECT / SETTINGS_FILE
        if not file.exists():
            raise SettingsError(
                f"{chosen} is not a workspace: it has no {SETTINGS_FILE}.", f"Make one with 'regulars init {chosen}'."
            )
        return cls(chosen, file)

    @cached_property
    def settings(self) -> settings.Settings:
        """The checked settings, read once."""
        return settings.load(self.settings_file)

    @property
    def landing(self) -> Path:
        """Where deliveries arrive. Never changed by the pipeline."""
        chosen = self.settings.ingest.landing
        return self.root / "landing" if chosen is None else (self.root / chosen).resolve()

    @property
    def raw(self) -> Path:
        """Accepted rows: `raw/<feed>/<batch>/*.parquet`."""
        return self.root / "raw"

    @property
    def quarantine(self) -> Path:
        """Rows that broke a contract: `quarantine/<feed>/<batch>/*.parquet`."""
        return self.root / "quarantine"

    @property
    def warehouse_file(self) -> Path:
        """The private file that the nightly builds in. Readers never open it."""
        return self.root / "warehouse" / "warehouse.duckdb"

    @property
    def models(self) -> Path:
        """The registry: every trained model with its report card."""
        return self.root / "models"

    @property
    def published(self) -> Path:
        """Finished generations and the pointer `current`."""
        return self.root / "published"

    @property
    def exports(self) -> Path:
        """Stored lists and what was exported of them."""
        return self.root / "exports"

    @property
    def state(self) -> Path:
        """SQLite files: the ledger, nights, lists, the audit log; and Dagster's own storage."""
        return self.root / "state"

    @property
    def logs(self) -> Path:
        """Logs of dbt and of failed nights."""
        return self.root / "logs"

    def ensure(self) -> "Workspace":
        """Create every folder that is missing."""
        for folder in (self.landing, self.raw, self.quarantine, self.warehouse_file.parent, self.published):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.exports, self.state, self.logs):
            folder.mkdir(parents=True, exist_ok=True)
        return self
