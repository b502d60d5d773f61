"""What a contract suite says when a rule is broken: where, what was found, the rule, and the page to read."""

from __future__ import annotations

import ipaddress
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from time import perf_counter
from typing import TYPE_CHECKING, Final, NoReturn, ParamSpec, TypeVar

from pydantic import TypeAdapter, ValidationError

from hostspec.errors import SENTENCE_LIMIT, CaptureError
from hostspec.testing.told_faults import fault_told
from hostspec.ui import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hostspec.value import Value

T = TypeVar("T")
P = ParamSpec("P")

PROMPT_SECONDS: Final = 5.0
"""Real seconds within which a prompt call ends, also on a busy machine."""

PATIENCE: Final = 10.0
"""Real seconds that a suite waits for what other threads are to do."""

_THREADS: Final = 4
_STEP: Final[TypeAdapter[Step]] = TypeAdapter(Step)


@dataclass(frozen=True)
class Rule:
    """One rule of the contract."""

    about: str
    """The hook, method or service that it is about."""
    says: str
    """The rule, as a sentence."""
    page: str
    """Where to read on."""


class ContractViolation(AssertionError):
    """A subject breaks a rule; the text says where, what was found, the rule, and the page."""

    def __init__(self, rule: Rule, found: str) -> None:
        super().__init__(f"{rule.about}: {found} {rule.says} See {rule.page}")
        self.rule = rule
        self.found = found


class NotAnswered(AssertionError):
    """The author of a suite still has to say something about the subject; the text says what."""


def breach(rule: Rule, found: str) -> NoReturn:
    """Say that a rule is broken.

    Args:
        rule: Which.
        found: What was found, as a sentence.

    Raises:
        ContractViolation: Always.
    """
    __tracebackhide__ = True
    # The exception that led here may quote what a test must not print.
    raise ContractViolation(rule, found) from None


def require(held: object, rule: Rule, found: str) -> None:
    """Say that a rule is broken unless something holds.

    Raises:
        ContractViolation: It does not hold.
    """
    __tracebackhide__ = True
    if not held:
        breach(rule, found)


def answer_of(rule: Rule, what: str, call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | CaptureError:
    """What a call answers, or the ``CaptureError`` that it raises.

    Raises:
        ContractViolation: It raises something else, or takes too long.
    """
    __tracebackhide__ = True
    begin = perf_counter()
    try:
        answer: T | CaptureError = call(*arguments, **named)
    except CaptureError as error:
        answer = error
    except ContractViolation:
        raise
    except Exception as error:  # noqa: BLE001 -- told as what it is: a broken contract
        breach(rule, f"{what} raised {fault_told(error)}.")
    seconds = perf_counter() - begin
    require(seconds < PROMPT_SECONDS, rule, f"{what} took {seconds:.1f} seconds.")
    return answer


def result_of(rule: Rule, what: str, call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What a call answers.

    Raises:
        ContractViolation: It raises, or takes too long.
    """
    __tracebackhide__ = True
    answer = answer_of(rule, what, call, *arguments, **named)
    if isinstance(answer, CaptureError):
        breach(rule, f"{what} raised {type(answer).__qualname__}: {answer}")
    return answer


def require_step(step: object, rule: Rule, what: str) -> Step:
    """The step, once it is known to be one that any host can draw.

    Raises:
        ContractViolation: It is none, or does not survive being written down.
    """
    __tracebackhide__ = True
    try:
        text = _STEP.dump_json(step, warnings="error")  # type: ignore[arg-type]  # whether it is a step is the question
        again = _STEP.validate_json(text)
    except (ValidationError, ValueError, TypeError):
        breach(rule, f"{what} answered {type(step).__qualname__}, which is no step that a host can draw.")
    require(again == step, rule, f"{what} answered a step that does not survive being written down as JSON.")
    return again


def require_sentences(texts: object, rule: Rule, what: str) -> tuple[str, ...]:
    """The texts, once each is known to be a sentence for people.

    Raises:
        ContractViolation: One is not.
    """
    __tracebackhide__ = True
    require(isinstance(texts, tuple), rule, f"{what} answered {type(texts).__name__} instead of a tuple.")
    found = tuple(texts) if isinstance(texts, tuple) else ()
    for text in found:
        fits = isinstance(text, str) and 0 < len(text) <= SENTENCE_LIMIT and text.strip().endswith((".", "?", "!", "…"))
        require(fits, rule, f"{what} answered {text!r}, which is no sentence of at most {SENTENCE_LIMIT} characters.")
    return found


def json_of(value: Value) -> str:
    """A value as hosts write it down; secrets stand in it as stars."""
    return value.model_dump_json()


def in_other_threads(rule: Rule, what: str, call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> list[T]:
    """What a call answers to several threads at once.

    Raises:
        ContractViolation: It raises in one of them, or does not return.
    """
    __tracebackhide__ = True
    answers: list[T] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(call(*arguments, **named))
        except BaseException as error:  # noqa: BLE001 -- the end of a thread: told below
            failures.append(error)

    threads = [threading.Thread(target=run, daemon=True, name=f"contract-{number}") for number in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    require(not any(thread.is_alive() for thread in threads), rule, f"{what} does not return from another thread.")
    if failures:
        breach(rule, f"{what} raised {fault_told(failures[0])}, in another thread.")
    return answers


def threads_now() -> frozenset[threading.Thread]:
    """The threads that run now, to compare with later."""
    return frozenset(threading.enumerate())


def require_no_more_threads(before: frozenset[threading.Thread], rule: Rule, what: str) -> None:
    """Wait a little, then insist that everything begun since has ended.

    Raises:
        ContractViolation: A thread still runs; it is named.
    """
    __tracebackhide__ = True
    end = perf_counter() + PATIENCE
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(max(0.0, end - perf_counter()))
    names = sorted(thread.name for thread in left if thread.is_alive())
    require(not names, rule, f"{what} leaves threads that do not end: {', '.join(names)}.")


class _NetworkWatch:
    """Hears of every connection that this process begins; a hook of the interpreter cannot be taken out again."""

    def __init__(self) -> None:
        self._watching: dict[int, list[str]] = {}
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in ("socket.connect", "socket.getaddrinfo") or not self._watching:
            return
        seen = self._watching.get(threading.get_ident())
        if seen is None:
            return
        if event == "socket.getaddrinfo":
            # Where no name server answers, nothing is ever connected. An address, or none, asks no name server.
            if not _is_address(arguments[0]):
                seen.append(str(arguments[0]))
        elif isinstance(arguments[-1], tuple):
            # Sockets of this machine's own services have a path for an address.
            seen.append(str(arguments[-1][0]))

    @contextmanager
    def watch(self) -> Iterator[list[str]]:
        seen: list[str] = []
        self._watching[threading.get_ident()] = seen
        try:
            yield seen
        finally:
            del self._watching[threading.get_ident()]


def _is_address(host: object) -> bool:
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host))
    except ValueError:
        return host is None
    return True


@cache
def _network_watch() -> _NetworkWatch:
    return _NetworkWatch()


@contextmanager
def without_network(rule: Rule, what: str) -> Iterator[None]:
    """Insist that the block reaches for no network in its own thread.

    Raises:
        ContractViolation: It did.
    """
    __tracebackhide__ = True
    with _network_watch().watch() as seen:
        yield
    require(not seen, rule, f"{what} reached for the network: {', '.join(dict.fromkeys(seen))}.")
