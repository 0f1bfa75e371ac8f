"""The demo company: a seeded simulator of a retailer whose truth is known. No other code of the pipeline reads it."""

from pipelines.demo.company import DemoResult, exists, last_day, next_day, write

__all__ = ["DemoResult", "exists", "last_day", "next_day", "write"]
