"""What pages ask when they are opened, asked as soon as a generation is published: its first reader does not wait.

Only what takes long with very many customers is named here, as its page asks it before anything is chosen. The answers
are kept where the pages look for them, unseen by anybody: nothing of it is logged as seen.
"""

import logging
import time
from collections.abc import Callable
from functools import cache
from threading import Thread

import duckdb

from dashboards.app_data import compare, lists, loyalty, overview, predictions, questions, reader, rules, segments
from dashboards.app_data.list_query import ListFilter
from dashboards.app_data.reader import Published, Where
from dashboards.app_viewer import Viewer
from workspace import list_columns
from workspace.errors import RegularsError
from workspace.folders import Workspace
from workspace.segments.language import Group

SECONDS_BETWEEN = 30  # a night publishes once; what a reader asks meanwhile is answered as always
NOBODY = Viewer("nobody", frozenset())


def standing(data: Published) -> None:
    """The Overview's moves and the Segments page before there is a condition."""
    overview.largest_moves(data.file, data.as_of, "night", overview.LARGEST_MOVES)
    segments.measures(where(data), NOBODY, Group())


def list_members(data: Published) -> None:
    """The Lists page before there is a condition."""
    lists.first_members(data.file, ListFilter(), tuple(list_columns.USUAL), lists.PREVIEW_ROWS)


def concentrations(data: Published) -> None:
    """The Loyalty page: concentration by the attribute that stands first, and all orders by month."""
    groups = loyalty.concentration_groups(data.file)
    for attribute in groups["attribute"].head(1):
        if attribute in loyalty.ATTRIBUTES:
            loyalty.concentration_by(where(data), attribute)
    loyalty.monthly_orders(data.file, data.as_of)


def two_groups(data: Published) -> None:
    """The Compare page: the two largest groups of the first column that has any."""
    for column, values in list(compare.segments(data.file).items())[:1]:
        a, b = (compare.Group(column, values[min(place, len(values) - 1)], data.as_of) for place in (0, 1))
        compare.overlap(where(data), a, b)
        compare.compared(where(data), a, b, compare.telling(a, b))


def predicted(data: Published) -> None:
    """Who is about to leave, who is worth most, who is offered what."""
    predictions.leaving_of(data.file, ("medium", "high"), only_worth=False)
    predictions.most_valuable_of(data.file)
    rules.first_offers(data.file, rules.OfferFilter(basis="rule"), rules.SHOWN_OFFERS)


def first_question(data: Published) -> None:
    """The Questions page."""
    key, choices = "new-customers", (("months", 6),)
    questions.answered(where(data), key, choices)
    questions.behind(where(data), key, choices, questions.SHOWN_CUSTOMERS)


# In the order in which a morning's reader may come to them.
ASKED: tuple[Callable[[Published], None], ...] = (
    standing, list_members, concentrations, two_groups, predicted, first_question,
)  # fmt: skip


def where(data: Published) -> Where:
    """The generation as what is asked live needs it."""
    return Where(data.file, data.as_of, data.time_zone)


def ask(data: Published) -> None:
    """Ask it all; what one generation cannot answer, as one of an earlier release may not, is left to its page."""
    for asked in ASKED:
        try:
            asked(data)
        except Exception:
            logging.getLogger("regulars").log(
                logging.INFO, "%s is asked when its page is opened", asked.__name__, exc_info=True
            )


def watch(workspace: Workspace) -> None:
    """Ask it of every generation that is published, for as long as the server lives."""
    last = ""
    while True:
        try:
            data = reader.published(workspace)
        except (RegularsError, duckdb.Error, OSError):
            # Nothing is published yet, or it cannot be read just now: the pages say so, and the next look may find it.
            data = None
        if data is not None and data.file != last:
            last = data.file
            ask(data)
        time.sleep(SECONDS_BETWEEN)


@cache
def begin(workspace: Workspace) -> None:
    """Watch from now on, beside the sessions; once in a server's life."""
    Thread(target=watch, args=(workspace,), daemon=True, name="regulars-ahead").start()
