"""What every value that crosses the border is made of: frozen, JSON-able, and strict about unknown keys."""

from enum import StrEnum
from typing import Annotated, Final, NewType, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict

ConnectionId = NewType("ConnectionId", str)
"""Opaque id of a connection: all that a host stores of it."""

TypeId = NewType("TypeId", str)
"""Id of a connection type, such as ``xero``."""

UserId = NewType("UserId", str)
"""Id of a person (or of the service) in the host."""

SERVICE_USER: Final = UserId("service")
"""Who acts when nobody sits at the machine: unattended services ask for permission under this name."""


T = TypeVar("T", bound=str)


def whole(text: T) -> T:
    """Text that can be written down as UTF-8.

    Raises:
        ValueError: It holds half of a character.
    """
    # No page, file or database can hold half of a surrogate pair, and JSON from a browser may.
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds half of a character")
    return text


Text = Annotated[str, AfterValidator(whole)]
"""Text that somebody typed or sent; can be written down as UTF-8."""


class Value(BaseModel):
    """Base of all values: frozen, comparable, refuses unknown keys.

    Validation errors never quote their input, because input may hold what must not reach a log.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Remedy(StrEnum):
    """What a person should do next about a problem; problems are sorted by this, not by where they arose."""

    NOTHING = "nothing"
    """It was meant, or it is done."""
    RETRY_LATER = "retry_later"
    """Wait, then do the same again."""
    SIGN_IN_AGAIN = "sign_in_again"
    """Edit the connection and authorize."""
    CHOOSE_ANOTHER = "choose_another"
    """Choose another connection, or another company."""
    FIX_SETTINGS = "fix_settings"
    """Correct what the text names: on this machine, in the definition, or at the other side."""
    TELL_SUPPORT = "tell_support"
    """A program is at fault; its log names the place."""


class Tone(StrEnum):
    """How a word is meant; the host gives each tone a shape and a color, never a color alone."""

    NEUTRAL = "neutral"
    """Just so."""
    GOOD = "good"
    """All is well."""
    WAITING = "waiting"
    """Passes by itself."""
    WARNING = "warning"
    """Still works; somebody should look."""
    BAD = "bad"
    """Does not work; somebody has to do something."""
