"""The part of dbt's `modules` that our macros use, for sqlfluff."""

import datetime

__all__ = ["datetime"]
