"""The segments that a report card shows errors by: young and old, regions, channels."""

from datetime import date

import pandas as pd

from mining.people import customers_as_of
from pipelines.predict.night import Array, Frame, Night

YEAR_DAYS = 365
AGES = {"aged under 35": (0, 35), "aged 35 to 59": (35, 60), "aged 60 or more": (60, 200)}


def segments(night: Night, frame: Frame, day: date) -> dict[str, Array]:
    """Masks over the customers of a frame by name, as they were known on its day; segments may overlap."""
    people = people_of(night, frame, day)
    tenure, age = frame.rows["tenure_days"], people["age_years"]
    found = {
        "known for under a year": tenure < YEAR_DAYS,
        "known for a year or more": tenure >= YEAR_DAYS,
        **{name: (age >= low) & (age < high) for name, (low, high) in AGES.items()},
        **by_word("region", people["region"]),
        **by_word("channel", frame.rows["last_channel"]),
    }
    return {name: mask.to_numpy(bool) for name, mask in found.items() if mask.any()}


def by_word(title: str, words: pd.Series) -> dict[str, pd.Series]:
    """A mask for each word that occurs."""
    return {f"{title} {word}": words == word for word in sorted(words.dropna().unique())}


def people_of(night: Night, frame: Frame, day: date) -> pd.DataFrame:
    """Age and region of the customers of a frame, in its order; missing where not known."""
    zone = night.workspace.settings.company.time_zone
    known = customers_as_of(night.store.star("dim_customer"), as_of=day, time_zone=zone)
    rows = known.select("customer_key", "region", age_years=known.age_years.cast("float64")).to_pandas()
    return frame.rows[["customer_key"]].merge(rows, on="customer_key", how="left", validate="1:1")
