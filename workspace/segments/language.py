"""The language of segments: nested groups of conditions on what customers are and on what they did. Pure data.

A value that is unknown satisfies no condition, and so satisfies every negated one: "is not A" holds for a prospect.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
    model_serializer,
    model_validator,
)

MAX_CHARACTERS = 10_000
MAX_VALUES = 500
MAX_DEPTH = 6
MAX_CONDITIONS = 100
MAX_DAYS = 36_500


def plain_number(value: Decimal) -> int | float:
    """A number as YAML and JSON write it: whole ones without a point."""
    return int(value) if value == value.to_integral_value() else float(value)


# 15 digits are what a float of YAML carries there and back.
Number = Annotated[Decimal, Field(max_digits=15, decimal_places=4), PlainSerializer(plain_number)]
Text = Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS)]
Values = Annotated[tuple[Text, ...], Field(max_length=MAX_VALUES)]
Days = Annotated[int, Field(ge=1, le=MAX_DAYS)]
Times = Annotated[int, Field(ge=1, le=1_000_000)]


class Part(BaseModel):
    """A piece of a definition: unknown keys are errors, nothing changes after it is made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_serializer(mode="wrap")
    def without_what_asks_nothing(self, handler: Any) -> dict[str, Any]:
        """Leave out what was not given, so that a definition is as short in a file as it was meant."""
        return {name: value for name, value in handler(self).items() if value not in (None, "", (), [])}


class Span(Part):
    """Days: the last so many with the as-of day, longer ago than so many, the next so many, or dates, both included."""

    within_days: Days | None = None
    not_within_days: Days | None = None
    next_days: Days | None = None
    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def asks_one_thing(self) -> "Span":
        """Days back, days ahead or dates; the ends in order."""
        back = self.within_days is not None or self.not_within_days is not None
        dates = self.since is not None or self.until is not None
        if back + dates + (self.next_days is not None) != 1:
            raise ValueError("a time is either the last days, the next days, or dates")
        if self.within_days is not None and self.within_days <= (self.not_within_days or 0):
            raise ValueError("within_days must be more than not_within_days")
        if self.since and self.until and self.since > self.until:
            raise ValueError("since must not be later than until")
        return self


class Attribute(Part):
    """A condition on a field of the customer; of the kinds of condition exactly one is given.

    `one_of` any of the values, `none_of` none of them (or unknown), `at_least` and `at_most` both included.
    """

    field: Text
    one_of: Values = ()
    none_of: Values = ()
    starts_with: Annotated[str, Field(max_length=MAX_CHARACTERS)] = ""
    at_least: Number | None = None
    at_most: Number | None = None
    when: Span | None = None
    is_true: bool | None = None
    is_known: bool | None = None

    @property
    def kinds(self) -> list[str]:
        """Which kinds of condition are given."""
        found = [name for name in ("one_of", "none_of", "starts_with") if getattr(self, name)]
        found += [name for name in ("when", "is_true", "is_known") if getattr(self, name) is not None]
        return found + (["range"] if self.at_least is not None or self.at_most is not None else [])

    @model_validator(mode="after")
    def asks_one_thing(self) -> "Attribute":
        """One kind of condition, its ends in order."""
        if len(self.kinds) != 1:
            raise ValueError(f"'{self.field[:60]}' needs exactly one kind of condition, got {len(self.kinds)}")
        in_order(self.at_least, self.at_most, self.field)
        return self


class Trait(Part):
    """What an act was about: any of the values of one of its traits, such as category, channel or campaign."""

    trait: Text
    one_of: Annotated[tuple[Text, ...], Field(min_length=1, max_length=MAX_VALUES)]


class Relation(Part):
    """The act counted only where it came after (or before) another act of the same customer, within so many days."""

    order: Literal["after", "before"]
    act: Text
    where: tuple[Trait, ...] = ()
    when: Span | None = None
    within_days: Days | None = None


class Act(Part):
    """A condition on behaviour: did, or did not, so often, for so much, in that time, before or after another act.

    `times_*` count from one: who never did it did it not at most twice. `did: false` turns the whole round.
    """

    act: Text
    did: bool = True
    where: tuple[Trait, ...] = ()
    times_at_least: Times | None = None
    times_at_most: Times | None = None
    amount_at_least: Number | None = None
    amount_at_most: Number | None = None
    when: Span | None = None
    relation: Relation | None = None

    @model_validator(mode="after")
    def ends_are_in_order(self) -> "Act":
        """No range that nothing can lie in; each trait once."""
        in_order(self.times_at_least, self.times_at_most, "times")
        in_order(self.amount_at_least, self.amount_at_most, "amount")
        for where in (self.where, self.relation.where if self.relation else ()):
            if len({trait.trait for trait in where}) != len(where):
                raise ValueError("a trait is asked for once, with all its values")
        return self


def in_order(low: Decimal | int | None, high: Decimal | int | None, what: str) -> None:
    """Refuse a range whose lower end is above its upper."""
    if low is not None and high is not None and low > high:
        raise ValueError(f"{what[:60]}: at least {low} and at most {high} cannot both hold")


def kind_of(value: Any) -> str:
    """Which model a part of a file is: a field, an act, else a group."""
    if isinstance(value, dict):
        return "attribute" if "field" in value else "act" if "act" in value else "group"
    return "attribute" if isinstance(value, Attribute) else "act" if isinstance(value, Act) else "group"


class Group(Part):
    """All, any or none of its parts hold. In a file `{all: [...]}`; a definition is a group, an empty one everybody."""

    match: Literal["all", "any", "none"] = "all"
    of: tuple["Item", ...] = ()

    @model_validator(mode="before")
    @classmethod
    def from_file(cls, value: Any) -> Any:
        """Take `{all: [...]}` for match and of."""
        if isinstance(value, dict) and len(value) == 1 and (name := next(iter(value))) in ("all", "any", "none"):
            return {"match": name, "of": value[name] or ()}
        return value

    @model_validator(mode="after")
    def is_simple(self) -> "Group":
        """Any of one is all of one, and of nothing everybody: said one way only. Groups within groups are not empty."""
        if not self.of or (self.match == "any" and len(self.of) == 1):
            object.__setattr__(self, "match", "all")
        if any(isinstance(item, Group) and not item.of for item in self.of):
            raise ValueError("a group within a group needs a condition")
        if self.depth > MAX_DEPTH or self.size > MAX_CONDITIONS:
            raise ValueError(f"at most {MAX_CONDITIONS} conditions, {MAX_DEPTH} groups deep")
        return self

    @property
    def depth(self) -> int:
        """How many groups deep it goes."""
        return 1 + max((item.depth for item in self.of if isinstance(item, Group)), default=0)

    @property
    def size(self) -> int:
        """How many conditions it holds."""
        return sum(item.size if isinstance(item, Group) else 1 for item in self.of)

    @model_serializer(mode="wrap")
    def to_file(self, handler: Any) -> dict[str, Any]:
        """`{all: [...]}`."""
        return {self.match: list(handler(self)["of"])}


Item = Annotated[
    Annotated[Attribute, Tag("attribute")] | Annotated[Act, Tag("act")] | Annotated[Group, Tag("group")],
    Discriminator(kind_of),
]
Group.model_rebuild()
