"""What does a person read when a grant works no longer, or when no port is free to sign in?"""

from __future__ import annotations

from typing import assert_never

from hostspec.errors import SENTENCE_LIMIT, CallbackPortBusy, SignInNeeded
from xero_connections_plugin.oauth.grant import SignInCause

_REPAIR = "Your definitions and profiles are unchanged. Edit the connection, then choose Authorize."


def sign_in_needed(cause: SignInCause) -> SignInNeeded:
    """The error for a cause, as a sentence with its repair."""
    return SignInNeeded(f"{cause_sentence(cause)} {_REPAIR}", code=cause.value)


def cause_sentence(cause: SignInCause) -> str:
    """One sentence: why a new sign-in is needed."""
    match cause:
        case SignInCause.SIGN_IN_NEEDED:
            return "This connection has no working sign-in."
        case SignInCause.IDLE_TOO_LONG:
            return "The sign-in was not used for more than 60 days and has expired."
        case SignInCause.SUPERSEDED:
            return (
                "The sign-in was renewed, but the answer was lost and could not be asked for again within the "
                "30 minutes that are given for it."
            )
        case SignInCause.REVOKED:
            return "The sign-in is refused: access was withdrawn, or another copy of this sign-in was used."
        case SignInCause.GRANT_DAMAGED:
            return "The stored sign-in is damaged and cannot be read; it is kept as it was found."
        case _:
            assert_never(cause)


def ports_busy(ports: tuple[int, ...], programs: tuple[str, ...]) -> CallbackPortBusy:
    """Other programs have all the ports; names them where that fits."""
    numbers = ", ".join(str(port) for port in ports)
    named = f"{numbers}; held by {', '.join(programs)}" if programs else numbers
    sentence = (
        "Another program uses the port the browser comes back to ({}). Nothing was changed. Close that program, or add "
        "a further port under Advanced and register its redirect URI."
    )
    fits = len(sentence.format(named)) <= SENTENCE_LIMIT
    return CallbackPortBusy(sentence.format(named if fits else numbers))
