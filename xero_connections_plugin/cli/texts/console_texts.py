"""What the frame of the command line says."""

from typing import Final

CANCELED: Final = "Canceled."
NUMBER: Final = "Number"
ONCE_MORE: Final = "Once more"
NO_HOST: Final = (
    "This needs a host, because only a host knows its profiles. Name it with --host module:factory, or by the name "
    "under which it is installed."
)
NO_TAB: Final = "This host shows no connections. Install the plugin there, or go without --host."
NO_SWITCHES: Final = "This host lists its profiles but does not let a command line move them. Use its Usage dialog."


def nobody_to_ask(question: str, option: str) -> str:
    """A question without a terminal."""
    return f"There is no terminal to answer at. Give the answer with {option}. The question was: {question}"


def nobody_to_choose(question: str, labels: tuple[str, ...], option: str) -> str:
    """A choice without a terminal."""
    return f"{nobody_to_ask(question, option)} There are: {', '.join(labels)}."


def host_unknown(name: str, known: tuple[str, ...]) -> str:
    """A host that is not installed."""
    installed = f" Installed are: {', '.join(known)}." if known else " No host is installed for command lines."
    return f'There is no host "{name}".{installed} A host can also be named as module:factory.'


def host_failed(name: str, why: str) -> str:
    """A host that could not be loaded."""
    return f'The host "{name}" could not be started ({why}). Nothing was changed.'


def not_found(name: str, candidates: tuple[str, ...], *, empty_folder: str | None = None) -> str:
    """No entry of that name.

    Args:
        name: What was typed.
        candidates: Names like it.
        empty_folder: Where the list lies, if nothing at all is on it; empty where that is not known.
    """
    close = f" Did you mean: {', '.join(candidates)}?" if candidates else ""
    if empty_folder is not None:
        where = f" in {empty_folder}" if empty_folder else ""
        close = f" The list{where} is empty. Another folder is named with --data-dir."
    return f'There is no connection "{name}".{close}'


def ambiguous(name: str, candidates: tuple[str, ...]) -> str:
    """Several entries fit."""
    return f'Several connections fit "{name}": {", ".join(candidates)}. Give the whole name, or the id with --id.'


def fault(kind: str, place: str) -> str:
    """Something that was not foreseen."""
    return (
        f"The command failed because of a fault in the program ({kind} at {place}). What was saved before is safe. "
        "Tell support, with the file that this writes: xero-connections diagnostics support.zip"
    )
