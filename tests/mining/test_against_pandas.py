"""The benchmark's own check on few rows: thousands of random orders give what pandas gives, customer by customer."""

import ibis

from benchmarks import bench_mining


def test_rfm_and_tiers_are_what_pandas_finds():
    backend = ibis.duckdb.connect()
    bench_mining.make_facts(backend, rows=4_000, customers=300)
    facts = bench_mining.frames(backend, ["orders", *bench_mining.SERVICE])
    bench_mining.our_rfm(backend)
    bench_mining.check_rfm(backend, bench_mining.pandas_rfm(facts))
    bench_mining.our_tiers(backend)
    tiers = bench_mining.pandas_tiers(facts)
    bench_mining.check_tiers(backend, tiers)
    assert set(tiers["tier"]) == {"A", "B", "C", "D"}
