"""CDNOW: every published figure of Fader, Hardie and Lee, to its printed digits. None is taken from our own output.

BG/NBD: Marketing Science 24(2), 2005. Gamma-Gamma: Fader and Hardie, 2013. Pareto/NBD: their note
of 2005, the same data.
"""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from models.bg_nbd import BgNbd
from models.gamma_gamma import GammaGamma
from models.mbg_nbd import MbgNbd
from models.pareto_nbd import ParetoNbd
from tests.conftest import real_data

CALIBRATION_ENDS = pd.Timestamp(date(1997, 9, 30))


def purchases(name: str, columns: list[str], **reading) -> pd.DataFrame:
    table = pd.read_csv(real_data("cdnow") / name, sep=r"\s+", header=None, names=columns, **reading)
    return table.assign(bought_on=pd.to_datetime(table["day"].astype(str), format="%Y%m%d"))


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    """Customer, day, dollars; purchases of one day merged."""
    table = purchases("CDNOW_sample.txt", ["master", "customer", "day", "cds", "dollars"])
    return table.groupby(["customer", "bought_on"], as_index=False)["dollars"].sum()


@pytest.fixture(scope="module")
def histories(sample) -> np.ndarray:
    days = sample[sample["bought_on"] <= CALIBRATION_ENDS].groupby("customer")["bought_on"].agg(["size", "min", "max"])
    t_x, age = (days["max"] - days["min"]).dt.days / 7, (CALIBRATION_ENDS - days["min"]).dt.days / 7
    return np.column_stack([days["size"] - 1, t_x, age])


@pytest.fixture(scope="module")
def model(histories) -> BgNbd:
    return BgNbd(horizon=39, unit_days=7).fit(histories)


def test_repeat_purchases(histories):
    counts = np.bincount(np.minimum(histories[:, 0], 7).astype(int))
    assert counts.tolist() == [1411, 439, 214, 100, 62, 38, 29, 64]


def test_bg_nbd_parameters(model):
    assert [round(v, 3) for v in (model.r_, model.alpha_, model.a_, model.b_)] == [0.243, 4.414, 0.793, 2.426]
    assert round(model.log_likelihood_, 2) == -9582.43
    assert model.warnings_ == ()


def test_expected_purchases_of_a_new_customer(model):
    assert f"{model.expected_orders_of_new(52):.4f}" == "1.4440"


def test_one_customer(model):
    row = [[26, 30.857, 31]]
    assert f"{model.probability_alive(row)[0]:.5f}" == "0.96885"
    assert f"{model.expected_orders(row, 52)[0]:.3f}" == "25.757"


def test_pareto_nbd(histories):
    other = ParetoNbd(unit_days=7).fit(histories)
    found = [f"{v:.3f}" for v in (other.r_, other.alpha_, other.s_, other.beta_)]
    assert found == ["0.553", "10.578", "0.606", "11.669"]
    assert f"{other.log_likelihood_:.2f}" == "-9594.98"


def test_gamma_gamma(sample):
    in_time = sample[sample["bought_on"] <= CALIBRATION_ENDS]
    repeat = in_time[in_time["bought_on"] > in_time.groupby("customer")["bought_on"].transform("min")]
    spending = repeat.groupby("customer")["dollars"].agg(["size", "mean"])
    assert len(spending) == 946
    model = GammaGamma().fit(spending.to_numpy())
    assert [f"{v:.2f}" for v in (model.p_, model.q_, model.gamma_)] == ["6.25", "3.74", "15.44"]


def test_the_later_39_weeks(sample, histories, model):
    later = sample[sample["bought_on"] > CALIBRATION_ENDS].groupby("customer").size()
    actual = later.reindex(range(1, 2358), fill_value=0).to_numpy(dtype=float)
    modified = MbgNbd(horizon=39, unit_days=7).fit(histories)
    for each in (model, modified):
        # FHL report a correlation of 0.626 between what each customer was expected to buy and bought.
        assert np.corrcoef(each.predict(histories), actual)[0, 1] == pytest.approx(0.626, abs=0.01)


def test_master():
    columns = ["customer", "day", "cds", "dollars"]
    table = purchases("CDNOW_master.txt", columns, skiprows=1)
    assert len(table) == 69_659
    assert table["customer"].nunique() == 23_570
    assert f"{table['dollars'].sum():.2f}" == "2500315.63"
