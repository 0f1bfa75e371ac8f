"""What chance agreement and true agreement look like: learnt from the records themselves, without labels.

Fellegi and Sunter, "A theory for record linkage", JASA 64, 1969. u, the share of agreement by chance, is counted by
Splink on random pairs; m, the share among true pairs, comes from expectation maximisation. In small data the random
pairs hold true pairs too, whose agreement would pass for chance: each round takes them out again.
"""

# ruff: noqa: S608  names are those of ATTRIBUTES, checked when the settings were read

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from splink import DuckDBAPI, Linker

from pipelines.identity.linking.comparisons import explained, splink_settings
from pipelines.identity.linking.space import Space

ROUNDS = 100
CONVERGED = 1e-7


@dataclass(frozen=True)
class Model:
    """Trained weights.

    Parameters
    ----------
    settings : Splink's settings with m and u of every level
    record_count : records that it was trained on
    """

    settings: dict[str, Any]
    record_count: int

    def parts(self, row: dict[str, Any]) -> list[tuple[str, str, float]]:
        """Attribute, level in words and weight of each comparison of a scored pair (`gamma_...` of `Space.score`)."""
        return explained(self.settings, row)


def train(space: Space) -> Model:
    """Learn the weights from the pairs of a sample of records with all others."""
    rules = space.rules
    settings = splink_settings(rules, space.filled)
    chance = chance_agreement(space, settings)
    sampled = min(rules.training_records, space.count)
    space.connection.execute(
        "create or replace table sample as select member from people order by hash(member + $1) limit $2",
        [rules.seed, sampled],
    )
    patterns = agreement_patterns(space, settings)
    pairs = sampled * (space.count - sampled) + sampled * (sampled - 1) / 2
    estimate(settings, patterns, chance, pairs, known_shares(space))
    return Model(settings, space.count)


def chance_agreement(space: Space, settings: dict[str, Any]) -> dict[str, np.ndarray]:
    """Share of random pairs in each level of each comparison, best level first, by Splink."""
    database = DuckDBAPI(space.connection)
    linker = Linker(database.register("people"), settings, log_level=None, validate_settings=False)
    linker.training.estimate_u_using_random_sampling(max_pairs=space.rules.training_pairs, seed=space.rules.seed)
    trained = linker.misc.save_model_to_json()
    linker.table_management.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]
    return {
        each["output_column_name"]: np.array(
            [level.get("u_probability") or 0.0 for level in each["comparison_levels"] if not level.get("is_null_level")]
        )
        for each in trained["comparisons"]
    }


def known_shares(space: Space) -> dict[str, float]:
    """Share of records that have each attribute."""
    counts = space.connection.execute(
        f"select {', '.join(f'count({name})' for name in sorted(space.filled))} from people"
    ).fetchone()
    return dict(zip(sorted(space.filled), (value / space.count for value in counts or ()), strict=True))


def agreement_patterns(space: Space, settings: dict[str, Any]) -> pd.DataFrame:
    """How many pairs of the sample with all records show each combination of levels."""
    gammas = [f"gamma_{each['output_column_name']}" for each in settings["comparisons"]]
    found = [pd.DataFrame(columns=[*gammas, "pairs"], dtype=float)]
    for _ in space.bring_together("member in (select member from sample)"):
        space.score(defaulted(settings), lowest=None)
        found.append(
            space.connection.execute(f"select {', '.join(gammas)}, count(*) as pairs from scored group by all").df()
        )
    return pd.concat(found).groupby(gammas)[["pairs"]].sum().reset_index()


def defaulted(settings: dict[str, Any]) -> dict[str, Any]:
    """The same settings with some m and u everywhere, so that Splink scores before anything is known."""
    comparisons = []
    for each in settings["comparisons"]:
        graded = [
            level if level.get("is_null_level") else {"m_probability": 0.5, "u_probability": 0.5} | level
            for level in each["comparison_levels"]
        ]
        comparisons.append(each | {"comparison_levels": graded})
    return settings | {"comparisons": comparisons}


def starting_m(count: int) -> np.ndarray:
    """True pairs mostly agree: what the learning starts from, best level first."""
    rest = 0.2 / (count - 1)
    return np.array([0.8, *[rest] * (count - 1)])


def estimate(
    settings: dict[str, Any],
    patterns: pd.DataFrame,
    chance: dict[str, np.ndarray],
    pairs: float,
    known: dict[str, float],
) -> None:
    """Expectation maximisation over the patterns; writes m, u and the prior into `settings`.

    Parameters
    ----------
    patterns : columns gamma_..., pairs
    chance : u as counted on random pairs, true ones among them
    pairs : how many pairs the patterns were picked from
    known : share of records that have each attribute
    """
    names = list(chance)
    weight = patterns["pairs"].to_numpy(float)
    place = {name: len(chance[name]) - 1 - patterns[f"gamma_{name}"].to_numpy(int) for name in names}
    is_known = {name: patterns[f"gamma_{name}"].to_numpy(int) >= 0 for name in names}
    m = {name: starting_m(len(chance[name])) for name in names}
    u = {name: np.maximum(chance[name], 0.5 / pairs) for name in names}
    prior = min(0.1, max(1.0, weight.sum() * 0.01) / pairs)
    for _ in range(ROUNDS):
        score = np.full(len(weight), np.log(prior / (1 - prior)))
        for name in names:
            ratio = np.log(m[name] / u[name])
            score[is_known[name]] += ratio[place[name][is_known[name]]]
        true_pairs = weight / (1 + np.exp(-np.clip(score, -500, 500)))
        before, prior = prior, min(0.5, max(true_pairs.sum(), 1.0) / pairs)
        for name in names:
            counted = np.bincount(place[name][is_known[name]], true_pairs[is_known[name]], len(chance[name]))
            m[name], u[name] = updated(counted, chance[name], pairs * known[name] ** 2)
        if abs(prior - before) <= CONVERGED * before:
            break
    fill(settings, m, u, prior)


def updated(counted: np.ndarray, chance: np.ndarray, pairs: float) -> tuple[np.ndarray, np.ndarray]:
    """m from the true pairs in each level; u from all pairs less the true ones. Neither is ever nought."""
    pairs = max(pairs, 2 * counted.sum() + 1)
    m = (counted + 0.5) / (counted.sum() + 0.5 * len(counted))
    u = np.maximum(chance * pairs - counted, 0.5) / (pairs - counted.sum())
    return m, u / u.sum()


def fill(settings: dict[str, Any], m: dict[str, np.ndarray], u: dict[str, np.ndarray], prior: float) -> None:
    """Write what was learnt into Splink's settings, with the words of each level."""
    settings["probability_two_random_records_match"] = float(prior)
    for each in settings["comparisons"]:
        name = each["output_column_name"]
        graded = [level for level in each["comparison_levels"] if not level.get("is_null_level")]
        for level, m_value, u_value in zip(graded, m[name], u[name], strict=True):
            level.setdefault("label_for_charts", "different")
            level["m_probability"], level["u_probability"] = float(m_value), float(u_value)
