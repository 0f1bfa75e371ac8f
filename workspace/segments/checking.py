"""Checking a definition against the catalogue: every field, act and trait that it names exists and can be so asked."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from workspace.errors import RegularsError
from workspace.segments.acts import ACTS, ActOf, Source
from workspace.segments.fields import Fields
from workspace.segments.language import Act, Attribute, Group, Trait


def definition_of(value: Any) -> Group:
    """The definition that a file, an address or a form holds.

    Raises
    ------
    RegularsError
        Naming the place in it and what is wrong there.
    """
    try:
        return Group.model_validate(value)
    except ValidationError as error:
        raise RegularsError(f"This is no segment: {'; '.join(faults(error))}.", "Mend what it names.") from None
    except RecursionError:
        raise RegularsError("This is no segment: its groups are too deep.", "Take groups out of groups.") from None


def faults(error: ValidationError) -> Iterator[str]:
    """The first faults in words: where, and what."""
    for fault in error.errors()[:5]:
        place = ".".join(str(part) for part in fault["loc"])[:120]
        yield f"{place + ': ' if place else ''}{fault['msg'].removeprefix('Value error, ')[:200]}"


def check(definition: Group, fields: Fields) -> None:
    """Refuse a definition that the published tables cannot answer.

    Raises
    ------
    RegularsError
        Naming the field, act or trait, and what there is instead.
    """
    for item in conditions(definition):
        if isinstance(item, Attribute):
            check_attribute(item, fields)
        else:
            check_act(item)


def conditions(group: Group) -> Iterator[Attribute | Act]:
    """Every condition, however deep."""
    for item in group.of:
        if isinstance(item, Group):
            yield from conditions(item)
        else:
            yield item


def check_attribute(item: Attribute, fields: Fields) -> None:
    """A field that is there, asked as its kind can be."""
    known = fields.get(item.field)
    if known is None:
        raise RegularsError(f"There is no field '{item.field[:60]}'.", f"There are: {', '.join(fields)}.")
    if item.kinds[0] not in known.asks:
        raise RegularsError(
            f"'{item.field}' is a {known.kind} and cannot be asked by {item.kinds[0]}.",
            f"Ask by {' or '.join(known.asks)}.",
        )


def check_act(item: Act) -> None:
    """An act that there is, with traits, amounts and times that it has; the same for the act it is related to."""
    act = act_of(item.act)
    if (item.amount_at_least is not None or item.amount_at_most is not None) and not act.has_amount:
        raise RegularsError(f"'{item.act}' has no amount.", "Ask how often instead.")
    source_of(item.act, item.where)
    if (item.when or item.relation) and not act.has_time:
        raise RegularsError(f"'{item.act}' has no time.", "Leave the time out.")
    if item.when and item.when.next_days:
        raise RegularsError(f"'{item.act}' cannot lie ahead.", "Ask for the last days.")
    if item.relation:
        other = item.relation
        if not act_of(other.act).has_time or (other.when and other.when.next_days):
            raise RegularsError(f"'{other.act}' cannot be what comes before or after.", "Choose an act in the past.")
        source_of(other.act, other.where)


def act_of(name: str) -> ActOf:
    """The act of this name.

    Raises
    ------
    RegularsError
        If there is none.
    """
    if name not in ACTS:
        raise RegularsError(f"There is no act '{name[:60]}'.", f"There are: {', '.join(ACTS)}.")
    return ACTS[name]


def source_of(name: str, where: tuple[Trait, ...]) -> Source:
    """The cheapest source of an act that knows every trait asked for.

    Raises
    ------
    RegularsError
        If there is none.
    """
    act, asked = act_of(name), {trait.trait for trait in where}
    for source in act.sources:
        if asked <= set(source.traits):
            return source
    together = " or ".join(", ".join(source.traits) or "nothing" for source in act.sources)
    raise RegularsError(
        f"'{name}' cannot be asked by {', '.join(sorted(asked))[:200]} together.", f"It can be asked by {together}."
    )


def personal_fields(definition: Group, fields: Fields) -> list[str]:
    """Fields asked for that are contact details."""
    asked = {item.field for item in conditions(definition) if isinstance(item, Attribute)}
    return sorted(name for name in asked if name in fields and fields[name].is_personal)
