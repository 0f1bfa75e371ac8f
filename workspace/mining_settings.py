"""What mining is asked with: tiers, RFM, loyalty, rules, baskets, offers, paths."""

from pydantic import Field, model_validator

from workspace.section import Section


class AbcTiers(Section):
    """ABC tiers."""

    cut_a: int = Field(80, gt=0, le=100, description="Percent of cumulative margin up to which a customer is A.")
    cut_b: int = Field(95, gt=0, le=100, description="Percent up to which a customer is B.")
    window_months: int = Field(12, ge=1, le=120, description="Months of margin that count.")

    @model_validator(mode="after")
    def cuts_are_in_order(self) -> "AbcTiers":
        """A before B."""
        if self.cut_a >= self.cut_b:
            raise ValueError(f"cut_a must be below cut_b, got cut_a={self.cut_a}, cut_b={self.cut_b}")
        return self


class Rfm(Section):
    """RFM scores."""

    window_days: int | None = Field(None, ge=1, description="Days of orders that count; left out: the whole history.")


class Loyalty(Section):
    """Loyalty stages and the value pyramid."""

    horizon_days: int = Field(365, ge=1, description="Who is silent for longer is lost, and in the pyramid dormant.")
    new_days: int = Field(90, ge=1, description="Days since the first order within which a customer is new.")
    new_orders: int = Field(3, ge=1, description="Orders from which a customer is new no more.")
    established_days: int = Field(365, ge=1, description="Days of buying without a break that make one established.")
    loyal_percent: int = Field(
        25, ge=1, le=100, description="Percent of the established, best index first, who are loyal."
    )
    top_percent: int = Field(80, ge=1, lt=95, description="Percent of profit that the top of the pyramid brings.")
    history_months: int = Field(
        3, ge=1, le=120, description="Month ends that are computed, and computed again for late rows; older ones stay."
    )


class SequentialRules(Section):
    """Sequential rules: who buys A buys B within a window after."""

    window_days: int = Field(90, ge=1, le=730, description="Days after the first A in which B counts.")
    holdout_days: int = Field(180, ge=1, le=1460, description="Last days, kept to check that a rule still holds.")
    min_customers: int = Field(50, ge=2, description="Customers that A (with the window over) and B need.")
    min_hits: int = Field(10, ge=1, description="Customers with A and then B that a rule needs.")
    false_discovery_rate: float = Field(
        0.05, gt=0, lt=1, description="Largest share of the rules found that may be expected to be luck."
    )
    max_customer_items: int = Field(
        500, ge=2, description="Customers with more different items are left out (resellers, collective accounts)."
    )
    max_antecedent_items: int = Field(
        2, ge=1, le=4, description="Most items that a rule starts from: 1 for pairs, 2 for A, then B, or A with B."
    )
    max_antecedents: int = Field(
        300, ge=0, description="Antecedents of several items that are tried, those of most customers."
    )


class BasketRules(Section):
    """Basket rules: what is bought together."""

    min_support: float = Field(0.001, gt=0, le=1, description="Share of the baskets that an itemset needs.")
    min_baskets: int = Field(20, ge=2, description="Baskets that an itemset needs at least, whatever their share.")
    min_confidence: float = Field(0.1, ge=0, le=1, description="Share of the baskets with A that hold B too.")
    max_items: int = Field(3, ge=2, le=6, description="Items of a rule within one order; by customer: 2.")
    max_basket_items: int = Field(100, ge=2, description="Baskets with more different items are left out.")
    max_rules: int = Field(2000, ge=1, description="Rules kept of each kind, those with the highest lift first.")


class Offers(Section):
    """Next best offers."""

    per_customer: int = Field(3, ge=1, le=20, description="Offers kept for each customer.")
    min_repurchase_days: int = Field(30, ge=1, description="What was bought this lately is never offered again.")
    popular_days: int = Field(90, ge=1, description="Days over which it is counted what most buyers buy.")
    active_days: int = Field(365, ge=1, description="Customers silent for longer are offered nothing that is popular.")
    check_days: int = Field(
        60, ge=1, le=365, description="Offers made so many days before a month's end are held against what was bought."
    )


class Paths(Section):
    """Paths: steps before leaving, before a first purchase and before a large one."""

    window_days: int = Field(60, ge=1, le=730, description="Days that a path may take.")
    min_support: float = Field(0.01, gt=0, le=1, description="Share of the customers compared that a path needs.")
    max_steps: int = Field(3, ge=1, le=5, description="Steps of the longest path.")
    false_discovery_rate: float = Field(0.05, gt=0, lt=1, description="Largest q-value of a path that tells.")
    leaving_days: int = Field(180, ge=1, le=1460, description="Days without a purchase after which one has left.")
    first_purchase_days: int = Field(90, ge=1, le=730, description="Days after which a person has not bought.")
    large_share: float = Field(0.9, gt=0, lt=1, description="An order is large when it exceeds this share of all.")
    overdue_days: int = Field(5, ge=1, description="A case open for so many days is a step of its own.")
    silence_days: int = Field(60, ge=1, description="So many days without a word from the customer are a step.")
    min_outcomes: int = Field(30, ge=1, description="Customers with the outcome, and without, that are needed.")


class Mining(Section):
    """Cut-offs and windows of what is mined."""

    abc: AbcTiers = AbcTiers()
    rfm: Rfm = Rfm()
    loyalty: Loyalty = Loyalty()
    rules: SequentialRules = SequentialRules()
    baskets: BasketRules = BasketRules()
    offers: Offers = Offers()
    paths: Paths = Paths()
    search_percent: int = Field(
        5,
        ge=0,
        le=100,
        description="Rules and paths are searched for on what was known last Sunday, and on what is known tonight when "
        "more than this percent of all orders came since.",
    )
    keep_daily_days: int = Field(35, ge=2, description="Days for which daily results are kept beside the month ends.")
