"""Describes and counts what happened: table expressions in, table expressions out. No database, no Dagster."""
