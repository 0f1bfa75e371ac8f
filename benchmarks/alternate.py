"""Times ours and a peer's in turn, so that whatever else the machine does falls on both."""

import time
from collections.abc import Callable
from statistics import median


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def alternate(
    work: str, ours: Callable[[], object], theirs: Callable[[], object], *, rounds: int, at_least: float
) -> dict:
    """One row for the page of performance: the median of the ratios with its range, and whether the aim is met."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(rounds)]
    ratios = [their_seconds / our_seconds for our_seconds, their_seconds in pairs]
    return {
        "work": work,
        "ours_seconds": median(pair[0] for pair in pairs),
        "peer_seconds": median(pair[1] for pair in pairs),
        "ratio_median": median(ratios),
        "ratio_range": f"{min(ratios):.1f} to {max(ratios):.1f}",
        "aim": f"{at_least:g} times as fast",
        "met": median(ratios) >= at_least,
    }
