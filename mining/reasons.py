"""Why a customer moved, in words with numbers: what a person reads at seven in the morning."""

import ibis
import ibis.expr.types as ir

TEXT = "string"
CENTS = "decimal(18, 2)"
COMPONENTS = {
    "revenue": "revenue_amount",
    "cost of goods": "cost_of_goods_amount",
    "cost to serve": "cost_to_serve_amount",
}
GONE = "no longer a buyer: merged with another customer, erased, or the orders were corrected"


def own_margin(moved: ir.Table) -> ir.StringValue:
    """As in 'net margin fell by 455.00 to 610.00: revenue fell by 420.00, cost to serve rose by 35.00'.

    Without an order or return between the dates, revenue falls because older orders have left the window: that is
    said, since a reader would think of a return.
    """
    parts = [(moved[f"{column}_change"] != 0, change_of(moved, label, column)) for label, column in COMPONENTS.items()]
    whole = change_of(moved, "net margin", "net_margin") + " to " + in_cents(moved.net_margin_after)
    has_aged = (moved.revenue_amount_change < 0) & (moved.last_booked_on_before == moved.last_booked_on_after)
    return whole + ": " + joined(", ", parts) + ibis.ifelse(has_aged, " (older orders left the window)", "")


def first_margin(moved: ir.Table) -> ir.StringValue:
    """As in 'first order: revenue 80.00, cost of goods 50.00, cost to serve 2.00'."""
    parts = [f"{label} " + in_cents(moved[f"{column}_after"]) for label, column in COMPONENTS.items()]
    return "first order: " + parts[0] + ", " + parts[1] + ", " + parts[2]


def cut_off(moved: ir.Table) -> ir.StringValue:
    """As in 'the cut-off of A moved from 800.00 to 845.00 because others changed; own margin unchanged at 830.00'."""
    is_about_a = (moved.state_before == "A") | (moved.state_after == "A")
    was = is_about_a.ifelse(moved.lowest_a_before, moved.lowest_b_before)
    now = is_about_a.ifelse(moved.lowest_a_after, moved.lowest_b_after)
    # A tier that was or is empty has no lowest margin to name.
    shift = (" from " + in_cents(was) + " to " + in_cents(now)).fill_null("")
    own = ibis.ifelse(
        moved.net_margin_change == 0,
        "own margin unchanged at ",
        change_of(moved, "own margin", "net_margin") + " to ",
    )
    name = is_about_a.ifelse("A", "B")
    return (
        "the cut-off of "
        + name
        + " moved"
        + shift
        + " because others changed; "
        + own
        + in_cents(moved.net_margin_after)
    )


def change_of(moved: ir.Table, label: str, column: str) -> ir.StringValue:
    """As in 'revenue fell by 420.00'."""
    change = moved[f"{column}_change"]
    amount = in_cents(magnitude(change))
    # Half a cent or less would read as 0.00, which explains nothing.
    amount = ibis.ifelse(amount == "0.00", "less than 0.01", amount)
    return ibis.ifelse(change > 0, f"{label} rose by ", f"{label} fell by ") + amount


def biggest_change(moved: ir.Table) -> ir.StringValue:
    """Which of revenue and the two costs changed most; the earlier named where two changed alike."""
    sizes = [magnitude(moved[f"{column}_change"]) for column in COMPONENTS.values()]
    most = ibis.greatest(*sizes)
    return ibis.cases(*((size == most, name) for size, name in zip(sizes, COMPONENTS, strict=True)))


def first_order(moved: ir.Table) -> ir.StringValue:
    """As in 'first order on 2025-03-02, 80.00 spent'."""
    return (
        "first order on "
        + moved.last_order_on_after.cast(TEXT)
        + ", "
        + in_cents(moved.monetary_amount_after)
        + " spent"
    )


def score_change(moved: ir.Table, name: str) -> ir.StringValue:
    """As in 'recency 5 to 4 (no order for 41 days)': the score, and what the customer did or did not do."""
    was, now = (moved[f"{name[0]}_score_{when}"].cast(TEXT) for when in ("before", "after"))
    did = {"recency": silence, "frequency": orders_counted, "monetary": money_spent}[name]
    return f"{name} " + was + " to " + now + " (" + did(moved) + ")"


def silence(moved: ir.Table) -> ir.StringValue:
    """How long without an order, or that one came."""
    return ibis.ifelse(
        moved.last_order_on_after > moved.last_order_on_before,
        "ordered on " + moved.last_order_on_after.cast(TEXT),
        "no order for " + moved.recency_days_after.cast(TEXT) + " days",
    )


def orders_counted(moved: ir.Table) -> ir.StringValue:
    """As in '3 orders, 2 before'."""
    was, now = (moved[f"frequency_{when}"] for when in ("before", "after"))
    orders = now.cast(TEXT) + ibis.ifelse(now == 1, " order", " orders")
    return orders + unless_same(was == now, was.cast(TEXT))


def money_spent(moved: ir.Table) -> ir.StringValue:
    """As in '512.00 spent, 420.00 before'."""
    was, now = (moved[f"monetary_amount_{when}"] for when in ("before", "after"))
    return in_cents(now) + " spent" + unless_same(was == now, in_cents(was))


def unless_same(is_same: ir.BooleanValue, before: ir.StringValue) -> ir.StringValue:
    """What it was before, or that only others changed."""
    return ibis.ifelse(is_same, " as before, others changed", ", " + before + " before")


def in_cents(amount: ir.DecimalValue) -> ir.StringValue:
    """An amount as text with two decimals."""
    return amount.cast(CENTS).cast(TEXT)


def magnitude(amount: ir.DecimalValue) -> ir.DecimalValue:
    """An amount without its sign."""
    return ibis.ifelse(amount < 0, -amount, amount)


def joined(separator: str, parts: list[tuple[ir.BooleanValue, ir.StringValue]]) -> ir.StringValue:
    """The texts whose condition holds, with the separator between; conditions and texts are never null here."""
    nothing = ibis.literal("")
    text = nothing
    for is_there, part in parts:
        text = text + ibis.ifelse(is_there, separator + part, nothing)
    return text.substr(len(separator))
