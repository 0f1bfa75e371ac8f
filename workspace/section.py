"""The base of every table of `regulars.toml`."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of `regulars.toml`: unknown keys are errors, values cannot change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)
