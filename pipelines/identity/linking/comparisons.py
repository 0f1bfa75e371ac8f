"""How attributes are compared: the levels of each comparison as Splink's settings, and each level in words."""

from math import log2
from typing import Any

from pipelines.identity.standard import ALIKE_NAMES, INITIAL_FITS
from workspace.identity_settings import Comparing, Linking

# Words of each level, best first; what is missing on either side says nothing and has no level.
Level = tuple[str, str]
# A slip that swaps two letters is two for Levenshtein, whose distance takes a sixth of the time to find.
SLIP = "levenshtein({l}, {r}) <= 2 * {n} and damerau_levenshtein({l}, {r}) <= {n}"
ALIKE = "jaro_winkler_similarity({l}, {r}) >= {n}"
MAILBOX = "split_part({l}, '@', 1) = split_part({r}, '@', 1)"
EQUAL: Level = ("equal", "{l} = {r}")
OTHER: Level = ("different", "else")
TEXT: list[Level] = [EQUAL, ("nearly equal", ALIKE.replace("{n}", "0.92")), ("similar", ALIKE.replace("{n}", "0.8"))]
# Where two surnames share half their letters neighbours are many: the grades of Splink's own comparison of names.
NAME: list[Level] = [*TEXT[:2], ("similar", ALIKE.replace("{n}", "0.88"))]
LEVELS: dict[Comparing, list[Level]] = {
    "text": [*TEXT, OTHER],
    "name": [*NAME, ("initial fits", INITIAL_FITS), OTHER],
    "date": [EQUAL, ("one slip", SLIP.replace("{n}", "1")), ("two slips", SLIP.replace("{n}", "2")), OTHER],
    "email": [
        EQUAL,
        ("same before the @", MAILBOX),
        ("one slip", f"{ALIKE} and {SLIP}".replace(">= {n}", ">= 0.9").replace("{n}", "1")),
        *TEXT[1:],
        OTHER,
    ],
    "number": [EQUAL, ("one slip", SLIP.replace("{n}", "1")), OTHER],
    "exact": [EQUAL, OTHER],
}
# What holds wherever a level between "equal" and "different" does: one look, where the levels together take up to four.
NEAR: dict[Comparing, str] = {
    "text": ALIKE.replace("{n}", "0.8"),
    "name": f"{ALIKE.replace('{n}', '0.88')} or {INITIAL_FITS}",
    "date": SLIP.replace("{n}", "2"),
    "email": f"{MAILBOX} or {ALIKE.replace('{n}', '0.8')}",
    "number": SLIP.replace("{n}", "1"),
    "exact": "false",
}
# Where equal values differ in how common they are, a common one says less: the weight of "equal" is that of the value.
COUNTED: set[Comparing] = {"name", "text", "date"}
NAMES = {"given_name": "surname", "surname": "given_name"}
# What follows from something else that agrees says nothing a second time: a postcode lies in one town and region, and
# addresses made from one name look alike whoever has it. Attribute, what it follows from, when, after which level.
SAME = "coalesce({name}_l = {name}_r, false)"
LIKE_NAMES = (
    "jaro_winkler_similarity(email_l, email_r) >= 0.8 and jaro_winkler_similarity(given_name_l, given_name_r) >= 0.8"
    " and jaro_winkler_similarity(surname_l, surname_r) >= 0.8"
)
# A phone is a household's: whose given names are unlike may well share it without being one.
UNLIKE = (
    f"coalesce(not ({ALIKE_NAMES.format(l='given_name_l', r='given_name_r')})"
    " and given_name_l is distinct from surname_r and surname_l is distinct from given_name_r, false)"
)
FOLLOWS: list[tuple[str, set[str], str, str]] = [
    ("city", {"postcode"}, SAME.format(name="postcode"), "missing"),
    ("region", {"postcode"}, SAME.format(name="postcode"), "missing"),
    ("region", {"city"}, SAME.format(name="city"), "missing"),
    ("phone", {"given_name", "surname"}, UNLIKE, "missing"),
    ("email", {"given_name", "surname"}, LIKE_NAMES, "one slip"),
]


def levels(attribute: str, comparing: Comparing) -> list[Level]:
    """Words and SQL condition of each level over `{attribute}_l` and `_r`, best first.

    Given name and surname know one level more: that they have changed places.
    """
    found = [(words, sql.format(l=f"{attribute}_l", r=f"{attribute}_r")) for words, sql in LEVELS[comparing]]
    if crossed := swapped(attribute, comparing):
        found.insert(-1, ("given name and surname swapped", crossed))
    return found


def swapped(attribute: str, comparing: Comparing) -> str:
    """The condition that a name stands in the other name's place; "" for what is no name."""
    if attribute not in NAMES or comparing != "name":
        return ""
    other = NAMES[attribute]
    return f"{attribute}_l = {other}_r or {attribute}_r = {other}_l"


def near(attribute: str, comparing: Comparing) -> str:
    """A condition that holds wherever a level between "equal" and "different" does; it may hold elsewhere."""
    alike = NEAR[comparing].format(l=f"{attribute}_l", r=f"{attribute}_r")
    crossed = swapped(attribute, comparing)
    return f"{alike} or {crossed}" if crossed else alike


def comparison(attribute: str, comparing: Comparing, filled: set[str]) -> dict[str, Any]:
    """One comparison as Splink's settings have it, where records have the attributes `filled`."""
    null = {"sql_condition": f"{attribute}_l is null or {attribute}_r is null", "is_null_level": True}
    graded = [null | {"label_for_charts": "missing"}]
    for words, sql in levels(attribute, comparing):
        level: dict[str, Any] = {"sql_condition": "ELSE" if sql == "else" else sql, "label_for_charts": words}
        if words == "equal" and comparing in COUNTED:
            level |= {"tf_adjustment_column": attribute, "tf_adjustment_weight": 1.0}
        graded.append(level)
    labels = [level["label_for_charts"] for level in graded]
    for name, given, sql, after in FOLLOWS:
        if name == attribute and given <= filled and after in labels:
            silent = {"sql_condition": sql, "is_null_level": True, "label_for_charts": "follows from others"}
            graded.insert(labels.index(after) + 1, silent)
    return {"output_column_name": attribute, "comparison_levels": graded}


def compared(rules: Linking, filled: set[str]) -> dict[str, Comparing]:
    """The comparisons of the settings whose attribute some record has, in the order of the settings."""
    return {attribute: comparing for attribute, comparing in rules.comparisons.items() if attribute in filled}


def splink_settings(rules: Linking, filled: set[str]) -> dict[str, Any]:
    """Splink's settings for records with these attributes. Blocking is done beforehand, by `space.Space`."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "member",
        "comparisons": [comparison(name, comparing, filled) for name, comparing in compared(rules, filled).items()],
        "blocking_rules_to_generate_predictions": [],
        "probability_two_random_records_match": 1e-4,
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }


def counted_values(settings: dict[str, Any]) -> list[str]:
    """The comparisons of Splink's settings in which an equal value weighs by how common it is."""
    return [
        each["output_column_name"]
        for each in settings["comparisons"]
        if any(level.get("tf_adjustment_column") for level in each["comparison_levels"])
    ]


def explained(settings: dict[str, Any], row: dict[str, Any]) -> list[tuple[str, str, float]]:
    """Attribute, level in words and weight of each comparison of a pair; what is missing is left out.

    Parameters
    ----------
    settings : trained
    row : `gamma_...` of each comparison, as `Space.score` gives them: 0 is the worst level, -1 is missing; and
        `common_...`, what an equal value weighs more or less for being rarer or more common than others
    """
    found = []
    for each in settings["comparisons"]:
        name = each["output_column_name"]
        graded = [level for level in each["comparison_levels"] if not level.get("is_null_level")]
        gamma = int(row[f"gamma_{name}"])
        if gamma >= 0:
            level = graded[len(graded) - 1 - gamma]
            found.append((name, level["label_for_charts"], weight(level) + (row.get(f"common_{name}") or 0.0)))
    return found


def weight(level: dict[str, Any]) -> float:
    """log2 of how much likelier a trained level is among true pairs than by chance (Fellegi and Sunter, 1969)."""
    return log2(level["m_probability"] / level["u_probability"])
