"""What is said in a terminal while a connection is defined and signed in to."""

from __future__ import annotations

from typing import Final

CHOOSE_TENANT: Final = "Which company?"
CHOOSE_TYPE: Final = "Which type of connection?"
FROM_A_PIPE: Final = "a line on the standard input"
VALUE_LACKS: Final = (
    "Give a field and its value as FIELD=VALUE. What was typed is not repeated, because it may be a secret. "
    "Nothing was changed."
)
SECRET_TYPED: Final = (
    "Give only the field's name, without a value: other programs can read a command line, and it may be kept in your "
    "shell's history. The secret is asked for, or read from a pipe. Nothing was changed."
)
SIGN_IN_CANCELED: Final = "Canceled. Nothing was changed."
SAVED_UNCHANGED: Final = "Nothing was changed."
NO_ADDRESS_PASTED: Final = (
    "The input ended before the address came of the page that the browser ended on. Nothing was changed. Run the "
    "command at a terminal and paste the address there, or send it through a pipe."
)
OPEN_ANYWHERE: Final = "Open this address on any computer, and allow access there:"
NO_BROWSER_HERE: Final = "If no browser opens on this machine: press Ctrl-C, and add --no-browser to the command."


def address(address: str) -> str:
    """Where to sign in."""
    return f"\n  {address}\n"


def paste(seconds: int) -> str:
    """How to go on without a browser on this machine."""
    return (
        "The browser then ends on a page that it cannot show, beginning with http://localhost. Paste the whole address "
        f"of that page here, within {seconds} seconds:"
    )


def left(seconds: int) -> str:
    """The countdown."""
    return f"{seconds} s left; Ctrl-C cancels"


def saved(name: str, connection_id: str) -> str:
    """A definition was saved."""
    return f"Saved: {name} ({connection_id})"


def no_such_field(name: str, known: tuple[str, ...]) -> str:
    """A field that the definition does not have."""
    return f'There is no field "{name}"; there are {", ".join(known)}.'


def no_such_secret(known: tuple[str, ...]) -> str:
    """A field was named as a secret that is not there; what was typed may be the secret itself."""
    return f"There is no field of the name that was given with --secret; there are {', '.join(known)}."


def no_such_option(label: str, typed: str, known: tuple[str, ...]) -> str:
    """An option that is not offered."""
    offered = f" There are: {', '.join(known)}." if known else ""
    return f'"{typed}" is not offered as {label}.{offered}'


def secret_by_option(name: str) -> str:
    """A secret field was given on the command line."""
    return (
        f"The field {name} is secret, and other programs can read a command line. Give --secret {name} instead: it is "
        "asked for then, or read from a pipe."
    )


def no_secret(name: str) -> str:
    """A field was named as a secret, and is none."""
    return f"The field {name} is not secret. Give it with --set {name}=VALUE."


def field_disabled(label: str, reason: str) -> str:
    """A field that cannot be changed."""
    return f"{label} cannot be changed: {reason}"


def no_type(name: str, known: tuple[str, ...]) -> str:
    """A type that is not there."""
    return f'There is no connection type "{name}"; there are {", ".join(known)}.'
