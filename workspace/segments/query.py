"""A definition as one condition of SQL with parameters. Names come from the catalogue, values only as parameters."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from workspace.segments.acts import Look, Source
from workspace.segments.checking import check, source_of
from workspace.segments.fields import DATE, Fields
from workspace.segments.language import Act, Attribute, Group, Relation, Span, Trait

Parameters = dict[str, Any]


@dataclass(frozen=True)
class Moment:
    """As of which day, by whose clock."""

    as_of: date
    time_zone: str = "UTC"

    @property
    def end_at(self) -> datetime:
        """The instant (UTC, without a zone, as the star stores it) at which the day is over."""
        midnight = datetime.combine(self.as_of + timedelta(days=1), time(), ZoneInfo(self.time_zone))
        return midnight.astimezone(UTC).replace(tzinfo=None)


def condition(definition: Group, fields: Fields, moment: Moment, prefix: str = "s") -> tuple[str, Parameters]:
    """The condition on `serving.customer_360 as c` and its parameters; 'true' for everybody.

    Parameters
    ----------
    prefix : begins the names of the parameters, so that two definitions can stand in one query

    Raises
    ------
    RegularsError
        If the definition asks for what the published tables do not have.
    """
    check(definition, fields)
    compiler = Compiler(fields, moment, prefix)
    text = compiler.group(definition)
    return text, compiler.used(text)


def acts_condition(
    source: Source, where: tuple[Trait, ...], when: Span | None, moment: Moment, prefix: str = "a"
) -> tuple[str, Parameters]:
    """The condition on a source's row `f` that it is an act asked for, and its parameters."""
    compiler = Compiler({}, moment, prefix)
    text = compiler.told(source, where, when)
    return text, compiler.used(text)


@dataclass
class Compiler:
    """One definition on its way to SQL."""

    fields: Fields
    moment: Moment
    prefix: str
    parameters: Parameters = field(default_factory=dict)

    def bind(self, value: object) -> str:
        """A value as a parameter; returns how the query names it."""
        name = f"{self.prefix}{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def used(self, text: str) -> Parameters:
        """The parameters of a query; one that it does not use would be an error to DuckDB."""
        known = {"as_of": self.moment.as_of, "end_at": self.moment.end_at}
        return self.parameters | {name: value for name, value in known.items() if f"${name}" in text}

    def group(self, group: Group) -> str:
        """All, any or none. What is unknown is false: only where a condition is turned round it must be said."""
        parts = [self.item(item) for item in group.of]
        if not parts:
            return "true"
        if group.match == "none":
            return f"(({' or '.join(parts)}) is not true)"
        return f"({(' and ' if group.match == 'all' else ' or ').join(parts)})"

    def item(self, item: Group | Attribute | Act) -> str:
        """One part of a group."""
        if isinstance(item, Group):
            return self.group(item)
        return self.attribute(item) if isinstance(item, Attribute) else self.act(item)

    def attribute(self, item: Attribute) -> str:
        """A condition on a column of the customer."""
        column = f"c.{item.field}"
        if item.one_of:
            return self.among(column, item.one_of)
        if item.none_of:
            return f"({self.among(column, item.none_of)} is not true)"
        if item.starts_with:
            return f"starts_with({column}, {self.bind(item.starts_with)})"
        if item.when:
            return self.span(self.day(item.field), item.when)
        if item.is_true is None and item.is_known is None:
            return self.between(column, item.at_least, item.at_most)
        wanted = {True: "true", False: "not true", None: "not null" if item.is_known else "null"}[item.is_true]
        return f"({column} is {wanted})"

    def day(self, name: str) -> str:
        """A date column; of an instant its day by UTC."""
        return f"cast(c.{name} as date)" if self.fields[name].kind == DATE else f"c.{name}"

    def among(self, column: str, values: tuple[str, ...]) -> str:
        """One of the values."""
        return f"{column} in ({', '.join(self.bind(value) for value in values)})"

    def between(self, column: str, low: Decimal | int | None, high: Decimal | int | None) -> str:
        """A range, both ends included; an end left out is open."""
        parts = [
            f"{column} {sign} {self.bind(value)}" for sign, value in ((">=", low), ("<=", high)) if value is not None
        ]
        return f"({' and '.join(parts)})"

    def span(self, day: str, span: Span) -> str:
        """Days or dates; whatever is asked for looks back unless it says ahead."""
        parts = []
        if span.next_days is not None:
            parts += [f"{day} > {self.back(0)}", f"{day} <= {self.back(-span.next_days)}"]
        if span.within_days is not None:
            parts += [f"{day} > {self.back(span.within_days)}", f"{day} <= {self.back(0)}"]
        if span.not_within_days is not None:
            parts.append(f"{day} <= {self.back(span.not_within_days)}")
        parts += [
            f"{day} {sign} {self.bind(value)}"
            for sign, value in ((">=", span.since), ("<=", span.until))
            if value is not None
        ]
        return f"({' and '.join(parts)})"

    def back(self, days: int) -> str:
        """The day so many days before the as-of day; one before all calendars is the first of them."""
        ordinal = self.moment.as_of.toordinal() - days
        return self.bind(date.fromordinal(min(max(ordinal, 1), date.max.toordinal())))

    def act(self, item: Act) -> str:
        """Did, or did not: the customers are found in the source's rows, never through each customer's."""
        source = source_of(item.act, item.where)
        rows = self.rows(source, item.where, item.when)
        having = self.having(item, source, is_joined=item.relation is not None)
        if item.relation:
            rows = (self.related if having else self.once_related)(rows, source, item.relation)
        grouped = f" group by f.customer_key having {having}" if having else ""
        found = f"(select f.customer_key from {rows}{grouped})"
        return f"(c.customer_key {'' if item.did else 'not '}in {found})"

    def rows(self, source: Source, where: tuple[Trait, ...], when: Span | None) -> str:
        """`table as f where ...`: the acts asked for, up to the as-of day, of customers that are known."""
        return f"{source.table} as f where f.customer_key is not null and {self.told(source, where, when)}"

    def told(self, source: Source, where: tuple[Trait, ...], when: Span | None) -> str:
        """The condition on `f`, a row of the source, that it is an act asked for."""
        parts = [source.filter]
        parts += [f"{source.on} <= $as_of"] if source.on else []
        parts += [self.trait(source.traits[trait.trait], trait.one_of) for trait in where]
        parts += [self.span(source.on, when)] if when else []
        return " and ".join(part for part in parts if part != "true") or "true"

    def trait(self, look: Look, values: tuple[str, ...]) -> str:
        """A trait that is one of the values, in the source or in the dimension that it leads to."""
        if not look.dimension:
            return self.among(f"f.{look.column}", values)
        chosen = self.among(f"d.{look.attribute}" if look.attribute.isidentifier() else look.attribute, values)
        return f"f.{look.column} in (select d.{look.key} from {look.dimension} as d where {chosen})"

    def once_related(self, rows: str, source: Source, relation: Relation) -> str:
        """As `related`, where one such act is enough: customers and stretches of days are joined, not acts.

        Without a limit in days the first (for before: the last) of the other act decides. With one, days fall into
        stretches as long as the limit. Within a stretch the later act needs only to be later; from one stretch to the
        next, the last day of the earlier and the first day of the later must be near; further apart none is. So
        however many acts a customer has, each side is one row for each stretch, and nothing is sorted.
        """
        other = source_of(relation.act, relation.where)
        others = self.rows(other, relation.where, relation.when)
        if relation.within_days is None:
            sign, first = (">", "min") if relation.order == "after" else ("<", "max")
            return (
                f"(select e.customer_key from (select f.customer_key, {source.at} as at_time from {rows}) as e"
                f" inner join (select f.customer_key, {first}({other.at}) as at_time from {others} group by all) as o"
                f" on e.customer_key = o.customer_key and e.at_time {sign} o.at_time) as f"
            )
        limit = self.bind(relation.within_days)
        mine, theirs = self.stretches(rows, source, limit), self.stretches(others, other, limit)
        earlier, later = (theirs, mine) if relation.order == "after" else (mine, theirs)
        return (
            f"(select y.customer_key from (select x.*, step, stretch + step as next_stretch from {earlier} as x,"
            f" (values (0), (1)) as steps(step)) as x inner join {later} as y"
            f" on x.customer_key = y.customer_key and x.next_stretch = y.stretch and case x.step"
            f" when 0 then y.last_at > x.first_at else y.first_on - x.last_on <= {limit} end) as f"
        )

    def stretches(self, rows: str, source: Source, limit: str) -> str:
        """A source's first and last act of each customer within each stretch of days that is as long as the limit."""
        return (
            f"(select f.customer_key, ({source.on} - date '0001-01-01') // {limit} as stretch,"
            f" min({source.at}) as first_at, max({source.at}) as last_at, min({source.on}) as first_on,"
            f" max({source.on}) as last_on from {rows} group by all)"
        )

    def related(self, rows: str, source: Source, relation: Relation) -> str:
        """The acts that came after (before) another: the nearest one decides, so one look at each is enough."""
        other = source_of(relation.act, relation.where)
        others = self.rows(other, relation.where, relation.when)
        sign = ">" if relation.order == "after" else "<"
        unit, amount = source.unit or "1", source.amount or "0"
        near = ""
        if relation.within_days is not None:
            apart = "e.on_day - o.on_day" if relation.order == "after" else "o.on_day - e.on_day"
            near = f" where {apart} <= {self.bind(relation.within_days)}"
        return (
            f"(select e.* from (select f.customer_key, {source.at} as at_time, {source.on} as on_day, {unit} as unit,"
            f" {amount} as amount from {rows}) as e asof join (select f.customer_key, {other.at} as at_time,"
            f" {other.on} as on_day from {others}) as o"
            f" on e.customer_key = o.customer_key and e.at_time {sign} o.at_time{near}) as f"
        )

    def having(self, item: Act, source: Source, *, is_joined: bool) -> str:
        """How often and how much; empty where once is enough."""
        unit = source.unit and ("f.unit" if is_joined else source.unit)
        times = f"count(distinct {unit})" if unit else "count(*)"
        parts = []
        if (item.times_at_least or 1) > 1 or item.times_at_most is not None:
            parts.append(self.between(times, item.times_at_least, item.times_at_most))
        if item.amount_at_least is not None or item.amount_at_most is not None:
            amount = "f.amount" if is_joined else source.amount
            parts.append(self.between(f"sum({amount})", item.amount_at_least, item.amount_at_most))
        return " and ".join(parts)
