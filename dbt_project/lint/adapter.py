"""What sqlfluff sees in place of dbt's adapter: every engine macro becomes a plain function call of its arguments."""

from collections.abc import Callable


def dispatch(macro: str) -> Callable[..., str]:
    """A stand-in for `adapter.dispatch(macro)`."""

    def call(*arguments: str | list[str]) -> str:
        flat = [text for argument in arguments for text in ([argument] if isinstance(argument, str) else argument)]
        if macro == "days_from_to":
            return f"select date_on from {flat[0]}"
        return f"{macro}({', '.join(text for text in flat if not text.startswith(('^', '[')))})"

    return call
