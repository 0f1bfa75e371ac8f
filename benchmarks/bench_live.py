"""Counting segments live through the dashboard, at sixty touchpoints a customer: what is shown first, and the number.

Every question is asked as somebody asks who edits: nothing that it needs has been asked before.
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from benchmarks.live_questions import QUESTIONS
from benchmarks.multiplied import multiplied_company
from dashboards.app_data import members, reader, sampled, segments
from dashboards.app_data.reader import Where
from dashboards.app_viewer import Viewer
from workspace.access import PERMISSIONS
from workspace.folders import Workspace
from workspace.segments.checking import definition_of
from workspace.segments.language import Group
from workspace.segments.query import Moment, condition

AIM = 0.3
ROUNDS = 3
VIEWER = Viewer("benchmark", PERMISSIONS["admin"])


def taken(work: Callable[[], object]) -> tuple[float, float, object]:
    """Seconds by the clock, CPU seconds, and the answer."""
    began, busy = time.perf_counter(), time.process_time()
    answer = work()
    return time.perf_counter() - began, time.process_time() - busy, answer


def by_one_query(where: Where, definition: Group) -> int:
    """The number as the definition's own condition gives it, without bits and without a sample."""
    text, parameters = condition(definition, segments.fields(where.file), Moment(where.as_of, where.time_zone))
    query = f"select count(*) as customers from serving.customer_360 as c where {text}"
    return int(reader.record(where.file, query, parameters)["customers"])


def counted(where: Where, definition: Group) -> int:
    """The number as the page counts it: the bits of the members, and how many there are."""
    text, parameters = segments.asked(where, VIEWER, definition)
    query = f"select count(*) as customers from serving.customer_360 as c where {text}"
    return int(reader.record(where.file, query, parameters)["customers"])


def measure(place: Workspace) -> list[dict]:
    """First what is shown at once, then the exact number; both with nothing known, the answers equal first."""
    data = reader.published(place)
    where = Where(data.file, data.as_of, data.time_zone)
    touches, people = sampled.touches(where.file), by_one_query(where, Group())
    drawing, _, _ = taken(lambda: sampled.sample(where.file))
    first, exact, off = [], [], 0
    for name, asked in QUESTIONS.items():
        definition = definition_of(asked)
        right = by_one_query(where, definition)
        assert counted(where, definition) == right, name
        for _ in range(ROUNDS):
            members.shelf().kept.clear()
            soon, soon_busy, guess = taken(partial(segments.estimated, where, VIEWER, definition))
            late, late_busy, _ = taken(partial(counted, where, definition))
            first.append((soon, soon_busy) if guess else (soon + late, soon_busy + late_busy))
            exact.append((soon + late, soon_busy + late_busy, name))
        if isinstance(guess, sampled.Estimate):
            off += abs(guess.customers - right) > guess.margin
    size = f"{people / 1e6:.2g} M customers, {touches / 1e6:.0f} M touchpoints, {len(QUESTIONS)} segments"
    slowest = max(exact)
    return [
        {
            "work": f"Live count, what is shown first, {size}",
            "ours_seconds": median(one for one, _ in first),
            "ours_note": f"{spread(first)}; the sample is drawn in {drawing:.1f} s, once a generation; {off} of its "
            f"estimates were further off than they said",
            "aim": f"95 of 100 within {AIM:g} s",
            "met": quantiles([one for one, _ in first], n=20)[-1] <= AIM,
        },
        {
            "work": f"Live count, the exact number, {size}",
            "ours_seconds": median(one for one, _, _ in exact),
            "ours_note": f"{spread([one[:2] for one in exact])}; longest {slowest[0]:.1f} s, {slowest[2]}",
            "aim": "",
            "met": None,
        },
    ]


def spread(times: list[tuple[float, float]]) -> str:
    """Where 95 of 100 lie, by the clock and in CPU seconds."""
    clock, busy = (quantiles([one[place] for one in times], n=20)[-1] for place in (0, 1))
    return f"95 of 100 within {clock:.2f} s, {busy:.2f} CPU seconds"


def run(customers: int = 4_000, times: int = 250, years: int = 2) -> list[dict]:
    """A demo company's generation, each customer copied `times` times with more of the same history."""
    with multiplied_company(customers, times, years) as (place, _):
        return measure(place)


if __name__ == "__main__":
    for row in run() if len(sys.argv) == 1 else measure(Workspace.open(Path(sys.argv[1]))):
        sys.stdout.write(f"{row}\n")
