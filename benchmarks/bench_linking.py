"""Linking records that are alike: our scoring beside plain Splink's with the same settings, many pairs, few new ones.

Plain Splink has the same weights, brings records together by the same keys and compares them in one go. The weights of
all pairs are found equal before anything is timed.
"""

import resource
import time
from functools import partial

import numpy as np
import pyarrow as pa
from splink import DuckDBAPI, Linker, block_on

from benchmarks.alternate import alternate
from pipelines.identity.linking.comparisons import counted_values
from pipelines.identity.linking.link import lowest, scored_pairs
from pipelines.identity.linking.model import Model, train
from pipelines.identity.linking.space import COMMON, Space
from workspace.identity_settings import Linking

BESIDE_SPLINK, MANY, NEW = 100_000, 1_000_000, 10_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def words(rng: np.random.Generator, count: int) -> np.ndarray:
    """Made-up names."""
    lengths = rng.integers(4, 10, count)
    return np.array(["".join(rng.choice(list(LETTERS), length)) for length in lengths])


def people(count: int, seed: int = 1) -> pa.Table:
    """Records of which one in five is somebody's second, with a letter of the surname or the address another."""
    rng = np.random.default_rng(seed)
    first = count - count // 5
    given = rng.choice(words(rng, 2_000), first)
    surname = rng.choice(words(rng, 12_000), first)
    born = (np.datetime64("1940-01-01") + rng.integers(0, 12_500, first)).astype(str)
    postcode = np.char.zfill(rng.integers(0, 15_000, first).astype(str), 5)
    phone = np.char.add("+49151", np.char.zfill(rng.integers(0, 10**8, first).astype(str), 8))
    email = np.char.add(
        np.char.add(given, np.char.zfill(rng.integers(0, 10**7, first).astype(str), 7)), "@mail.example"
    )
    again = rng.choice(first, count - first, replace=False)
    other = surname[again].copy()
    other[: len(other) // 2] = np.char.replace(other[: len(other) // 2], "e", "i")
    moved = np.where(rng.random(len(again)) < 0.5, email[again], "")
    columns = {
        "given_name": np.concatenate([given, given[again]]),
        "surname": np.concatenate([surname, other]),
        "birth_date": np.concatenate([born, born[again]]),
        "email": np.concatenate([email, moved]),
        "phone": np.concatenate([phone, np.where(moved == "", phone[again], "")]),
        "postcode": np.concatenate([postcode, postcode[again]]),
    }
    made = {name: pa.array([value or None for value in values.tolist()]) for name, values in columns.items()}
    return pa.table(made | {"member": np.arange(count), "is_fresh": np.arange(count) >= count - NEW})


def splink(space: Space, model: Model) -> pa.Table:
    """The pairs that plain Splink scores, with the same keys of the same table."""
    database = DuckDBAPI(space.connection)
    keys = [block_on(f"key_{line}") for line in range(len(space.lines))]
    wanted = model.settings | {"blocking_rules_to_generate_predictions": keys}
    linker = Linker(database.register("people"), wanted, log_level=None, validate_settings=False)
    for name in counted_values(model.settings):
        space.connection.execute(COMMON.format(name=name), [space.count, space.rules.max_block_records])
        linker.table_management.register_term_frequency_lookup(database.register(f"common_{name}"), name)
    found = linker.inference.predict(threshold_match_weight=lowest(space.rules), warning_mode="never")
    pairs = space.connection.execute(
        f"select member_l, member_r, match_weight as weight from {found.physical_name}"
    ).to_arrow_table()
    found.drop_table_from_database_and_remove_from_cache()
    return pairs


def weights(pairs: pa.Table) -> dict[tuple[int, int], float]:
    """The weight of each pair, whichever side it stands on."""
    left, right = pairs["member_l"].to_numpy(), pairs["member_r"].to_numpy()
    found = zip(np.minimum(left, right).tolist(), np.maximum(left, right).tolist(), strict=True)
    return dict(zip(found, np.round(pairs["weight"].to_numpy(), 4).tolist(), strict=True))


def beside_splink(count: int) -> dict:
    """Pairs a second, ours and plain Splink's."""
    space = Space(people(count), Linking())
    model = train(space)
    ours, compared = scored_pairs(space, model)
    if weights(ours) != weights(splink(space, model)):
        raise AssertionError("ours and Splink's pairs or weights are not the same")
    work = f"{compared / 1e6:.1f} M pairs of {count:,} records scored, against plain Splink"
    return alternate(work, partial(scored_pairs, space, model), partial(splink, space, model), rounds=3, at_least=1)


def many(count: int) -> list[dict]:
    """All pairs of many records, and those of a few new ones among them."""
    space = Space(people(count), Linking())
    model = train(space)
    began = time.perf_counter()
    _, compared = scored_pairs(space, model)
    whole = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    began = time.perf_counter()
    _, few = scored_pairs(space, model, "is_fresh")
    fresh = time.perf_counter() - began
    per_hundred = whole * 100e6 / compared
    return [
        {
            "work": f"{compared / 1e6:.0f} M pairs of {count:,} records scored",
            "ours": f"{whole:.0f} s, {per_hundred:.0f} s for 100 M, peak {peak:.1f} GiB",
            "aim": "480 s for 100 M, 8 GiB",
            "met": per_hundred <= 480 and peak <= 8,
        },
        {
            "work": f"{NEW:,} new records among {count:,}, {few / 1e6:.1f} M pairs",
            "ours": f"{fresh:.1f} s, {fresh / whole:.1%} of all",
            "aim": "under 5 % of all",
            "met": fresh / whole < 0.05,
        },
    ]


def run(beside: int = BESIDE_SPLINK, count: int = MANY) -> list[dict]:
    """The three rows of the page."""
    return [beside_splink(beside), *many(count)]
