"""Cancelling at any moment: either nothing has happened, or everything has; and the port is free at once."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest

from sample_host.xero_simulator.server import SimulatorServer
from tests.plugin.loopback_client import Seen, is_open
from tests.plugin.sign_in_office import PATIENCE, Moment, Office
from tests.reliability.stated_figures import is_within
from tests.sampling import seed
from xero_connections_plugin.oauth.sign_in import SignInPhase

HOW: dict[str, Callable[[Office], None]] = {
    "cancel": lambda office: office.desk.cancel("draft"),
    "discard": lambda office: office.desk.discard("draft"),
}
BEFORE_TOKENS = (
    Moment.BEFORE_THE_BROWSER,
    Moment.BEFORE_THE_ANSWER,
    Moment.ANSWER_COMING_IN,
    Moment.CODE_GOING_OUT,
    Moment.TOKENS_COMING_IN,
)


def in_another_thread(act: Callable[[], None]) -> float:
    """Let somebody else do it, and wait for them; how many (real) seconds it took."""
    begun = time.monotonic()
    thread = threading.Thread(target=act)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    return time.monotonic() - begun


def signed_in(office: Office, moment: Moment, act: Callable[[], None]) -> float:
    """A sign-in from beginning to end, in which the act is done at that moment; how long the act took."""
    took: list[float] = []
    reached = threading.Event()

    def at_moment(now: Moment) -> None:
        if now is moment and not reached.is_set():
            took.append(in_another_thread(act))
            reached.set()

    office.on_moment = at_moment
    office.browser.on_open = lambda _: at_moment(Moment.BEFORE_THE_BROWSER)
    office.authorize()
    target = office.target(office.browser.wait_for_address())
    if moment is Moment.BEFORE_THE_BROWSER:
        assert reached.wait(PATIENCE)
    at_moment(Moment.BEFORE_THE_ANSWER)
    office.try_to_browse(target)
    if moment is Moment.AFTER_THE_END:
        office.end()
    at_moment(Moment.AFTER_THE_END)
    assert reached.wait(PATIENCE)
    office.tasks.join(PATIENCE)
    return took[0]


@pytest.mark.parametrize("moment", BEFORE_TOKENS)
def test_a47_a_sign_in_that_is_cancelled_before_its_tokens_are_kept_leaves_nothing(
    office: Office, moment: Moment
) -> None:
    signed_in(office, moment, lambda: office.desk.cancel("draft"))

    assert office.problem() == ("SIGN_IN_CANCELLED", "The sign-in was cancelled. The connection was left as it was.")
    assert len(office.kept) == 0
    assert office.token_requests == (1 if moment in {Moment.CODE_GOING_OUT, Moment.TOKENS_COMING_IN} else 0)


@pytest.mark.parametrize("moment", [Moment.TOKENS_BEING_KEPT, Moment.TOKENS_KEPT])
def test_a47_a_sign_in_that_is_cancelled_while_its_tokens_are_kept_shows_no_half_result(
    office: Office, moment: Moment
) -> None:
    signed_in(office, moment, lambda: office.desk.cancel("draft"))

    assert office.problem()[0] == "SIGN_IN_CANCELLED"
    assert office.progress().result is None


@pytest.mark.parametrize("moment", list(Moment))
def test_a47_cancelling_takes_a_second_at_most(xero: SimulatorServer, moment: Moment) -> None:
    def attempt() -> float:
        xero.control.reset()
        with Office(xero) as office:
            return signed_in(office, moment, lambda: office.desk.cancel("draft"))

    assert is_within(1.0, attempt)


def test_a47_cancelling_after_the_end_changes_nothing(office: Office) -> None:
    signed_in(office, Moment.AFTER_THE_END, lambda: office.desk.cancel("draft"))

    assert office.end().result == "three companies"
    office.has_tokens_once()


@pytest.mark.parametrize("moment", list(Moment))
@pytest.mark.parametrize("how", list(HOW))
def test_a47_after_cancelling_at_any_moment_the_next_attempt_succeeds_on_the_same_port(
    office: Office, moment: Moment, how: str
) -> None:
    signed_in(office, moment, lambda: HOW[how](office))
    office.desk.discard("draft")
    office.xero.control.reset()
    office.register_redirects()
    kept = len(office.kept)
    office.on_moment = lambda now: None

    office.authorize()
    page = office.browse(office.consent())

    assert "Access was received" in page.body
    assert office.end().phase is SignInPhase.DONE
    assert len(office.kept) == kept + 1


@pytest.mark.parametrize("moment", list(Moment))
def test_a47_closing_the_program_at_any_moment_ends_the_sign_in_and_frees_the_port(
    office: Office, moment: Moment
) -> None:
    assert signed_in(office, moment, office.desk.shutdown) < 5

    progress = office.end()
    assert progress.phase in {SignInPhase.DONE, SignInPhase.FAILED}
    if moment in BEFORE_TOKENS:
        assert office.problem()[0] == "SIGN_IN_CANCELLED"
        assert len(office.kept) == 0
    assert not is_open(office.port)


def never_half(office: Office, page: Seen | None) -> None:
    """Fails unless the sign-in was either cancelled or came to its good end."""
    progress = office.end()
    office.tasks.join(PATIENCE)
    if progress.phase is SignInPhase.DONE:
        assert (progress.result, progress.problem) == ("three companies", None)
        assert (len(office.kept), office.token_requests) == (1, 1)
        return
    assert office.problem()[0] == "SIGN_IN_CANCELLED"
    assert progress.result is None
    assert office.token_requests <= 1
    assert not is_open(office.port) or page is not None


@pytest.mark.sweep(sample=10)
@pytest.mark.parametrize("number", range(300))
def test_a47_cancelling_in_the_very_moment_of_the_answer_gives_one_or_the_other(office: Office, number: int) -> None:
    delay = random.Random(f"{seed()} {number}").uniform(0.0, 0.12)
    office.authorize()
    target = office.consent()
    both = threading.Barrier(2)
    pause = threading.Event()

    def cancel() -> None:
        both.wait(PATIENCE)
        pause.wait(delay if number % 2 else 0.0)
        office.desk.cancel("draft")

    thread = threading.Thread(target=cancel)
    thread.start()
    both.wait(PATIENCE)
    pause.wait(0.0 if number % 2 else delay / 40)
    page = office.try_to_browse(target)
    thread.join(PATIENCE)

    never_half(office, page)
