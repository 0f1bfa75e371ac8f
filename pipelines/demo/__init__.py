"""The demo company: a seeded simulator of a retailer whose truth is known. No other code of the pipeline reads it."""

from pipelines.demo.company import DemoResult, exists, next_day, write

__all__ = ["DemoResult", "exists", "next_day", "write"]
