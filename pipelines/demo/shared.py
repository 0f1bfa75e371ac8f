"""Rows that belong to the company and to no block of customers: products, agents, campaigns, postcodes."""

from pathlib import Path

import numpy as np

from pipelines.demo import external, marketing, service, spill
from pipelines.demo.products import Catalogue, price_changes
from pipelines.demo.scene import Scene
from pipelines.demo.tables import Table, take
from pipelines.demo.world import CHUNK_DAYS, World


def put(scene: Scene, folder: Path) -> None:
    """Store the company's own rows of a chunk for delivery; they count as a block after the last of customers."""
    world, goods, chunk = scene.world, scene.goods, scene.chunk
    words = {name: goods.products[name] for name in ("name", "category", "subcategory", "brand")}
    spill.put(folder, scene, "sales.products", product_rows(world, goods, chunk), words)
    spill.put(folder, scene, "call_center.agents", agent_rows(world, chunk))
    spill.put(folder, scene, "marketing.campaigns", campaign_rows(world, chunk))
    if chunk == 0:
        spill.put(folder, scene, "external.demographics", external.postcodes(world))


def product_rows(world: World, goods: Catalogue, chunk: int) -> Table:
    """Rows of sales.products: everything on the first day, then each change of price."""
    changes = price_changes(goods, chunk + 1)
    changes = take(changes, changes["day"] // CHUNK_DAYS == chunk)
    product = changes["product"]
    return {
        "product": product, "name": product, "category": product, "subcategory": product, "brand": product,
        "at": world.instant(changes["day"]) + 300, "unit_cost": changes["unit_cost"],
        "list_price": changes["list_price"],
    }  # fmt: skip


def agent_rows(world: World, chunk: int) -> Table:
    """Rows of call_center.agents: everybody on the first day, and again with more pay each January."""
    rng = world.rng(-1, -1, "agents")
    count = service.agents(world)
    names = {"first": rng.integers(0, 120, count), "last": rng.integers(0, 100, count)}
    cost = rng.integers(2600, 3900, count) // 50 * 50
    days = [day for day in world.days(chunk).tolist() if day == 0 or world.date_of(day).strftime("%m-%d") == "01-01"]
    raises = np.array([world.date_of(day).year - world.start.year for day in days])
    which, when = np.tile(np.arange(count), len(days)), np.repeat(np.array(days, dtype=np.int64), count)
    return {
        "agent": which + 1, "first": names["first"][which], "last": names["last"][which],
        "at": world.instant(when) + 600,
        "cost": np.round(cost[which] * 1.03 ** np.repeat(raises, count)).astype(np.int64),
    }  # fmt: skip


def campaign_rows(world: World, chunk: int) -> Table:
    """Rows of marketing.campaigns, on the day before each begins."""
    plan = marketing.campaigns(world, chunk)
    names = ("campaign", "channel", "objective", "offer", "category")
    return {name: plan[name] for name in names} | {
        "at": world.instant(plan["day"]) - 6 * 3600,
        "start_day": plan["day"] + world.first_day,
        "budget": (1 + plan["channel"]) * 50_000 + world.customers * 10,
    }
