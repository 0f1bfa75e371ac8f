"""What do the most important customers care about most?"""

from datetime import date

import ibis.expr.types as ir
from ibis import _

from mining.as_of_dates import months_before
from mining.intervals import mean_interval, welch
from mining.questions.answers import (
    MIN_GROUP,
    Answer,
    Asked,
    bar,
    chart_of,
    empty_feeds,
    is_unsure,
    read_samples,
    sample_table,
    spoken,
)


def what_matters_most(surveys: ir.Table, important: ir.Table, *, as_of: date, window_months: int = 24) -> Answer:
    """The topic of which important customers expect most, and whether they get it.

    Parameters
    ----------
    surveys : fct_surveys: customer_key, topic, answered_on, expected, perceived (1 to 7)
    important : table of (customer_key), e.g. tier A or the top of the pyramid
    as_of : last day that counts
    window_months : answers of the window

    Returns
    -------
    Answer: the mean expectation of the foremost topic; chart: expectation by topic (label, and gap: perceived less
    expected); customers: the important ones who answered
    """
    asked = Asked(
        "What do the most important customers care about most?",
        "points",
        "Mean expectation, 1 to 7, by topic of the survey; a customer who answered twice speaks with the mean.",
        "Student's interval; the foremost topic against the next by Welch's interval (1947). What is expected most is "
        "taken for what matters most (Parasuraman, Zeithaml and Berry, 1988).",
    )
    if missing := empty_feeds(surveys=surveys):
        return asked.missing(missing, "no survey asks what customers expect")
    answered = surveys.filter(_.answered_on > months_before(as_of, window_months), _.answered_on <= as_of)
    answered = answered.filter(_.expected.notnull()).semi_join(important, "customer_key")
    voices = answered.group_by("customer_key", "topic").agg(
        expected=_.expected.mean(), gap=(_.perceived - _.expected).mean()
    )
    query = sample_table(voices, "topic", "expected")
    found = {topic: sample for topic, sample in read_samples(query).items() if sample.size >= MIN_GROUP}
    if len(found) < 2:
        return asked.too_little(
            f"Fewer than two topics were answered by {MIN_GROUP} or more of the most important customers.", query=query
        )
    ranked = sorted(found, key=lambda topic: (-found[topic].mean, topic))
    first, second = ranked[:2]
    ahead, _p = welch(found[first], found[second])
    gaps = read_samples(sample_table(voices.filter(_.gap.notnull()), "topic", "gap"))
    interval = mean_interval(*found[first])
    tied = f"; {second} cannot be told apart from it" if is_unsure(ahead) else f", {spoken(ahead)} above {second}"
    got = f"They get {gaps[first].mean:+.2f} of it." if first in gaps else "What they get nobody answered."
    sentence = f"Most is expected of {first}: {spoken(interval)} of 7{tied}. {got}"
    rows = [bar(topic, found[topic]) | {"gap": gaps[topic].mean if topic in gaps else None} for topic in ranked]
    return asked.answered(
        sentence,
        interval,
        chart=chart_of(rows, gap="float64"),
        customers=answered.select("customer_key").distinct(),
        query=query,
    )
