"""What the list and the details say in a terminal."""

from typing import Final

HEADINGS: Final = ("Name", "Reaches", "Status", "Account", "Last sign-in", "Ends")
NOTHING: Final = "There are no such connections."
EMPTY: Final = "There are no connections yet. This adds one: xero-connections add NAME"


def no_such_filter(name: str, known: tuple[str, ...]) -> str:
    """A part of the list that does not exist."""
    return f'there is no part "{name}"; there are {", ".join(known)}'
