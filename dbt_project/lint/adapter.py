"""What sqlfluff sees in place of dbt's adapter: every engine macro becomes a plain function call of its arguments."""

from collections.abc import Callable

TEXT_FUNCTIONS = {"only_matching", "replace_all"}


def dispatch(macro: str) -> Callable[..., str]:
    """A stand-in for `adapter.dispatch(macro)`."""

    def call(*arguments: str | list[str]) -> str:
        flat = [text for argument in arguments for text in ([argument] if isinstance(argument, str) else argument)]
        if macro == "days_from_to":
            return f"select date_on from {flat[0]}"  # noqa: S608 - never run, only linted
        # Patterns are no SQL: a text function is shown with the text alone.
        return f"{macro}({flat[0] if macro in TEXT_FUNCTIONS else ', '.join(flat)})"

    return call
