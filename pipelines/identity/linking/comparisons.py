"""How attributes are compared: the levels of each comparison as Splink's settings, and each level in words."""

from math import log2
from typing import Any

from workspace.identity_settings import Comparing, Linking

# Words of each level, best first; what is missing on either side says nothing and has no level.
Level = tuple[str, str]
SLIP = "damerau_levenshtein({l}, {r}) <= {n}"
ALIKE = "jaro_winkler_similarity({l}, {r}) >= {n}"
EQUAL: Level = ("equal", "{l} = {r}")
OTHER: Level = ("different", "else")
TEXT: list[Level] = [EQUAL, ("nearly equal", ALIKE.replace("{n}", "0.92")), ("similar", ALIKE.replace("{n}", "0.8"))]
LEVELS: dict[Comparing, list[Level]] = {
    "text": [*TEXT, OTHER],
    "name": [*TEXT, ("initial fits", "least(length({l}), length({r})) = 1 and left({l}, 1) = left({r}, 1)"), OTHER],
    "date": [EQUAL, ("one slip", SLIP.replace("{n}", "1")), ("two slips", SLIP.replace("{n}", "2")), OTHER],
    "email": [
        EQUAL,
        ("same before the @", "split_part({l}, '@', 1) = split_part({r}, '@', 1)"),
        *TEXT[1:],
        OTHER,
    ],
    "number": [EQUAL, ("one slip", SLIP.replace("{n}", "1")), OTHER],
    "exact": [EQUAL, OTHER],
}
NAMES = {"given_name": "surname", "surname": "given_name"}


def levels(attribute: str, comparing: Comparing) -> list[Level]:
    """Words and SQL condition of each level over `{attribute}_l` and `_r`, best first.

    Given name and surname know one level more: that they have changed places.
    """
    found = [(words, sql.format(l=f"{attribute}_l", r=f"{attribute}_r")) for words, sql in LEVELS[comparing]]
    if attribute in NAMES and comparing == "name":
        other = NAMES[attribute]
        crossed = f"{attribute}_l = {other}_r or {attribute}_r = {other}_l"
        found.insert(-1, ("given name and surname swapped", crossed))
    return found


def comparison(attribute: str, comparing: Comparing) -> dict[str, Any]:
    """One comparison as Splink's settings have it."""
    null = {"sql_condition": f"{attribute}_l is null or {attribute}_r is null", "is_null_level": True}
    graded = [
        {"sql_condition": sql, "label_for_charts": words} if sql != "else" else {"sql_condition": "ELSE"}
        for words, sql in levels(attribute, comparing)
    ]
    return {"output_column_name": attribute, "comparison_levels": [null | {"label_for_charts": "missing"}, *graded]}


def compared(rules: Linking, filled: set[str]) -> dict[str, Comparing]:
    """The comparisons of the settings whose attribute some record has, in the order of the settings."""
    return {attribute: comparing for attribute, comparing in rules.comparisons.items() if attribute in filled}


def splink_settings(rules: Linking, filled: set[str]) -> dict[str, Any]:
    """Splink's settings for records with these attributes. Blocking is done beforehand, by `space.Space`."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "member",
        "comparisons": [comparison(name, comparing) for name, comparing in compared(rules, filled).items()],
        "blocking_rules_to_generate_predictions": [],
        "probability_two_random_records_match": 1e-4,
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }


def explained(settings: dict[str, Any], row: dict[str, Any]) -> list[tuple[str, str, float]]:
    """Attribute, level in words and weight of each comparison of a pair; what is missing is left out.

    Parameters
    ----------
    settings : trained
    row : `gamma_...` of each comparison, as `Space.score` gives them: 0 is the worst level, -1 is missing
    """
    found = []
    for each in settings["comparisons"]:
        name = each["output_column_name"]
        graded = [level for level in each["comparison_levels"] if not level.get("is_null_level")]
        gamma = int(row[f"gamma_{name}"])
        if gamma >= 0:
            level = graded[len(graded) - 1 - gamma]
            found.append((name, level["label_for_charts"], log2(level["m_probability"] / level["u_probability"])))
    return found
