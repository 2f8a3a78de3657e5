"""What an operator can mend."""


class Trouble(Exception):
    """Something is missing or in the way; the text says what, and what to do next."""
