"""The one error type that is meant for a person: what is wrong, where, and what to do next."""


class RegularsError(Exception):
    """Something the user can mend. The command line prints it without a traceback and exits with `exit_code`.

    Parameters
    ----------
    problem : what is wrong and where (file, row, column, setting), one sentence
    remedy : what to do next, one sentence; may be empty when the problem says it
    """

    exit_code = 2

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem} {self.remedy}".strip()


class SettingsError(RegularsError):
    """A missing, unknown or bad setting in `regulars.toml` or the environment."""


class NothingPublishedError(RegularsError):
    """No generation has been published in this workspace yet."""

    exit_code = 3
