"""Zaki's example first, then a brute-force count, then PrefixSpan; and what must hold for any events."""

from itertools import combinations, pairwise, product

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mining.coded_events import Clock
from mining.sequence_candidates import least_count
from mining.sequence_ends import sequence_ends
from mining.sequence_growth import Ends, Histories
from mining.sequences import frequent_sequences

ZAKI = [
    *[(1, 10, item) for item in "CD"],
    *[(1, 15, item) for item in "ABC"],
    *[(1, 20, item) for item in "ABF"],
    *[(1, 25, item) for item in "ACDF"],
    *[(2, 15, item) for item in "ABF"],
    (2, 20, "E"),
    *[(3, 10, item) for item in "ABF"],
    *[(4, 10, item) for item in "DGH"],
    *[(4, 20, item) for item in "BF"],
    *[(4, 25, item) for item in "AGH"],
]

# Zaki 2001, figure 1: every frequent sequence at two of the four customers.
ZAKI_FREQUENT = {
    "A": 4, "B": 4, "D": 2, "F": 4, "AB": 3, "AF": 3, "BF": 4, "ABF": 3,
    "D>A": 2, "B>A": 2, "F>A": 2, "D>B": 2, "D>F": 2, "D>BF": 2, "BF>A": 2, "D>B>A": 2, "D>F>A": 2, "D>BF>A": 2,
}  # fmt: skip


def table(rows):
    schema = {"customer_key": "int64", "time": "int64", "item": "string" if isinstance(rows[0][2], str) else "int64"}
    return ibis.memtable(pd.DataFrame(rows, columns=list(schema)), schema=schema)


def counts(rows, **settings):
    found = frequent_sequences(table(rows), **settings).to_pyarrow().to_pylist()
    return {tuple(tuple(element) for element in row["elements"]): row["customer_count"] for row in found}


def named(found):
    return {">".join("".join(element) for element in elements): n for elements, n in found.items()}


def test_zakis_example_has_exactly_its_18_sequences():
    assert named(counts(ZAKI, min_support=0.4)) == ZAKI_FREQUENT


def test_zakis_example_has_14_of_at_most_two_elements_of_two_items():
    found = named(counts(ZAKI, min_support=0.4, max_elements=2, max_element_items=2))
    assert len(found) == 14
    assert set(ZAKI_FREQUENT) - set(found) == {"ABF", "D>B>A", "D>F>A", "D>BF>A"}


# Pei et al., "PrefixSpan", ICDE 2001, tables 1 and 2, also SPMF's example contextPrefixSpan.txt: 53 at two of four.
PEI = ["a abc ac d cf", "ad c bc ae", "ef ab df c b", "e g af c b c"]
PEI_FREQUENT = (
    "a a>a a>b a>bc a>bc>a a>b>a a>b>c ab ab>c ab>d ab>f ab>d>c a>c a>c>a a>c>b a>c>c a>d a>d>c a>f "
    "b b>a b>c bc bc>a b>d b>d>c b>f c c>a c>b c>c d d>b d>c d>c>b "
    "e e>a e>a>b e>a>c e>a>c>b e>b e>b>c e>c e>c>b e>f e>f>b e>f>c e>f>c>b f f>b f>b>c f>c f>c>b"
)
# Apache Spark's documented example of PrefixSpan, at half of the sequences.
SPARK = ["ab c", "a bc ab", "ab e", "f"]
SPARK_FREQUENT = {"a": 3, "b": 3, "c": 2, "ab": 3, "a>c": 2}


def sequences_of(texts):
    """Rows of sequences written as elements of one-letter items."""
    return [
        (customer, time, item)
        for customer, text in enumerate(texts)
        for time, element in enumerate(text.split())
        for item in element
    ]


def test_peis_example_has_exactly_its_53_sequences():
    assert set(named(counts(sequences_of(PEI), min_support=0.5))) == set(PEI_FREQUENT.split())
    assert len(PEI_FREQUENT.split()) == 53


def test_sparks_example_has_exactly_its_5_sequences():
    assert named(counts(sequences_of(SPARK), min_support=0.5)) == SPARK_FREQUENT


def test_a_support_exactly_on_the_line_is_frequent():
    # 7 of 10 customers: 0.7 * 10 is 7.000000000000001 to a float elsewhere, 0.1 * 3 is not 0.3
    rows = [(customer, 1, "A" if customer < 7 else "B") for customer in range(10)]
    assert named(counts(rows, min_support=0.7)) == {"A": 7}
    assert least_count(0.3, 10) == 3
    assert least_count(0.07, 100) == 7
    # 4 / 11 is 0.36363636363636365 to a float, a little more than is meant
    assert least_count(4 / 11, 11) == 4


def test_a_customer_counts_once_however_often():
    assert named(counts([(1, day, "A") for day in range(5)], min_support=1, max_elements=2)) == {"A": 1, "A>A": 1}


def test_the_same_row_twice_counts_once():
    rows = [(1, 1, "A"), (1, 1, "A"), (1, 1, "B")]
    assert named(counts(rows, min_support=1)) == {"A": 1, "B": 1, "AB": 1}


def test_any_embedding_will_do_not_only_the_first():
    # A at 1 is too long before B at 9, the A at 7 is not
    rows = [(1, 1, "A"), (1, 7, "A"), (1, 9, "B")]
    assert named(counts(rows, min_support=1, max_gap=2)) == {"A": 1, "B": 1, "A>B": 1}
    within = named(counts(rows, min_support=1, window=5))
    assert "A>A" not in within
    assert "A>B" in within
    # Both A lead to the B in time, but from the A at 4 the C is too late.
    rows = [(1, 4, "A"), (1, 7, "A"), (1, 8, "B"), (1, 10, "C")]
    assert "A>B>C" in named(counts(rows, min_support=1, window=5))


def test_the_window_is_from_the_first_element_to_the_last():
    rows = [(1, 1, "A"), (1, 4, "B"), (1, 4, "C"), (1, 7, "D")]
    assert {"A>B>D", "A>BC>D"} <= set(named(counts(rows, min_support=1, window=6)))
    found = named(counts(rows, min_support=1, window=5))
    assert {"A>BC", "BC>D"} <= set(found)
    assert not {"A>B>D", "A>BC>D"} & set(found)


def test_a_maximum_gap_lets_a_long_sequence_be_frequent_though_its_ends_are_not():
    rows = [(1, 1, "A"), (1, 3, "B"), (1, 5, "C")]
    found = named(counts(rows, min_support=1, max_gap=2))
    assert "A>B>C" in found
    assert "A>C" not in found


def test_each_event_is_reached_from_one_end_only():
    """100 events of one customer, each within 50 of the one before: by pairs they would be 3,725 rows."""
    coded = ibis.memtable(pd.DataFrame({"customer_key": 1, "time": range(100), "item_code": 0}))
    histories, every = Histories(coded, Clock(max_gap=50, window=80)), np.arange(100)
    spans = histories.later(Ends(every, every))
    assert (spans.end - spans.begin).sum() == 99
    assert (spans.end[:-1] <= spans.begin[1:]).all()


def test_settings_that_nothing_satisfies_are_refused():
    with pytest.raises(ValueError, match="min_support"):
        frequent_sequences(table(ZAKI), min_support=0)
    with pytest.raises(ValueError, match="max_gap"):
        frequent_sequences(table(ZAKI), min_support=0.5, min_gap=3, max_gap=2)
    with pytest.raises(ValueError, match="window"):
        frequent_sequences(table(ZAKI), min_support=0.5, window=0)


def test_nothing_comes_of_nothing():
    nobody = table([(1, 1, "A")]).filter(ibis.literal(False))
    assert frequent_sequences(nobody, min_support=0.1).count().execute() == 0


def test_rows_without_a_customer_time_or_item_are_left_out():
    gaps = pd.DataFrame({"customer_key": [1, None], "time": [1, 2], "item": ["A", "B"]})
    events = ibis.memtable(gaps, schema={"customer_key": "int64", "time": "int64", "item": "string"})
    assert frequent_sequences(events, min_support=0.5).count().execute() == 1


EVENTS = st.lists(
    st.tuples(st.integers(1, 4), st.integers(1, 7), st.sampled_from("ABC")), min_size=1, max_size=22, unique=True
)
CLOCKS = st.fixed_dictionaries(
    {
        "min_gap": st.integers(1, 2),
        "max_gap": st.one_of(st.none(), st.integers(2, 4)),
        "window": st.one_of(st.none(), st.integers(1, 5)),
    }
)


def supports(elements, times, *, min_gap, max_gap, window):
    """Whether some choice of times holds every element: tried one by one."""
    for chosen in product(sorted(times), repeat=len(elements)):
        gaps = [after - before for before, after in pairwise(chosen)]
        if any(gap < min_gap or (max_gap is not None and gap > max_gap) for gap in gaps):
            continue
        if window is not None and chosen[-1] - chosen[0] > window:
            continue
        if all(set(element) <= times[time] for element, time in zip(elements, chosen, strict=True)):
            return True
    return False


def brute_force(rows, min_customers, clock):
    """Every sequence of up to three elements of up to two items, counted by trying."""
    customers = {}
    for customer, time, item in rows:
        customers.setdefault(customer, {}).setdefault(time, set()).add(item)
    items = sorted({item for _, _, item in rows})
    elements = [*combinations(items, 1), *combinations(items, 2)]
    found = {}
    for length in (1, 2, 3):
        for sequence in product(elements, repeat=length):
            n = sum(supports(sequence, times, **clock) for times in customers.values())
            if n >= min_customers:
                found[sequence] = n
    return found


@settings(max_examples=15, deadline=None)
@given(EVENTS, CLOCKS)
def test_the_same_as_counting_by_trying(rows, clock):
    total = len({customer for customer, _, _ in rows})
    found = counts(rows, min_support=0.5, max_elements=3, max_element_items=2, **clock)
    assert found == brute_force(rows, least_count(0.5, total), clock)


@settings(max_examples=10, deadline=None)
@given(EVENTS, CLOCKS)
def test_the_ends_name_the_customers_that_were_counted(rows, clock):
    found = frequent_sequences(table(rows), min_support=0.4, max_elements=3, max_element_items=2, **clock)
    ends = sequence_ends(table(rows), found, **clock)
    per_sequence = ends.group_by("sequence_key").agg(customers=ends.count()).execute()
    expected = found.select("sequence_key", "customer_count").execute()
    assert sorted(per_sequence.itertuples(index=False)) == sorted(expected.itertuples(index=False))


def test_the_end_is_when_the_last_element_was_first_there():
    rows = [(1, 1, "A"), (1, 4, "A"), (1, 6, "B"), (1, 9, "B"), (2, 2, "B"), (2, 3, "A")]
    found = frequent_sequences(table(rows), min_support=0.5)
    key = next(row["sequence_key"] for row in found.to_pyarrow().to_pylist() if row["elements"] == [["A"], ["B"]])
    # A at 1 and 4, B at 6 and 9: with five days between at most B at 9 still follows A at 4, with four no more.
    for max_gap, last in ((None, None), (5, 9), (4, 6)):
        ends = sequence_ends(table(rows), found, max_gap=max_gap).to_pyarrow().to_pylist()
        assert [row for row in ends if row["sequence_key"] == key] == [
            {"sequence_key": key, "customer_key": 1, "first_time": 6, "last_time": last}
        ]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=8), min_size=2, max_size=15), st.integers(1, 4))
def test_the_same_as_prefixspan(sequences, least):
    prefixspan = pytest.importorskip("prefixspan")
    peer = {tuple(pattern): n for n, pattern in prefixspan.PrefixSpan(sequences).frequent(min(least, len(sequences)))}
    rows = [(who, when, item) for who, items in enumerate(sequences) for when, item in enumerate(items)]
    ours = counts(rows, min_support=min(least, len(sequences)) / len(sequences))
    assert {tuple(item for (item,) in elements): n for elements, n in ours.items()} == peer
