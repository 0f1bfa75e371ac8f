"""Typed settings: the only reader of `regulars.toml` and of the environment."""

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote_plus, urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from workspace.access import Access
from workspace.errors import SettingsError
from workspace.identity_settings import Identity
from workspace.outbox_settings import Outbox
from workspace.section import Section


class Company(Section):
    """Who runs this workspace, and the money and clock its numbers are in."""

    name: str = Field("My company", description="Shown on every page.")
    currency: str = Field("EUR", pattern=r"^[A-Z]{3}$", description="ISO 4217 code of every amount.")
    time_zone: str = Field("UTC", description="IANA name; days begin and end by this clock.")
    phone_prefix: str = Field(
        "+49", pattern=r"^\+[0-9]{1,3}$", description="Country prefix put before national phone numbers."
    )

    @field_validator("time_zone")
    @classmethod
    def is_known(cls, name: str) -> str:
        """The name itself, when it is one of the IANA's."""
        if name not in available_timezones():
            raise ValueError("must be an IANA time zone such as Europe/Berlin")
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.time_zone)


DriftPolicy = Literal["evolve", "freeze", "discard"]


class DriftPolicies(Section):
    """What becomes of a delivery whose columns are not as before; a feed's word stands above the source's.

    evolve: it counts as it is from now on. freeze: the delivery is refused. discard: the rest loads without it.
    """

    new: DriftPolicy | None = Field(None, description="A column that was not there before; left out: evolve.")
    missing: DriftPolicy | None = Field(None, description="A column that is there no more; left out: evolve.")
    retyped: DriftPolicy | None = Field(None, description="Another type, in Parquet and databases; left out: evolve.")


class FeedMapping(Section):
    """How the columns of a file fill one feed."""

    columns: dict[str, str] = Field(
        default_factory=dict,
        description="Feed column = file column or SQL expression over file columns. "
        "Left out: file columns with the feed's own names are used.",
    )
    where: str | None = Field(None, description="SQL condition; only rows that meet it belong to this feed.")
    drift: DriftPolicies = DriftPolicies()
    on_repeat: Literal["check", "first"] = Field(
        "check",
        description="check: the same key twice in one file with other values is quarantined. "
        "first: many rows of the file describe one row of the feed; the first is taken, the rest are duplicates.",
    )


class Database(Section):
    """A database that sources read from. Its password is never written here: it comes from the environment."""

    url: str = Field(
        description="Without a password, e.g. 'postgresql://reader@db.example.org:5432/shop'; other databases as "
        "SQLAlchemy writes them, e.g. 'mysql+pymysql://reader@db.example.org/shop' or 'sqlite:///shop.db'."
    )
    password_variable: str | None = Field(
        None, description="Environment variable that holds the password; left out: no password is needed."
    )

    @field_validator("url")
    @classmethod
    def is_without_password(cls, url: str) -> str:
        """The address itself, when it names a kind of database and no password."""
        parts = urlsplit(url)
        if not parts.scheme or "://" not in url:
            raise ValueError("must begin with the kind of database, such as postgresql://")
        if parts.password or re.search(r"[?&;](password|passwd|pwd)=.", unquote_plus(url), re.IGNORECASE):
            raise ValueError("must hold no password; name the environment variable in password_variable")
        return url

    def password(self) -> str | None:
        """The password from the environment.

        Raises
        ------
        SettingsError
            Where the variable is named and not set.
        """
        if self.password_variable is None:
            return None
        if self.password_variable not in os.environ:
            raise SettingsError(
                f"The environment variable {self.password_variable} is not set, and {self.url} needs it.",
                "Set it for the user that runs the nightly.",
            )
        return os.environ[self.password_variable]


class Source(Section):
    """Files of one kind that arrive in landing, or a table or query of a database, and the feeds they fill."""

    files: str | None = Field(
        None, description="Pattern of the files, relative to the landing folder, e.g. 'shop/orders_*.csv.gz'."
    )
    database: str | None = Field(None, description="Instead of files: the database, one of [databases.NAME].")
    table: str | None = Field(None, description="Database only: the table or view, with its schema before a point.")
    query: str | None = Field(None, description="Database only: a SELECT in place of a table.")
    watermark: str | None = Field(
        None,
        description="Database only: a column that grows with each change (an instant, a date or a whole number); "
        "only rows from the last value on are read. Left out: everything is read each night.",
    )
    overlap_hours: float = Field(
        24, ge=0, description="How far before the last watermark reading begins anew, for what was committed late."
    )
    overlap_ids: int = Field(1000, ge=0, description="The same, where the watermark is a whole number.")
    format: Literal["auto", "csv", "jsonl", "parquet", "excel"] = Field(
        "auto", description="auto goes by the file's ending."
    )
    sheet: str | None = Field(None, description="Excel only: the sheet by name; left out: the first.")
    delimiter: str | None = Field(None, min_length=1, max_length=1, description="CSV only; left out: found by looking.")
    encoding: str = Field("utf-8", description="CSV only, e.g. utf-8, latin-1, windows-1252, utf-16.")
    time_zone: str | None = Field(None, description="Zone of instants that carry none; left out: the company's.")
    timestamp_format: str | None = Field(None, description="strptime pattern of instants, e.g. '%d.%m.%Y %H:%M'.")
    date_format: str | None = Field(None, description="strptime pattern of dates.")
    decimal_separator: Literal[".", ","] = Field(".", description="CSV only.")
    null_values: list[str] = Field([""], description="Text that stands for no value.")
    unusual: Literal["hold", "load"] = Field(
        "hold",
        description="hold: a delivery that is empty or far off those before it waits until somebody lets it through. "
        "load: it is loaded all the same, and said to be unusual.",
    )
    drift: DriftPolicies = DriftPolicies()
    feeds: dict[str, FeedMapping] = Field(min_length=1, description="The feeds that these files fill.")

    @model_validator(mode="after")
    def says_where_from(self) -> "Source":
        """Either files, or a database with a table or a query."""
        if self.files is None and self.database is None:
            raise PydanticCustomError(
                "origin", ".files' is missing; say which files, or name a database with a table or a query"
            )
        if self.files is not None and self.database is not None:
            raise PydanticCustomError("origin", "' has files and a database; it can have one of the two")
        if self.database is None and (self.table or self.query or self.watermark):
            raise PydanticCustomError("origin", "' has a table, query or watermark but no database")
        if self.database is not None and (self.table is None) == (self.query is None):
            raise PydanticCustomError("origin", "' needs a table or a query, and not both")
        return self

    _zone = field_validator("time_zone")(lambda name: name if name is None else Company.is_known(name))


class Ingest(Section):
    """What is accepted from a delivery."""

    landing: Path | None = Field(None, description="Where deliveries arrive; left out: landing/ of the workspace.")
    future_tolerance_days: int = Field(2, ge=0, le=366, description="Event times further ahead are quarantined.")
    max_field_megabytes: int = Field(2, ge=1, le=1024, description="A longer field is quarantined.")


class Costs(Section):
    """Unit costs of serving and contacting, in the company's currency."""

    agent_hour: float = Field(30, ge=0, description="An agent's hour where the agents feed does not say.")
    call: float = Field(0.10, ge=0, description="Line cost of one call.")
    case_minutes: float = Field(20, ge=0, description="Agent minutes that one case takes.")
    contact: dict[str, float] = Field(
        {"email": 0.02, "sms": 0.08, "phone": 4.0, "post": 0.95},
        description="Cost of one contact by channel where the contact does not say.",
    )


class AbcTiers(Section):
    """ABC tiers."""

    cut_a: int = Field(80, gt=0, le=100, description="Percent of cumulative margin up to which a customer is A.")
    cut_b: int = Field(95, gt=0, le=100, description="Percent up to which a customer is B.")
    window_months: int = Field(12, ge=1, le=120, description="Months of margin that count.")

    @model_validator(mode="after")
    def cuts_are_in_order(self) -> "AbcTiers":
        """A before B."""
        if self.cut_a >= self.cut_b:
            raise ValueError(f"cut_a must be below cut_b, got cut_a={self.cut_a}, cut_b={self.cut_b}")
        return self


class Rfm(Section):
    """RFM scores."""

    window_days: int | None = Field(None, ge=1, description="Days of orders that count; left out: the whole history.")


class Loyalty(Section):
    """Loyalty stages and the value pyramid."""

    horizon_days: int = Field(365, ge=1, description="Who is silent for longer is lost, and in the pyramid dormant.")
    new_days: int = Field(90, ge=1, description="Days since the first order within which a customer is new.")
    new_orders: int = Field(3, ge=1, description="Orders from which a customer is new no more.")
    established_days: int = Field(365, ge=1, description="Days of buying without a break that make one established.")
    loyal_percent: int = Field(
        25, ge=1, le=100, description="Percent of the established, best index first, who are loyal."
    )
    top_percent: int = Field(80, ge=1, lt=95, description="Percent of profit that the top of the pyramid brings.")
    history_months: int = Field(
        3, ge=1, le=120, description="Month ends that are computed, and computed again for late rows; older ones stay."
    )


class SequentialRules(Section):
    """Sequential rules: who buys A buys B within a window after."""

    window_days: int = Field(90, ge=1, le=730, description="Days after the first A in which B counts.")
    holdout_days: int = Field(180, ge=1, le=1460, description="Last days, kept to check that a rule still holds.")
    min_customers: int = Field(50, ge=2, description="Customers that A (with the window over) and B need.")
    min_hits: int = Field(10, ge=1, description="Customers with A and then B that a rule needs.")
    false_discovery_rate: float = Field(
        0.05, gt=0, lt=1, description="Largest share of the rules found that may be expected to be luck."
    )
    max_customer_items: int = Field(
        500, ge=2, description="Customers with more different items are left out (resellers, collective accounts)."
    )
    max_antecedent_items: int = Field(
        2, ge=1, le=4, description="Most items that a rule starts from: 1 for pairs, 2 for A, then B, or A with B."
    )
    max_antecedents: int = Field(
        300, ge=0, description="Antecedents of several items that are tried, those of most customers."
    )


class BasketRules(Section):
    """Basket rules: what is bought together."""

    min_support: float = Field(0.001, gt=0, le=1, description="Share of the baskets that an itemset needs.")
    min_baskets: int = Field(20, ge=2, description="Baskets that an itemset needs at least, whatever their share.")
    min_confidence: float = Field(0.1, ge=0, le=1, description="Share of the baskets with A that hold B too.")
    max_items: int = Field(3, ge=2, le=6, description="Items of a rule within one order; by customer: 2.")
    max_basket_items: int = Field(100, ge=2, description="Baskets with more different items are left out.")
    max_rules: int = Field(2000, ge=1, description="Rules kept of each kind, those with the highest lift first.")


class Offers(Section):
    """Next best offers."""

    per_customer: int = Field(3, ge=1, le=20, description="Offers kept for each customer.")
    min_repurchase_days: int = Field(30, ge=1, description="What was bought this lately is never offered again.")
    popular_days: int = Field(90, ge=1, description="Days over which it is counted what most buyers buy.")
    active_days: int = Field(365, ge=1, description="Customers silent for longer are offered nothing that is popular.")
    check_days: int = Field(
        60, ge=1, le=365, description="Offers made so many days before a month's end are held against what was bought."
    )


class Paths(Section):
    """Paths: steps before leaving, before a first purchase and before a large one."""

    window_days: int = Field(60, ge=1, le=730, description="Days that a path may take.")
    min_support: float = Field(0.01, gt=0, le=1, description="Share of the customers compared that a path needs.")
    max_steps: int = Field(3, ge=1, le=5, description="Steps of the longest path.")
    false_discovery_rate: float = Field(0.05, gt=0, lt=1, description="Largest q-value of a path that tells.")
    leaving_days: int = Field(180, ge=1, le=1460, description="Days without a purchase after which one has left.")
    first_purchase_days: int = Field(90, ge=1, le=730, description="Days after which a person has not bought.")
    large_share: float = Field(0.9, gt=0, lt=1, description="An order is large when it exceeds this share of all.")
    overdue_days: int = Field(5, ge=1, description="A case open for so many days is a step of its own.")
    silence_days: int = Field(60, ge=1, description="So many days without a word from the customer are a step.")
    min_outcomes: int = Field(30, ge=1, description="Customers with the outcome, and without, that are needed.")


class Mining(Section):
    """Cut-offs and windows of what is mined."""

    abc: AbcTiers = AbcTiers()
    rfm: Rfm = Rfm()
    loyalty: Loyalty = Loyalty()
    rules: SequentialRules = SequentialRules()
    baskets: BasketRules = BasketRules()
    offers: Offers = Offers()
    paths: Paths = Paths()
    search_percent: int = Field(
        5,
        ge=0,
        le=100,
        description="Rules and paths are searched for on what was known last Sunday, and on what is known tonight when "
        "more than this percent of all orders came since.",
    )
    keep_daily_days: int = Field(35, ge=2, description="Days for which daily results are kept beside the month ends.")


class Churn(Section):
    """Who is about to leave."""

    horizon_days: int | None = Field(
        None, ge=7, le=730, description="Days of silence that mean left; empty: found from the data."
    )
    medium_from: int = Field(35, gt=0, lt=100, description="Percent from which on the risk is medium.")
    high_from: int = Field(65, gt=0, lt=100, description="Percent from which on the risk is high.")
    saved_percent: float = Field(
        10, ge=0, le=100, description="Of those who would leave, percent that one contact keeps; from your own trials."
    )
    contact_cost: float = Field(1, ge=0, description="Cost of the contact that is to keep a customer.")

    @model_validator(mode="after")
    def bands_are_in_order(self) -> "Churn":
        """Medium before high."""
        if self.medium_from >= self.high_from:
            raise ValueError(f"medium_from must be below high_from, got {self.medium_from} and {self.high_from}")
        return self


class Value(Section):
    """What a customer will bring."""

    horizon_days: int = Field(365, ge=30, le=3650, description="Days ahead that count.")
    discount_rate: float = Field(0.10, ge=0, le=1, description="Yearly; 0.1 is ten percent.")
    draws: int = Field(200, ge=50, le=2000, description="Simulated futures of a customer, for the interval.")


class Response(Section):
    """Whom to write to."""

    margin: float = Field(20, gt=0, description="Margin that one answer brings.")
    contact_cost: float = Field(1, ge=0, description="Cost of one contact.")
    answer_days: int = Field(60, ge=1, le=365, description="An answer counts that comes within so many days.")


class Forecast(Section):
    """Orders and revenue ahead."""

    weeks_ahead: int = Field(8, ge=1, le=26, description="Weeks that are foretold.")


ModelName = Literal["value", "churn", "response", "newcomers", "forecast"]


class Models(Section):
    """Predictors: which of them run, horizons, costs and cut-offs."""

    run: list[ModelName] = Field(
        ["value", "churn", "response", "newcomers", "forecast"],
        description="The models that a night trains and scores with; of those left out the tables stay without rows.",
    )
    churn: Churn = Churn()
    value: Value = Value()
    response: Response = Response()
    forecast: Forecast = Forecast()


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
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such file.", "Make a workspace with 'regulars init DIR'.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}.", "Mend the line it names.") from None
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}.") from None
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        raise SettingsError(describe(path, error)) from None


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
    """A variable of the environment, `None` where it is unset or empty. Nothing else reads the environment."""
    return os.environ.get(name) or None
