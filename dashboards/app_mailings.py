"""What a mailing is expected to bring, by how many are written to."""

import numpy as np
import pandas as pd

POINTS = 200


def profit_curve(chances: np.ndarray, *, margin: float, cost: float) -> pd.DataFrame:
    """Expected answers and profit when so many of the best are written to."""
    contacts = np.unique(np.linspace(0, len(chances), POINTS + 1).round().astype(int))
    answers = np.append(0.0, chances.cumsum())[contacts]
    return pd.DataFrame(
        {"contact_count": contacts, "answer_count": answers, "profit": answers * margin - contacts * cost}
    )
