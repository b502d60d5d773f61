"""Running one plugin's implementation of a hook so that whatever goes wrong stays its own.

What is logged (logger ``hostspec``): the plugin, the hook, the type of the exception and the places in the code it
came through. Never the text of a foreign exception, since it may quote a secret; the sentence of a ``CaptureError``
is meant to be read, so it is logged.
"""

import logging
import traceback
from collections.abc import Callable, Hashable, Iterable
from types import CoroutineType, GeneratorType
from typing import Final, TypeGuard, TypeVar

from hostspec.connections import Session
from hostspec.errors import CaptureError
from hostspec.sorting import ContractBroken, Described, SortKey

T = TypeVar("T")
_logger: Final = logging.getLogger("hostspec")
_PLACES_LOGGED: Final = 6


def answers_of(
    plugin: str,
    hook: str,
    call: Callable[[], Iterable[Iterable[object]]],
    kind: type[T],
    describe: Callable[[T], Described],
) -> list[tuple[Hashable, SortKey, T]] | None:
    """What one plugin answers, complete and checked, or ``None`` when it failed or broke the contract."""
    answers: list[tuple[Hashable, SortKey, T]] = []
    seen: set[Hashable] = set()
    part: object = None
    try:
        for part in call():
            for item in part:
                if not isinstance(item, kind):
                    raise ContractBroken(f"answered something that is no {kind.__name__}")
                identity, key = describe(item)
                if not isinstance(key[0], int) or not all(isinstance(text, str) for text in key[1:]):
                    raise ContractBroken(f"answered a {kind.__name__} whose order or label has a wrong type")
                if identity in seen:
                    raise ContractBroken(f"answered the same {kind.__name__} twice")
                if identity is not None:
                    seen.add(identity)
                answers.append((identity, key, item))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 -- costs this plugin's answers and nobody else's
        report(plugin, hook, error)
        discard(part, plugin, hook)
        return None
    return answers


def expect(value: object, kind: type, name: str) -> None:
    """Refuse what a host may not pass on; a mistake in its program.

    Raises:
        TypeError: It is of another type, which is named; the value is not.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be a {kind.__name__}, and is a {type(value).__name__}")


def is_session(answer: object) -> TypeGuard[Session]:
    """Whether this can be used as a session."""
    # Looked up on the class first: isinstance with a protocol would run the property and take ten times as long.
    kind = type(answer)
    if kind is type:
        return False
    for name in ("connection", "close", "__enter__", "__exit__"):
        if not (hasattr(kind, name) or hasattr(answer, name)):
            return False
    return True


def discard(answer: object, plugin: str, hook: str) -> None:
    """Close a generator or coroutine that nobody will finish, so that it cannot speak up later."""
    if isinstance(answer, GeneratorType | CoroutineType):
        try:
            answer.close()
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 -- it failed already; this only adds to the log
            report(plugin, hook, error)


def expect_no_answer(results: object) -> None:
    """Refuse what a telling hook returned where it shows that nothing was done.

    Raises:
        ContractBroken: The implementation is a generator or coroutine function, so its body never ran.
    """
    for result in results if isinstance(results, list) else [results]:
        if isinstance(result, GeneratorType | CoroutineType):
            result.close()
            raise ContractBroken("is a generator or coroutine function, so it did nothing")


def report(plugin: str, hook: str, error: BaseException) -> None:
    """Log a failure without quoting anything that could be secret."""
    what = type(error).__qualname__
    if isinstance(error, CaptureError | ContractBroken):
        what = f"{what}: {error}"
    _logger.error("Plugin %r failed in %s: %s\n%s", plugin, hook, what, places_of(error))


def places_of(error: BaseException) -> str:
    """Where it came up: files and lines, with the code that stands there and nothing of what it held."""
    places = traceback.format_list(traceback.extract_tb(error.__traceback__)[-_PLACES_LOGGED:])
    return "".join(places).rstrip()
