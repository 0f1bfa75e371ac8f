"""How right: the demo company's customers and predictions against its truth.

Who is one person is counted in pairs of numbers; churn stands beside the oracle that knows everybody's rates.

The truth is read here only, for scoring; the pipeline never sees it. A workspace that is there already is scored with
`python -m benchmarks.bench_truth WORKSPACE`.
"""

import shutil
import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np

from benchmarks.bench_nightly import REGULARS
from models.measures import area_under_curve, expected_calibration_error
from models.periods import time_layout
from pipelines import mined
from pipelines.predict import churn
from pipelines.predict.night import Night, day_of, number
from pipelines.predict.value import train as train_value
from workspace.folders import Workspace

ROOT = Path(__file__).parent.parent
YEAR, MEMORY_DAYS = 365.25, 60
MINE = (
    "select customer_key, min(identifier) as customer_id from star.bridge_customer_identity where kind = 'customer_id'"
)

SAME_PERSON = """
with known as (
    select distinct i.kind, i.identifier, i.person_id, b.customer_key
    from read_parquet($identifiers) as i join star.bridge_customer_identity as b using (kind, identifier)
    where i.kind in ('customer_id', 'prospect_id')
),
pairs as (
    select
        (select sum(n * (n - 1) / 2) from (select count(*) as n from known group by person_id)) as one,
        (select sum(n * (n - 1) / 2) from (select count(*) as n from known group by customer_key)) as joined,
        (select sum(n * (n - 1) / 2) from (select count(*) as n from known group by person_id, customer_key)) as rightly
)
select rightly / joined as precision, rightly / one as recall from pairs
"""


def same_person(workspace: Workspace) -> dict[str, float]:
    """Of pairs of customer and prospect numbers with one key, the share of one person; and the other way round."""
    identifiers = str(workspace.root / "demo_truth" / "identifiers.parquet")
    with duckdb.connect(str(workspace.warehouse_file), read_only=True) as connection:
        precision, recall = connection.execute(SAME_PERSON, {"identifiers": identifiers}).fetchall()[0]
    return {"identity_precision": precision, "identity_recall": recall}


def silences(truth: Path, day: date) -> dict[str, np.ndarray]:
    """Of every customer number: the person's rates, days since the last order, and bad experiences since then."""
    end = datetime.combine(day + timedelta(days=1), datetime.min.time())
    found = duckdb.execute(
        """
        with last as (
            select person_id, max(ordered_at) as last_at from read_parquet($orders)
            where ordered_at < $end and not is_cancelled and person_id is not null group by person_id
        ),
        felt as (
            select e.person_id, list(struct_pack(day := date_diff('hour', l.last_at, e.felt_at) / 24.0,
                hazard := e.hazard_per_day)) as felt
            from read_parquet($experiences) as e join last as l using (person_id)
            where e.felt_at < $end and e.felt_at > l.last_at - interval 60 day group by e.person_id
        )
        select i.identifier as customer_id, p.orders_per_year / $year as rate, p.own_leaves_per_year / $year as leaving,
            date_diff('hour', l.last_at, $end) / 24.0 as silent_days, f.felt
        from read_parquet($identifiers) as i join read_parquet($people) as p using (person_id)
        join last as l using (person_id) left join felt as f using (person_id)
        where i.kind = 'customer_id'
        """,
        {name: str(truth / f"{name}.parquet") for name in ("orders", "experiences", "identifiers", "people")}
        | {"end": end, "year": YEAR},
    ).fetchall()
    return {row[0]: row[1:] for row in found}


def oracle(rate: float, leaving: float, silent_days: float, felt: list[dict] | None, horizon: int) -> float:
    """The chance of no order within the horizon for who knows the rates and the experiences, but not who has left.

    Alive for certain at the last order; since then each day leaves with the own hazard and those still remembered.
    """
    days = np.arange(int(silent_days) + 1, dtype=float)
    hazard = np.full(len(days), leaving)
    for each in felt or []:
        hazard += each["hazard"] * ((days >= each["day"]) & (days < each["day"] + MEMORY_DAYS))
    survived = np.exp(-np.cumsum(np.append(0, hazard[:-1])))
    gone = (survived * hazard * np.exp(-rate * days)).sum()
    still = survived[-1] * np.exp(-rate * silent_days)
    alive = still / (still + gone)
    both = rate + leaving
    return 1 - alive * rate / both * (1 - np.exp(-both * horizon))


def score(workspace: Workspace, as_of: date) -> dict[str, float]:
    """Churn on the latest day whose window is over, against the oracle; value on the last year, in total."""
    with mined.opened(workspace) as store:
        night = Night(workspace, store, as_of)
        horizon = churn.horizon_days(night, night.horizon_choice())
        layout = time_layout(number(night.first_day), number(as_of), horizon=horizon, most=churn.TRAINING_DATES)
        trial = churn.fitted(night, layout, horizon)
        frame = night.frame(day_of(layout.judge)).old_enough()
        left = churn.left(night, frame, layout.judge, horizon)
        said = churn.probabilities(trial, churn.matrix(frame, trial, layout.judge))
        numbers = dict(store.connection.execute(f"{MINE} group by customer_key").fetchall())
        known = silences(workspace.root / "demo_truth", day_of(layout.judge))
        places = [place for place, key in enumerate(frame.rows["customer_key"]) if numbers.get(key) in known]
        best = np.array([oracle(*known[numbers[frame.rows["customer_key"].iloc[p]]], horizon) for p in places])
        card = train_value(night).card
    return {
        "customers": len(places),
        "horizon_days": horizon,
        "auc": area_under_curve(left[places], said[places]).value,
        "oracle_auc": area_under_curve(left[places], best).value,
        "calibration_error": expected_calibration_error(left[places], said[places]),
        "oracle_calibration_error": expected_calibration_error(left[places], best),
        "value_total_error": card.model_judgement.total_error,
        "value_interval_coverage": card.interval_coverage,
    }


def last_night(workspace: Workspace) -> date:
    """The date that was last mined."""
    with duckdb.connect(str(workspace.warehouse_file), read_only=True) as connection:
        row = connection.execute("select max(as_of) from mining.customer_rfm").fetchone()
    return row[0]


def judged(found: dict[str, float], about: str) -> list[dict]:
    """The figures as rows of the page, each against its aim."""
    off, oracle = found["calibration_error"], found["oracle_auc"]
    total, covered = found["value_total_error"], found["value_interval_coverage"]
    precision, recall = found["identity_precision"], found["identity_recall"]
    return [
        {
            "work": f"{about}: pairs of numbers with one key that are one person, precision",
            "ours": f"{precision:.4f}",
            "aim": "0.995 or more",
            "met": precision >= 0.995,
        },
        {
            "work": f"{about}: pairs of numbers of one person that have one key, recall",
            "ours": f"{recall:.4f}",
            "aim": "0.97 or more",
            "met": recall >= 0.97,
        },
        {
            "work": f"{about}: churn AUC, {found['horizon_days']:.0f} days ahead",
            "ours": f"{found['auc']:.3f}",
            "peer": f"{oracle:.3f}, the oracle",
            "aim": "within 0.01",
            "met": oracle - found["auc"] <= 0.01,
        },
        {"work": f"{about}: churn calibration error", "ours": f"{off:.3f}", "aim": "0.02 or less", "met": off <= 0.02},
        {
            "work": f"{about}: value of the last year in total, foretold before it",
            "ours": f"{total:+.1%}",
            "aim": "within 5 %",
            "met": abs(total) <= 0.05,
        },
        {
            "work": f"{about}: customers inside their interval of value",
            "ours": f"{covered:.1%}",
            "aim": "90 ± 3 %",
            "met": abs(covered - 0.9) <= 0.03,
        },
    ]


def run(customers: int = 20_000, years: int = 2, seeds: tuple[int, ...] = (1, 2, 3)) -> list[dict]:
    """Demo companies of several seeds, each with its first night, scored."""
    rows = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch) / "demo"
            folder.mkdir()
            shutil.copyfile(ROOT / "regulars.toml", folder / "regulars.toml")
            words = ["--customers", str(customers), "--years", str(years), "--seed", str(seed), "--nightly"]
            command = [REGULARS, "-w", str(folder), "demo", *words]
            subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            workspace = Workspace.open(folder)
            about = f"{customers:,} customers, {years} years, seed {seed}"
            rows += judged(same_person(workspace) | score(workspace, last_night(workspace)), about)
    return rows


def main() -> None:
    """Print the figures of one workspace as of its last night."""
    workspace = Workspace.open(sys.argv[1])
    for name, value in (same_person(workspace) | score(workspace, last_night(workspace))).items():
        sys.stdout.write(f"{name}: {value:.4f}\n")


if __name__ == "__main__":
    main()
