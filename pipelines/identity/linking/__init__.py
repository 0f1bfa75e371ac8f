"""Records that are alike: compared by Splink, trained without labels, grouped by average linkage."""

from pipelines.identity.linking.link import Linked, link
from pipelines.identity.linking.model import Model

__all__ = ["Linked", "Model", "link"]
