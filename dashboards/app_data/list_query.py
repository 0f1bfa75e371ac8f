"""What a list is: a filter and columns as data, and the one parametrised query they become. Nothing is run here."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from workspace.errors import RegularsError
from workspace.list_columns import known

NO_TIER = "none"  # stands for customers without a tier, the prospects, where a null cannot be chosen
CONSENT_CHANNELS = ("email", "sms", "phone", "post")


@dataclass(frozen=True)
class ListFilter:
    """Who belongs to a list. Every condition that is given must hold; an empty one asks nothing.

    Within one condition any of its values will do. `recency_*` in days since the last order, `net_margin_*`
    in the company's currency over the tier window; both bounds belong to the range, and a range leaves out
    customers for whom the value is unknown. `consents`: the customer agreed to every one of these channels. `behind`: a
    question with its choices as text (`app_data.questions.address`), for the customers behind its answer.
    """

    tiers: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    recency_from: int | None = None
    recency_to: int | None = None
    net_margin_from: float | None = None
    net_margin_to: float | None = None
    behind: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The conditions that ask something, ready for JSON."""
        chosen = {name: value for name, value in asdict(self).items() if value not in ((), None)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in chosen.items()}

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> "ListFilter":
        """The filter again from `as_dict`.

        Raises
        ------
        RegularsError
            If it holds a condition that this version does not know: a wider list than meant must not come out.
        """
        unknown = set(stored) - {field.name for field in fields(cls)}
        if unknown:
            raise RegularsError(f"The list asks for {', '.join(sorted(unknown))}, which is not known here.")
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
        }
        return cls(**given)


ANY_OF = {
    "groups": "rfm_group",
    "regions": "region",
    "countries": "country",
    "channels": "main_channel",
    "kinds": "kind",
    "stages": "loyalty_stage",
    "risks": "churn_band",
    "levels": "pyramid_level",
}
RANGES = {"recency": "recency_days", "net_margin": "net_margin_12m"}


def condition(chosen: ListFilter) -> tuple[str, dict[str, Any]]:
    """The SQL condition on `customer_360 as c` and its parameters; 'true' for a filter that asks nothing.

    The parameter `behind` is the question's text: whoever runs the query puts the keys of its customers in its place.

    Raises
    ------
    RegularsError
        If a consent is asked for a channel that has none.
    """
    parts: list[str] = []
    parameters: dict[str, Any] = {}
    if chosen.tiers:
        parts.append(f"list_contains($tiers::varchar[], coalesce(c.tier, '{NO_TIER}'))")
        parameters["tiers"] = list(chosen.tiers)
    for name, column in ANY_OF.items():
        values = getattr(chosen, name)
        if values:
            parts.append(f"list_contains(${name}::varchar[], c.{column})")
            parameters[name] = list(values)
    for name, column in RANGES.items():
        for bound, sign in (("from", ">="), ("to", "<=")):
            value = getattr(chosen, f"{name}_{bound}")
            if value is not None:
                parts.append(f"c.{column} {sign} ${name}_{bound}")
                parameters[f"{name}_{bound}"] = value
    for channel in chosen.consents:
        if channel not in CONSENT_CHANNELS:
            raise RegularsError(f"There is no consent for '{channel}'; there is for {', '.join(CONSENT_CHANNELS)}.")
        parts.append(f"c.consent_{channel}")
    if chosen.behind is not None:
        parts.append("c.customer_key in (select unnest($behind::bigint[]))")
        parameters["behind"] = chosen.behind
    return " and ".join(parts) or "true", parameters


def count_query(chosen: ListFilter) -> tuple[str, dict[str, Any]]:
    """The query that counts the members."""
    where, parameters = condition(chosen)
    # Only names written in this module are put together here; every value is a parameter.
    return f"select count(*) as customer_count from serving.customer_360 as c where {where}", parameters  # noqa: S608


def members_query(chosen: ListFilter, columns: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The query of the members: `customer_key` and the columns asked for, most net margin first.

    Raises
    ------
    RegularsError
        If a column is not one of `COLUMNS`: names never reach the query unless they are known.
    """
    where, parameters = condition(chosen)
    shown = ", ".join(f"{column.expression or f'c.{column.name}'} as {column.name}" for column in known(columns))
    query = (
        f"select c.customer_key{', ' if shown else ''}{shown} from serving.customer_360 as c where {where}"  # noqa: S608
        " order by c.net_margin_12m desc nulls last, c.customer_key"
    )
    return query, parameters
