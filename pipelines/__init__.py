"""Dagster and the moving of data: ingest, identity, assets, the nightly, the command line. Thin, no science."""
