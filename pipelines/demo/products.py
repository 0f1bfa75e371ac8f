"""The assortment: products with prices that change, promotions, what is bought together, and what leads to what."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.demo.tables import Array, Table
from pipelines.demo.world import CHUNK_DAYS, World, is_black_week

# category, subcategories, what the things are called, lowest and highest price, margin, popularity, share returned
ASSORTMENT: list[tuple[str, list[str], list[str], float, float, float, float, float]] = [
    ("Beans", ["Espresso", "Filter roast"], ["Napoli", "Sidamo", "Antigua", "Huila", "Mogiana"], 7, 19, 0.42, 5.2, 0.2),
    ("Ground coffee", ["Espresso", "Filter roast"], ["Classic", "Mild", "Strong", "Organic"], 5, 13, 0.36, 3.0, 0.2),
    ("Capsules", ["Lungo", "Ristretto"], ["Box 10", "Box 30", "Box 50"], 4, 19, 0.48, 2.8, 0.2),
    ("Tea", ["Black", "Green", "Herbal"], ["Assam", "Sencha", "Rooibos", "Mint"], 4, 15, 0.55, 1.8, 0.2),
    ("Machines", ["Espresso machines", "Drip machines"], ["One", "Duo", "Pro", "Compact"], 89, 790, 0.24, 0.55, 2.0),
    ("Grinders", ["Hand grinders", "Electric grinders"], ["Burr", "Flat", "Conical"], 35, 290, 0.32, 0.6, 1.8),
    ("Filters", ["Paper", "Steel"], ["Size 2", "Size 4", "Cone"], 3, 22, 0.5, 1.9, 0.4),
    ("Cups", ["Porcelain", "To go"], ["Espresso", "Cappuccino", "Mug", "Tumbler"], 6, 34, 0.52, 1.3, 1.8),
    ("Glasses", ["Latte", "Water"], ["Duo set", "Set of 4", "Set of 6"], 9, 42, 0.5, 0.8, 2.0),
    ("Cleaning", ["Descaler", "Tabs"], ["Liquid", "Tabs 10", "Tabs 30", "Brush"], 5, 24, 0.58, 1.7, 0.3),
    ("Milk and foam", ["Jugs", "Frothers"], ["Jug", "Frother", "Thermometer"], 9, 89, 0.44, 0.7, 1.5),
    ("Kitchenware", ["Storage", "Scales"], ["Tin", "Scale", "Kettle", "Tray"], 8, 99, 0.46, 1.0, 1.6),
]
CATEGORIES = [row[0] for row in ASSORTMENT]
BRANDS = ["Mohnblau", "Steinrot", "Kaffa & Sohn", "Lindgrün", "Perla", "Nordlicht", "Hausmarke", "Trevi", "Aurum"]
SEGMENTS = 8
# categories that lead to categories: a planted rule runs from a product of the first to one of the second
LEADS = [
    ("Machines", "Cleaning"), ("Cleaning", "Filters"), ("Machines", "Grinders"), ("Grinders", "Kitchenware"),
    ("Beans", "Cups"), ("Beans", "Milk and foam"), ("Ground coffee", "Filters"), ("Capsules", "Machines"),
    ("Capsules", "Glasses"), ("Tea", "Kitchenware"), ("Tea", "Cups"), ("Cups", "Glasses"),
    ("Filters", "Ground coffee"), ("Grinders", "Beans"), ("Milk and foam", "Glasses"), ("Kitchenware", "Tea"),
    ("Beans", "Cleaning"), ("Capsules", "Cleaning"), ("Ground coffee", "Kitchenware"), ("Cups", "Milk and foam"),
]  # fmt: skip
AFFINITIES = [("Beans", "Filters"), ("Machines", "Cleaning"), ("Cups", "Milk and foam"), ("Tea", "Glasses"),
              ("Ground coffee", "Filters"), ("Grinders", "Beans"), ("Capsules", "Cups"), ("Beans", "Tea")]  # fmt: skip


@dataclass(frozen=True)
class Catalogue:
    """What is sold. Products are numbered 0..n-1, categories as in `ASSORTMENT`; money is in cents.

    `products`: category, subcategory, name, brand, return_share, is_durable
    `taste`: shape (SEGMENTS, products), cumulative chance of each product for each kind of taste
    `rules`: rule, product_a, product_b, probability, lag_median_days, lag_sigma
    `affinities`: product_a, product_b, probability
    """

    world: World
    products: dict[str, list[Any]]
    category: Array
    list_price: Array
    unit_cost: Array
    return_share: Array
    is_durable: Array
    taste: Array
    rules: Table
    affinities: Table

    def draw(self, rng: np.random.Generator, segment: Array) -> Array:
        """A product for each kind of taste."""
        edges = (self.taste + np.arange(SEGMENTS)[:, None]).ravel()
        found = np.searchsorted(edges, segment + rng.random(len(segment)), side="right")
        return np.minimum(found - segment * self.taste.shape[1], self.taste.shape[1] - 1).astype(np.int64)

    def draw_in_category(self, rng: np.random.Generator, category: Array) -> Array:
        """A product of each given category, all of them equally likely."""
        members = [np.flatnonzero(self.category == c) for c in range(len(CATEGORIES))]
        first = np.array([m[0] for m in members])
        count = np.array([len(m) for m in members])
        return (first[category] + (rng.random(len(category)) * count[category]).astype(np.int64)).astype(np.int64)


def catalogue(world: World) -> Catalogue:
    """The assortment of a company: depends on the seed alone."""
    rng = world.rng(-1, -1, "catalogue")
    rows: dict[str, list[Any]] = {name: [] for name in ("category", "subcategory", "name", "brand")}
    prices, costs, returns, weights = [], [], [], []
    for number, (category, subcategories, words, low, high, margin, popularity, returned) in enumerate(ASSORTMENT):
        count = 17 if number < 8 else 16
        for rank in range(count):
            brand, word = BRANDS[int(rng.integers(len(BRANDS)))], words[rank % len(words)]
            rows["category"].append(category)
            rows["subcategory"].append(subcategories[rank % len(subcategories)])
            rows["brand"].append(brand)
            rows["name"].append(f"{brand} {word} {category} {rank + 1}")
            price = round(low * (high / low) ** rng.random(), 0) - 0.05
            prices.append(round(100 * price))
            costs.append(round(100 * price * (1 - margin * rng.uniform(0.85, 1.1)) / 1.02))
            returns.append(returned)
            weights.append(popularity * (rank + 1) ** -0.7)
    category_of = np.repeat(np.arange(len(ASSORTMENT)), [17] * 8 + [16] * 4)
    liking = np.exp(rng.normal(0, 0.45, (SEGMENTS, len(ASSORTMENT))))
    taste = np.cumsum(np.array(weights) * liking[:, category_of], axis=1)
    taste = taste / taste[:, -1:]
    return Catalogue(
        world=world, products=rows, category=category_of, list_price=np.array(prices), unit_cost=np.array(costs),
        return_share=np.array(returns), is_durable=np.isin(category_of, [4, 5, 7, 8, 10, 11]), taste=taste,
        rules=planted_rules(rng, category_of), affinities=planted_affinities(rng, category_of),
    )  # fmt: skip


def planted_rules(rng: np.random.Generator, category_of: Array) -> Table:
    """Twenty rules A => B: who buys A buys B after a lognormal lag with the given probability."""
    taken: set[tuple[int, int]] = set()
    rules: dict[str, list[Any]] = {"product_a": [], "product_b": []}
    for first, second in LEADS:
        a_first = int(np.flatnonzero(category_of == CATEGORIES.index(first))[0])
        b_first = int(np.flatnonzero(category_of == CATEGORIES.index(second))[0])
        # A is among the best known of its category, so that enough customers buy it; B is not, so that it stands out.
        pair = next(
            (a_first + a, b_first + b)
            for a, b in zip(rng.integers(0, 4, 99).tolist(), rng.integers(4, 13, 99).tolist(), strict=True)
            if a_first + a not in {p for p, _ in taken} and b_first + b not in {q for _, q in taken}
        )
        taken.add(pair)
        rules["product_a"].append(pair[0])
        rules["product_b"].append(pair[1])
    # Two chains for sequences of three: the B of a rule is the A of a later one.
    rules["product_a"][1] = rules["product_b"][0]
    rules["product_a"][3] = rules["product_b"][2]
    count = len(LEADS)
    return {
        "rule": np.arange(count),
        "product_a": np.array(rules["product_a"]),
        "product_b": np.array(rules["product_b"]),
        "probability": rng.uniform(0.2, 0.42, count).round(3),
        "lag_median_days": rng.uniform(8, 55, count).round(1),
        "lag_sigma": rng.uniform(0.25, 0.45, count).round(3),
    }


def planted_affinities(rng: np.random.Generator, category_of: Array) -> Table:
    """Eight pairs that land in one basket: with A in it, B is put in too with the given probability."""
    first = [int(np.flatnonzero(category_of == CATEGORIES.index(a))[0]) for a, _ in AFFINITIES]
    second = [int(np.flatnonzero(category_of == CATEGORIES.index(b))[0]) for _, b in AFFINITIES]
    count = len(AFFINITIES)
    return {
        "product_a": np.array(first) + rng.integers(0, 3, count),
        "product_b": np.array(second) + rng.integers(1, 6, count),
        "probability": rng.uniform(0.15, 0.35, count).round(3),
    }


def price_changes(goods: Catalogue, chunks: int) -> Table:
    """Every change of a price up to the end of a chunk: product, day, list_price, unit_cost (cents), day 0 included."""
    count = len(goods.category)
    parts = [{"product": np.arange(count), "day": np.zeros(count, np.int64), "list_price": goods.list_price,
              "unit_cost": goods.unit_cost}]  # fmt: skip
    price, cost = goods.list_price.astype(float), goods.unit_cost.astype(float)
    for chunk in range(chunks):
        rng = goods.world.rng(-1, chunk, "prices")
        changed = rng.random(count) < 0.3
        price = np.where(changed, price * np.exp(rng.normal(0.015, 0.035, count)), price)
        cost = np.where(changed, cost * np.exp(rng.normal(0.012, 0.02, count)), cost)
        rows = np.flatnonzero(changed)
        parts.append({"product": rows, "day": chunk * CHUNK_DAYS + rng.integers(1, CHUNK_DAYS, len(rows)),
                      "list_price": np.round(price[rows] / 10).astype(np.int64) * 10 + 5,
                      "unit_cost": np.round(cost[rows]).astype(np.int64)})  # fmt: skip
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def prices_by_day(goods: Catalogue, chunk: int) -> tuple[Array, Array]:
    """List price and unit cost in cents, each of shape (products, days of the chunk)."""
    changes = price_changes(goods, chunk + 1)
    shape = (len(goods.category), CHUNK_DAYS)
    price, cost = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    first = chunk * CHUNK_DAYS
    # Changes come in the order of time, so a later one overwrites what an earlier one has set.
    for product, day, list_price, unit_cost in zip(*(changes[name].tolist() for name in changes), strict=True):
        price[product, max(day - first, 0) :] = list_price
        cost[product, max(day - first, 0) :] = unit_cost
    return price, cost


def promotions(goods: Catalogue, chunk: int) -> tuple[Array, Array]:
    """The category on promotion on each day of a chunk, and the share taken off every category: (days, categories)."""
    days = goods.world.days(chunk)
    weeks = (days + goods.world.first_day) // 7
    category = np.zeros(len(days), np.int64)
    depth = np.zeros((len(days), len(CATEGORIES)))
    for week in np.unique(weeks):
        rng = goods.world.rng(-1, int(week), "promotions")
        chosen = int(rng.integers(len(CATEGORIES)))
        category[weeks == week] = chosen
        depth[weeks == week, chosen] = round(float(rng.uniform(0.1, 0.25)), 2)
    black = is_black_week(goods.world, days)
    depth[black] = np.maximum(depth[black], 0.15)
    return category, depth
