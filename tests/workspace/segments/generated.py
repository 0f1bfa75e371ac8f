"""Definitions by the thousand: anything the language can say, from a seed."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from workspace.segments.acts import ACTS
from workspace.segments.fields import CHOICE, FLAG, NUMBER, FieldOf, fields_of
from workspace.segments.language import Act, Attribute, Group, Relation, Span, Trait

FIELDS = fields_of(
    [
        ("customer_key", "BIGINT"),
        ("tier", "VARCHAR"),
        ("previous_tier", "VARCHAR"),
        ("region", "VARCHAR"),
        ("main_category", "VARCHAR"),
        ("r_score", "BIGINT"),
        ("net_margin_12m", "DECIMAL(18,4)"),
        ("loyalty_index", "DOUBLE"),
        ("index_low", "DOUBLE"),
        ("next_order_on", "DATE"),
        ("next_order_low_on", "DATE"),
        ("last_order_on", "DATE"),
        ("signed_up_at", "TIMESTAMP"),
        ("is_prospect", "BOOLEAN"),
        ("consent_email", "BOOLEAN"),
        ("is_new_here", "BOOLEAN"),
    ]
)
VALUES = (
    "A", "Coffee", "web", "At risk", "or", "and", "not", "known", "is", "in", "At", "of category", "B, or who called",
    "O'Hara; drop table x; --", "“q” and \\ back\\n", "line\nbreak\ttab", "=1+1", "<b>x</b>", "{name} {0} %s", "10115",
    " spaced ", "北京", "-5", "2024-01-01", "(", ")", ".", "Ünal", "yes", "more", "x" * 300,
)  # fmt: skip


class Generator:
    """Makes random definitions; the same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def maybe(self, make: Any, chance: float = 0.4) -> Any:
        return make() if self.random.random() < chance else None

    def values(self) -> tuple[str, ...]:
        chosen = self.random.sample([value for value in VALUES if value], self.random.choice((1, 1, 2, 3)))
        return tuple(chosen)

    def number(self) -> Decimal:
        return Decimal(self.random.choice((0, 1, 2, 10, 1200, -3, "0.5", "-12.25", "0.0001", "99999999999")))

    def ends(self, make: Any) -> tuple[Any, Any]:
        low, high = sorted((make(), make()))
        return self.random.choice(((low, None), (None, high), (low, high), (low, low)))

    def span(self, *, ahead: bool = False) -> Span:
        kind = self.random.choice(("last", "not last", "both", "dates", *(["next"] if ahead else [])))
        days = self.random.choice((1, 2, 30, 365))
        if kind == "dates":
            since, until = self.ends(lambda: date(2024, 2, 29) + timedelta(self.random.randrange(500)))
            return Span(since=since, until=until)
        return {
            "last": Span(within_days=days),
            "not last": Span(not_within_days=days),
            "both": Span(within_days=days + 1, not_within_days=days),
            "next": Span(next_days=days),
        }[kind]

    def attribute(self) -> Attribute:
        field: FieldOf = self.random.choice(list(FIELDS.values()))
        if field.kind == FLAG:
            return Attribute(field=field.name, is_true=self.random.random() < 0.5)
        if self.random.random() < 0.15:
            return Attribute(field=field.name, is_known=self.random.random() < 0.5)
        if field.kind == CHOICE:
            asked = self.random.choice(("one_of", "none_of", "starts_with"))
            return Attribute(field=field.name, **{asked: self.values()[0] if asked == "starts_with" else self.values()})
        if field.kind == NUMBER:
            low, high = self.ends(self.number)
            return Attribute(field=field.name, at_least=low, at_most=high)
        return Attribute(field=field.name, when=self.span(ahead=True))

    def where(self, name: str) -> tuple[Trait, ...]:
        traits = list(self.random.choice(ACTS[name].sources).traits)
        chosen = self.random.sample(traits, min(len(traits), self.random.choice((0, 0, 1, 2))))
        return tuple(Trait(trait=trait, one_of=self.values()) for trait in chosen)

    def relation(self) -> Relation:
        name = self.random.choice([act.name for act in ACTS.values() if act.has_time])
        return Relation(
            order=self.random.choice(("after", "before")),
            act=name,
            where=self.where(name),
            when=self.maybe(self.span),
            within_days=self.maybe(lambda: self.random.choice((1, 7, 90))),
        )

    def act(self) -> Act:
        name = self.random.choice(list(ACTS))
        times = self.maybe(lambda: self.ends(lambda: self.random.randrange(1, 9))) or (None, None)
        amounts = (self.maybe(lambda: self.ends(self.number)) if ACTS[name].has_amount else None) or (None, None)
        return Act(
            act=name,
            did=self.random.random() < 0.7,
            where=self.where(name),
            times_at_least=times[0],
            times_at_most=times[1],
            amount_at_least=amounts[0],
            amount_at_most=amounts[1],
            when=self.maybe(self.span) if ACTS[name].has_time else None,
            relation=self.maybe(self.relation, 0.25) if ACTS[name].has_time else None,
        )

    def group(self, depth: int = 1) -> Group:
        items = [self.item(depth) for _ in range(self.random.choice((1, 1, 2, 3)))]
        return Group(match=self.random.choice(("all", "any", "none")), of=tuple(items))

    def item(self, depth: int) -> Any:
        if depth < 4 and self.random.random() < 0.2:
            return self.group(depth + 1)
        return self.attribute() if self.random.random() < 0.5 else self.act()

    def definition(self) -> Group:
        return Group() if self.random.random() < 0.01 else self.group()
