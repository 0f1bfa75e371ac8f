"""What the models are trained with, and which of them run."""

from typing import Literal

from pydantic import Field, model_validator

from workspace.section import Section


class Churn(Section):
    """Who is about to leave."""

    horizon_days: int | None = Field(
        None, ge=7, le=730, description="Days of silence that mean left; empty: found from the data."
    )
    medium_from: int = Field(35, gt=0, lt=100, description="Percent from which on the risk is medium.")
    high_from: int = Field(65, gt=0, lt=100, description="Percent from which on the risk is high.")
    saved_percent: float = Field(
        10, ge=0, le=100, description="Of those who would leave, percent that one contact keeps; from your own trials."
    )
    contact_cost: float = Field(1, ge=0, description="Cost of the contact that is to keep a customer.")

    @model_validator(mode="after")
    def bands_are_in_order(self) -> "Churn":
        """Medium before high."""
        if self.medium_from >= self.high_from:
            raise ValueError(f"medium_from must be below high_from, got {self.medium_from} and {self.high_from}")
        return self


class Value(Section):
    """What a customer will bring."""

    horizon_days: int = Field(365, ge=30, le=3650, description="Days ahead that count.")
    discount_rate: float = Field(0.10, ge=0, le=1, description="Yearly; 0.1 is ten percent.")
    draws: int = Field(200, ge=50, le=2000, description="Simulated futures of a customer, for the interval.")


class Response(Section):
    """Whom to write to."""

    margin: float = Field(20, gt=0, description="Margin that one answer brings.")
    contact_cost: float = Field(1, ge=0, description="Cost of one contact.")
    answer_days: int = Field(60, ge=1, le=365, description="An answer counts that comes within so many days.")


class Forecast(Section):
    """Orders and revenue ahead."""

    weeks_ahead: int = Field(8, ge=1, le=26, description="Weeks that are foretold.")


ModelName = Literal["value", "churn", "response", "newcomers", "forecast"]


class Models(Section):
    """Predictors: which of them run, horizons, costs and cut-offs."""

    run: list[ModelName] = Field(
        ["value", "churn", "response", "newcomers", "forecast"],
        description="The models that a night trains and scores with; of those left out the tables stay without rows.",
    )
    churn: Churn = Churn()
    value: Value = Value()
    response: Response = Response()
    forecast: Forecast = Forecast()
