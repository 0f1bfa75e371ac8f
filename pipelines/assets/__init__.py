"""Dagster assets, one file per stage of the way: thin wrappers around the rooms that do the work."""
