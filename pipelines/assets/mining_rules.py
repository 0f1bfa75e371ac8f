"""What goes with what and what follows what, as of the night: rules, offers and paths. The science is in `mining/`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import ModuleType

import dagster as dg
import ibis
import ibis.expr.types as ir

from mining import (
    baskets,
    items,
    itemset_growth,
    itemsets,
    known_rows,
    paths,
    purchase_days,
    rule_notes,
    sequence_candidates,
    sequence_ends,
    sequence_growth,
    sequences,
    sequential_rules,
    touch_steps,
)
from pipelines.assets.mining_offers import COUNTING, OFFER_CODE, RULE_CODE, SALES, find_offers, sales_lines
from pipelines.mined import Store
from pipelines.mined_tonight import refresh_tonight
from pipelines.resources import WorkspaceResource
from pipelines.searches import Search
from workspace.folders import Workspace
from workspace.mining_settings import Mining

SOLD = ("customer_key", "order_key", "ordered_on", "product", "category", "is_counted", "is_return")
ITEM_COLUMNS = ("antecedent", "consequent", "explained_by")


def read_sales(store: Store, as_of: date, settings: Mining) -> Sequence[ir.Table]:
    """What the searches for rules read: lines sold, and what the items are called."""
    return [sales_lines(store, as_of).select(*SOLD), items.item_names(store.star("dim_product"), as_of=as_of)]


def find_rules(store: Store, as_of: date, settings: Mining) -> Mapping[str, ir.Table]:
    """Sequential rules with their clocks, for products and for categories."""
    chosen = settings.rules.model_dump()
    lines, rules, clocks, searches = sales_lines(store, as_of), [], [], []
    names = items.item_names(store.star("dim_product"), as_of=as_of)
    for level in items.LEVELS:
        purchases = purchase_days.purchase_days(lines, as_of=as_of, item=level).cache()
        found = sequential_rules.sequential_rules(purchases, as_of=as_of, **chosen)
        named = items.with_names(found.rules, names if level == "product" else None, ITEM_COLUMNS)
        rules.append(named.mutate(level=ibis.literal(level)))
        clocks.append(found.clocks.mutate(level=ibis.literal(level)))
        needed = {name: chosen[name] for name in ("window_days", "holdout_days", "min_customers")}
        searches.append(rule_notes.sequential_search(purchases, found, level=level, as_of=as_of, **needed))
    return {
        "sequential_rules": ibis.union(*rules),
        "rule_clocks": ibis.union(*clocks),
        "rule_searches": ibis.union(*searches),
    }


def find_baskets(store: Store, as_of: date, settings: Mining) -> Mapping[str, ir.Table]:
    """What is bought together, in one order and by one customer, for products and for categories."""
    chosen = settings.baskets
    kinds = {"order": items.order_baskets, "customer": items.customer_baskets}
    lines, rules, searches = sales_lines(store, as_of), [], []
    names = items.item_names(store.star("dim_product"), as_of=as_of)
    for kind, gather in kinds.items():
        for level in items.LEVELS:
            held = gather(lines, as_of=as_of, item=level).cache()
            total = int(held.basket_key.nunique().execute())
            found = baskets.basket_rules(
                held,
                min_support=min(1, max(chosen.min_support, chosen.min_baskets / max(total, 1))),
                min_confidence=chosen.min_confidence,
                # What one person ever bought holds too many threes to read, and most of them follow from its pairs.
                max_items=chosen.max_items if kind == "order" else 2,
                max_basket_items=chosen.max_basket_items,
            )
            # What is bought together less often than chance would have it is no rule to act on.
            kept = found.filter(found.lift > 1).order_by("rule_key").limit(chosen.max_rules)
            named = items.with_names(kept, names if level == "product" else None, ITEM_COLUMNS[:2])
            rules.append(named.mutate(kind=ibis.literal(kind), level=ibis.literal(level)))
            least = chosen.min_baskets
            searches.append(rule_notes.basket_search(held, kept, kind=kind, level=level, min_baskets=least))
    return {"basket_rules": ibis.union(*rules), "basket_searches": ibis.union(*searches)}


def read_steps(store: Store, as_of: date, settings: Mining) -> Sequence[ir.Table]:
    """What the search for paths reads: the orders as they stood on a date, and everybody's steps."""
    orders = known_rows.known_orders(store.star("fct_orders"), {as_of: date.min})
    steps = touch_steps.touch_steps(
        store.star("fct_touchpoints"),
        as_of=as_of,
        cases=store.star("fct_cases"),
        sessions=store.star("fct_web_sessions"),
        lines=known_rows.known_lines(store.star("fct_order_lines"), store.star("fct_orders"), as_of),
        overdue_days=settings.paths.overdue_days,
        silence_days=settings.paths.silence_days,
    )
    return [orders.select("customer_key", "ordered_on", "is_sale", "net_amount"), steps]


def find_paths(store: Store, as_of: date, settings: Mining) -> Mapping[str, ir.Table]:
    """The steps before leaving, before a first purchase and before a large one."""
    chosen = settings.paths
    orders, steps = (rows.cache() for rows in read_steps(store, as_of, settings))
    before = {
        "leaving": paths.leaving_windows(orders, as_of=as_of, horizon_days=chosen.leaving_days),
        "first purchase": paths.first_purchase_windows(
            orders, steps, as_of=as_of, horizon_days=chosen.first_purchase_days
        ),
        "large purchase": paths.large_purchase_windows(orders, as_of=as_of, share=chosen.large_share),
    }
    found, searches = [], []
    limits = chosen.model_dump(include={"window_days", "min_support", "max_steps", "false_discovery_rate"})
    for outcome, windows in before.items():
        compared = windows.cache()
        walked = paths.paths_before(steps, compared, **limits)
        found.append(walked.mutate(outcome=ibis.literal(outcome), path=walked.steps.join(" → ")))
        least = chosen.min_outcomes
        searches.append(rule_notes.path_search(walked, compared, outcome=outcome, min_outcomes=least))
    return {"paths": ibis.union(*found), "path_searches": ibis.union(*searches)}


@dataclass(frozen=True)
class Step:
    """Tables that are found together: by what, from which tables of the star and of `mining`, with which settings.

    What has `reads`, the tables that it is found from as of a day, is searched for by week; all else every night.
    """

    tables: Mapping[str, str]
    find: Callable[[Store, date, Mining], Mapping[str, ir.Table]]
    facts: Sequence[str]
    mined: Sequence[str]
    settings: set[str]
    code: Sequence[ModuleType]
    reads: Callable[[Store, date, Mining], Sequence[ir.Table]] | None = None


STEPS = {
    "sequential_rules": Step(
        {
            "sequential_rules": "Who buys A buys B within a window after: rules with significance and a later check.",
            "rule_clocks": "How many customers of a rule had bought B by which day.",
            "rule_searches": "What the searches for sequential rules went through.",
        },
        find_rules,
        SALES,
        [],
        {"rules"},
        RULE_CODE,
        read_sales,
    ),
    "basket_rules": Step(
        {
            "basket_rules": "Who buys A buys B with it, in one order or as one customer.",
            "basket_searches": "What the searches for basket rules went through.",
        },
        find_baskets,
        SALES,
        [],
        {"baskets"},
        [items, known_rows, rule_notes, baskets, itemsets, itemset_growth, sequence_candidates],
        read_sales,
    ),
    "next_best_offers": Step(
        {"next_best_offers": "The best few products and categories to offer every customer, why, and by when."},
        find_offers,
        SALES,
        ["sequential_rules", "rule_clocks"],
        {"rules", "offers"},
        OFFER_CODE,
    ),
    "paths": Step(
        {
            "paths": "Steps before leaving, before a first purchase and before a large one.",
            "path_searches": "How many customers the paths were compared among.",
        },
        find_paths,
        ["fct_touchpoints", "fct_orders", "fct_order_lines", "fct_cases", "fct_web_sessions"],
        [],
        {"paths"},
        [*COUNTING, paths, touch_steps, sequences, sequence_growth, sequence_ends, sequence_candidates],
        read_steps,
    ),
}


def search_of(step: Step, settings: Mining) -> Search | None:
    """How a step is searched for by week; `None` for what is found every night."""
    reads = step.reads
    if reads is None:
        return None
    return Search(lambda store, day: reads(store, day, settings), settings.search_percent)


def run_step(workspace: Workspace, name: str, step: Step, as_of: date) -> dict[str, int]:
    """Bring a step's tables up to date for a night; their rows."""
    settings = workspace.settings.mining
    return refresh_tonight(
        workspace,
        name,
        as_of,
        find=lambda store, day: step.find(store, day, settings),
        made_with=settings.model_dump(include=step.settings),
        modules=step.code,
        search=search_of(step, settings),
    )


def step_asset(name: str, step: Step, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The tables of a step as one multi-asset, partitioned by the night's as-of date."""
    deps = [dg.AssetKey(["star", fact]) for fact in step.facts] + [dg.AssetKey(["mining", it]) for it in step.mined]
    specs = [
        dg.AssetSpec(
            dg.AssetKey(["mining", table]),
            deps=deps,
            description=description,
            group_name="mining",
            owners=["team:analysts"],
            kinds={"ibis", "duckdb"},
        )
        for table, description in step.tables.items()
    ]

    @dg.multi_asset(name=f"mining__{name}", specs=specs, partitions_def=partitions)
    def tables(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> Iterator[dg.MaterializeResult]:
        rows = run_step(workspace.open(), name, step, date.fromisoformat(context.partition_key))
        for table in step.tables:
            key = dg.AssetKey(["mining", table])
            yield dg.MaterializeResult(asset_key=key, metadata={"dagster/row_count": rows[table]})

    return tables


def rule_assets(partitions: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """Every table of rules, offers and paths."""
    return [step_asset(name, step, partitions) for name, step in STEPS.items()]
