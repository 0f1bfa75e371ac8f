"""Mining runs on DuckDB and could on Spark: every expression compiles for both, and nothing in it is DuckDB's own."""

from datetime import date

import ibis
import pytest

from mining.abc_tiers import abc_tiers
from mining.fingerprints import input_fingerprints
from mining.movements import rfm_moves, tier_moves
from mining.net_margins import net_margins
from mining.rfm import rfm

AS_OF = date(2025, 12, 31)


def expressions(orders, costs):
    sales, service = orders((1, "2025-01-20", "50")), costs((1, "2025-01-20", "5"))
    margins = net_margins(sales, service, service, service, as_of=AS_OF)
    tiers = margins.join(abc_tiers(margins).select("customer_key", "tier"), "customer_key")
    scores = rfm(sales, as_of=AS_OF, window_days=365)
    return {
        "net_margins": margins,
        "abc_tiers": abc_tiers(margins),
        "rfm": scores,
        "tier_moves": tier_moves(tiers, tiers),
        "rfm_moves": rfm_moves(scores, scores),
        "fingerprints": input_fingerprints(sales, service, service, service, as_ofs=[AS_OF]),
    }


@pytest.mark.parametrize("name", ["net_margins", "abc_tiers", "rfm", "tier_moves", "rfm_moves", "fingerprints"])
def test_expressions_compile_for_spark(orders, costs, name):
    assert "SELECT" in ibis.to_sql(expressions(orders, costs)[name], dialect="pyspark")
