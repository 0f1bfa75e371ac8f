"""Mining runs on DuckDB and could on Spark: every expression compiles for both, and nothing in it is DuckDB's own."""

from datetime import date

import ibis

from mining.abc_tiers import abc_tiers
from mining.fingerprints import input_fingerprints
from mining.movements import Comparison, compared, rfm_moves, tier_moves
from mining.net_margins import net_margins
from mining.rfm import rfm

AS_OF = date(2025, 12, 31)


def expressions(orders, costs):
    sales, service = orders((1, "2025-01-20", "50")), costs((1, "2025-01-20", "5"))
    margins = net_margins(sales, service, service, service, as_of=AS_OF)
    tiers = margins.join(abc_tiers(margins).select("customer_key", "tier"), "customer_key")
    scores = rfm(sales, as_of=AS_OF, window_days=365)
    dates = [date(2025, 11, 30), AS_OF]
    many = net_margins(sales, service, service, service, as_of=dates)
    scored, pairs = rfm(sales, as_of=dates), [Comparison(AS_OF, dates[0], "month")]
    return {
        "net_margins": margins,
        "abc_tiers": abc_tiers(margins),
        "rfm": scores,
        "many margins": many,
        "many tiers": abc_tiers(many, within=["as_of"]),
        "many scores": scored,
        "many moves": rfm_moves(*compared(scored, pairs), within=Comparison._fields),
        "tier_moves": tier_moves(tiers, tiers),
        "rfm_moves": rfm_moves(scores, scores),
        "fingerprints": input_fingerprints(sales, service, service, service, as_ofs=[AS_OF]),
    }


def test_expressions_compile_for_spark(orders, costs):
    for name, expression in expressions(orders, costs).items():
        assert "SELECT" in ibis.to_sql(expression, dialect="pyspark"), name
