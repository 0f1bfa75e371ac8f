"""Does value differ by region and demographics?"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
from ibis import _

from mining.intervals import Interval, Sample, benjamini_hochberg, welch
from mining.questions.answers import MIN_GROUP, Answer, Asked, chart_of, empty_feeds, spoken

COLUMNS = ("region", "gender", "age_band", "income_band", "household_size", "lifestyle", "kind")


def value_by_place(margins: ir.Table, customers: ir.Table, *, columns: Sequence[str] = COLUMNS) -> Answer:
    """Each region and each kind of household against all other buyers, by net margin.

    Parameters
    ----------
    margins : result of `net_margins`: customer_key, net_margin
    customers : result of `people.customers_as_of`: customer_key and `columns`
    columns : attributes; those that nobody has are passed over

    Returns
    -------
    Answer: the largest difference that is clear after correction (the largest of all when none is); chart: every
    level against all others (label 'attribute: level', value: the difference; corrected_p); customers: that level's
    """
    asked = Asked(
        "Does value differ by region and demographics?",
        "money",
        "Net margin of the last twelve months per buyer, costs to serve taken off: buyers of a level less all other "
        "buyers whose attribute is known.",
        "Welch's intervals (1947), p values corrected for their number (Benjamini and Hochberg, 1995). Levels of less "
        f"than {MIN_GROUP} buyers are not judged. Differences are not causes: regions differ in more than place.",
    )
    if missing := empty_feeds(customers=customers):
        return asked.missing(missing)
    known = margins.select("customer_key", value=margins.net_margin.cast("float64"))
    known = known.inner_join(customers.select("customer_key", *columns), "customer_key")
    parts = [
        known.group_by(level=known[name].cast("string"))
        .agg(size=_.count(), total=_.value.sum(), squares=(_.value * _.value).sum())
        .mutate(attribute=ibis.literal(name))
        for name in columns
    ]
    query = (ibis.union(*parts) if len(parts) > 1 else parts[0]).filter(_.level.notnull())
    found = query.execute().to_dict("records")
    rows = against_others(found)
    if not rows:
        if not found:
            return asked.missing(["external.demographics", "sales.customers"], "no attribute of any buyer is known")
        return asked.too_little(f"No level has {MIN_GROUP} buyers and {MIN_GROUP} others.", query=query)
    clear = [row for row in rows if row["corrected_p"] <= 0.05]
    best = (clear or rows)[0]
    interval = Interval(best["value"], best["low"], best["high"])
    verdict = f"{len(clear)} of {len(rows)} levels differ clearly" if clear else "no difference is clear"
    sentence = f"Largest: {best['label']}, {spoken(interval)} against all other buyers; {verdict}."
    listed = known.filter(known[best["attribute"]].cast("string") == best["level"]).select("customer_key")
    chart = chart_of(rows, corrected_p="float64")
    return asked.answered(sentence, interval, chart=chart, customers=listed, query=query)


def against_others(found: list[dict]) -> list[dict]:
    """Every level against all others of its attribute, the largest difference first."""
    rows = []
    for row in sorted(found, key=lambda row: (row["attribute"], row["level"])):
        same = [other for other in found if other["attribute"] == row["attribute"]]
        rest = {name: sum(other[name] for other in same) - row[name] for name in ("size", "total", "squares")}
        if min(row["size"], rest["size"]) < MIN_GROUP:
            continue
        interval, p = welch(sample_of(row), sample_of(rest))
        rows.append(
            {"label": f"{row['attribute']}: {row['level']}", "attribute": row["attribute"], "level": row["level"]}
            | {"value": interval.estimate, "low": interval.low, "high": interval.high, "size": int(row["size"])}
            | {"corrected_p": p}
        )
    for row, p in zip(rows, benjamini_hochberg([row["corrected_p"] for row in rows]), strict=True):
        row["corrected_p"] = p
    return sorted(rows, key=lambda row: (-abs(row["value"]), row["label"]))


def sample_of(sums: dict) -> Sample:
    """Mean and deviation from sums and sums of squares."""
    size, mean = int(sums["size"]), sums["total"] / sums["size"]
    # Rounding may leave a little less than nothing where all are equal.
    variance = max(0.0, (sums["squares"] - size * mean * mean) / (size - 1))
    return Sample(mean, variance**0.5, size)
