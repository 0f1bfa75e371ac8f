"""Fitted models on disk: skops files with their report cards, and which is the champion. Nothing is unpickled."""

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import skops.io

from models.card import Card

# All that a file may hold beyond the plain types of numpy, Python and scikit-learn's public classes. What a file itself
# asks for is never trusted.
TRUSTED = (
    "models.bg_nbd.BgNbd",
    "models.boosted_tables.BoostedTables",
    "models.boosted_trees.BoostedTrees",
    "models.calibration.SigmoidCalibration",
    "models.category_codes.CategoryCodes",
    "models.churn.ChurnModel",
    "models.drift.FeatureDrift",
    "models.forecast.WeeklyForecast",
    "models.gamma_gamma.GammaGamma",
    "models.lifetime_value.LifetimeValue",
    "models.mbg_nbd.MbgNbd",
    "models.newcomer_tier.NewcomerTier",
    "models.pareto_nbd.ParetoNbd",
    "models.response.ResponseModel",
    "models.score_rule.ScoreRule",
    "models.seasonal_clock.SeasonalClock",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
MODEL, CARD, CHAMPION = "model.skops", "report_card.json", "champion"
NAME = re.compile(r"^[a-z0-9][a-z0-9_.-]*$")


class Entry(NamedTuple):
    """One fitted model: its name, version and folder."""

    name: str
    version: str
    folder: Path

    def card(self) -> dict[str, Any]:
        """Its report card."""
        return json.loads((self.folder / CARD).read_text(encoding="utf-8"))

    def load(self) -> Any:
        """The model.

        Raises
        ------
        ValueError
            Where the file asks for a type that is not in `TRUSTED`.
        """
        file = self.folder / MODEL
        strange = sorted(set(skops.io.get_untrusted_types(file=file)) - set(TRUSTED))
        if strange:
            raise ValueError(f"{file} holds types that are not trusted: {', '.join(strange)}")
        return skops.io.load(file, trusted=list(TRUSTED))


class Registry:
    """The models under one folder: `<name>/<version>/model.skops` and `report_card.json`.

    `<name>/champion` lists the versions that have been in use, the one that is last.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)

    def save(self, name: str, model: Any, card: Card) -> Entry:
        """Store a model with its card; the version is the card's day and the content's fingerprint.

        The same model and card again give the same version. A reader never sees half of one.
        """
        content, text = skops.io.dumps(model), card.to_json()
        version = f"{card.as_of}_{hashlib.sha256(fingerprint(model) + text.encode()).hexdigest()[:12]}"
        entry = self._entry(name, version)
        if entry.folder.exists():
            return entry
        entry.folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=entry.folder.parent) as temporary:
            made = Path(temporary) / "entry"
            made.mkdir()
            write_durably(made / MODEL, content)
            write_durably(made / CARD, text.encode("utf-8"))
            try:
                made.rename(entry.folder)
            except OSError:
                # Another run has stored the same version in the meantime: then nothing is left to do.
                if not (entry.folder / CARD).is_file():
                    raise
        return entry

    def entries(self, name: str) -> list[Entry]:
        """All versions of a model, oldest first."""
        folder = self._entry(name, "any").folder.parent
        found = sorted(file.parent.name for file in folder.glob(f"*/{CARD}") if NAME.match(file.parent.name))
        return [self._entry(name, version) for version in found]

    def crown(self, entry: Entry) -> None:
        """Make this version the champion, by one rename; an earlier version may be crowned again."""
        if not (entry.folder / CARD).is_file():
            raise ValueError(f"there is no version {entry.version!r} of {entry.name!r}")
        reigns = [each.version for each in self.champions(entry.name)]
        if reigns[-1:] == [entry.version]:
            return
        with tempfile.TemporaryDirectory(prefix=".champion-", dir=entry.folder.parent) as temporary:
            made = Path(temporary) / CHAMPION
            write_durably(made, "".join(f"{version}\n" for version in [*reigns, entry.version]).encode("utf-8"))
            made.rename(entry.folder.parent / CHAMPION)

    def champions(self, name: str) -> list[Entry]:
        """The versions that have been in use, in the order they were crowned; the last one is."""
        pointer = self._entry(name, "any").folder.parent / CHAMPION
        versions = pointer.read_text(encoding="utf-8").split() if pointer.is_file() else []
        return [self._entry(name, version) for version in versions]

    def champion(self, name: str) -> Entry | None:
        """The version in use; `None` where none has been crowned."""
        found = self.champions(name)
        return found[-1] if found else None

    def _entry(self, name: str, version: str) -> Entry:
        for part in (name, version):
            if not NAME.match(part):
                raise ValueError(f"a name holds lower-case letters, digits, '_', '-' and '.', got {part!r}")
        return Entry(name, version, self.folder / name / version)


def fingerprint(model: Any) -> bytes:
    """A digest of what the model has learnt; the skops file itself differs from run to run by its object numbers."""
    digest = hashlib.sha256()

    def add(value: Any) -> None:
        if isinstance(value, np.ndarray | np.generic):
            # The bytes of an array of objects are addresses, which differ from run to run.
            plain = repr(value.tolist()).encode() if value.dtype.hasobject else value.tobytes()
            digest.update(str(value.dtype).encode() + plain)
        elif isinstance(value, dict):
            for key in sorted(value, key=str):
                digest.update(str(key).encode())
                add(value[key])
        elif isinstance(value, list | tuple):
            digest.update(str(len(value)).encode())
            for each in value:
                add(each)
        elif value is None or isinstance(value, str | bytes | int | float):
            digest.update(repr(value).encode())
        else:
            # Compiled helpers without attributes differ in nothing but their type.
            digest.update(f"{type(value).__module__}.{type(value).__qualname__}".encode())
            add(getattr(value, "__dict__", None))

    add(model)
    return digest.digest()


def write_durably(file: Path, content: bytes) -> None:
    """Write a file whose content is on the disk before its name is."""
    with file.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
