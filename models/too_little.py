"""The one error of this room that is no fault: there is too little to learn from."""


class TooLittleDataError(ValueError):
    """There is too little to learn from; the message says what is missing. Never a fault: it is said on the page."""
