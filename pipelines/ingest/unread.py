"""The error of a database read that did not come to its end."""


class UnreadError(Exception):
    """A database could not be read; the message says why and what to do, and holds no password."""
