"""Who is who: source identifiers to one durable customer. Exact rules only; nothing here reads raw or the star."""

from pipelines.identity.resolve import IdentityResult, resolve

__all__ = ["IdentityResult", "resolve"]
