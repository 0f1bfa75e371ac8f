"""The demo company: a seeded simulator of a coffee and kitchen retailer whose truth is known. No pipeline code reads it."""

from pipelines.demo.company import DemoResult, exists, next_day, write

__all__ = ["DemoResult", "exists", "next_day", "write"]
