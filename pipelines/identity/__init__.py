"""Who is who: source identifiers to one durable customer. Nothing here reads raw or the star."""

from pipelines.identity.decisions import Decision
from pipelines.identity.resolve import IdentityResult, resolve

__all__ = ["Decision", "IdentityResult", "resolve"]
