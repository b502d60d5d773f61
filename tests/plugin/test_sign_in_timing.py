"""Sign-ins at their limits: the clock, cancelling at any moment, pasted addresses, and the next attempt."""

import os
import threading
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from hostspec.testing import FakeClock
from tests.plugin.sign_in_site import ISSUER, PATIENCE, SignInSite
from xero_connections_plugin.oauth.authorization import Attempt
from xero_connections_plugin.oauth.callback_verdict import IncomingRequest, Page
from xero_connections_plugin.oauth.pkce import draw_secrets
from xero_connections_plugin.oauth.sign_in import SignInPhase, SignInRequest
from xero_connections_plugin.oauth.sign_in_run import SignInRun


@pytest.mark.parametrize("seconds", [0.0, 89.0, 89.9, 90.0])
def test_a44_an_answer_up_to_the_limit_is_accepted(seconds: float) -> None:
    with SignInSite() as site:
        site.start()
        address = site.allow()
        site.clock.advance(seconds)
        assert site.progress().seconds_left == pytest.approx(90 - seconds)

        assert site.listeners.browse(address).page is Page.RECEIVED

        assert site.end().phase is SignInPhase.DONE


@pytest.mark.parametrize(("seconds", "code"), [(90.0, "SIGN_IN_CANCELLED"), (90.01, "SIGN_IN_TIMEOUT")])
def test_a44_at_exactly_the_limit_the_wait_goes_on(seconds: float, code: str) -> None:
    clock = FakeClock()
    asked = SignInRequest("draft", "Ada", None, "App", "id", "http://localhost", (1,), (), "", open_browser=False)
    attempt = Attempt("http://localhost:1/callback", SecretStr("state"), ISSUER)
    secrets = draw_secrets(os.urandom)
    run: SignInRun[None] = SignInRun(asked, attempt, secrets, address="", port=1, clock=clock, timeout=90.0)
    looks: list[bool] = []

    def cancelled_at_the_third_look() -> bool:
        looks.append(True)
        return len(looks) == 3

    clock.advance(seconds)

    assert run.wait_for_code(cancelled_at_the_third_look) is None
    problem = run.progress().problem
    assert problem is not None
    assert problem.code == code


def test_a44_an_answer_after_the_limit_is_too_late() -> None:
    with SignInSite() as site:
        site.start()
        parts = urlsplit(site.allow())
        listener = site.listeners.held()[8888]
        site.clock.advance(90.1)

        verdict = listener.answer(IncomingRequest("GET", f"{parts.path}?{parts.query}", (parts.netloc,)))

        assert (verdict.status, verdict.page, verdict.location) == (303, Page.EXPIRED, "/callback/expired")
        code, text = site.problem()
        assert code == "SIGN_IN_TIMEOUT"
        assert "within 90 seconds" in text
        assert "try again" in text
        assert site.listeners.visit("http://localhost:8888/callback/expired").page is Page.EXPIRED, "for a second more"
        listener.expire()
        assert site.listeners.held() == {}
        assert site.tokens.posts == []


def test_a43_a_closed_tab_ends_in_a_timeout_and_the_port_is_free_for_the_next_attempt() -> None:
    with SignInSite() as site:
        site.start()
        site.clock.advance(90.1)
        assert site.problem()[0] == "SIGN_IN_TIMEOUT"
        assert site.progress().seconds_left == 0

        site.start()
        site.listeners.browse(site.allow())
        assert site.end().phase is SignInPhase.DONE


def test_a44_an_exchange_may_end_after_the_limit() -> None:
    with SignInSite() as site:
        site.tokens.on_request = lambda: site.clock.advance(60)
        site.start()
        site.clock.advance(89)
        site.listeners.browse(site.allow())

        assert site.end().phase is SignInPhase.DONE


@pytest.mark.parametrize("jump", [86_400.0, -86_400.0, 3600.0, -3600.0])
def test_a45_the_wall_clock_may_jump(jump: float) -> None:
    with SignInSite() as site:
        site.start()
        site.clock.jump_wall(jump)
        assert site.progress().seconds_left == 90
        site.listeners.browse(site.allow())

        assert site.end().phase is SignInPhase.DONE


def test_a47_cancelling_while_waiting_ends_at_once() -> None:
    with SignInSite() as site:
        site.start()
        address = site.allow()

        site.desk.cancel("draft")

        progress = site.progress()
        assert progress.phase is SignInPhase.FAILED
        assert progress.problem is not None
        assert progress.problem.code == "SIGN_IN_CANCELLED"
        assert site.listeners.held() == {}
        with pytest.raises(ConnectionRefusedError):
            site.listeners.visit(address)


def test_a47_cancelling_during_the_exchange_ends_at_once_and_drops_the_tokens() -> None:
    release, reached = threading.Event(), threading.Event()

    def block() -> None:
        reached.set()
        assert release.wait(PATIENCE)

    with SignInSite() as site:
        site.tokens.on_request = block
        site.start()
        site.listeners.browse(site.allow())
        assert reached.wait(PATIENCE)
        assert site.progress().phase is SignInPhase.EXCHANGING

        site.desk.cancel("draft")

        assert site.problem()[0] == "SIGN_IN_CANCELLED"
        release.set()
        site.tasks.join(PATIENCE)
        assert len(site.adopted) == 0
        assert site.problem()[0] == "SIGN_IN_CANCELLED"


def test_a47_cancelling_while_the_tokens_are_being_kept_shows_no_half_result() -> None:
    release, reached = threading.Event(), threading.Event()

    def adopt(*_: object) -> str:
        reached.set()
        assert release.wait(PATIENCE)
        return "late"

    with SignInSite() as site:
        site.adopt = adopt
        site.start()
        site.listeners.browse(site.allow())
        assert reached.wait(PATIENCE)

        site.desk.cancel("draft")
        assert site.problem()[0] == "SIGN_IN_CANCELLED"
        release.set()
        site.tasks.join(PATIENCE)

        assert site.problem()[0] == "SIGN_IN_CANCELLED"


def test_a47_cancelling_after_the_end_changes_nothing_more() -> None:
    with SignInSite() as site:
        site.start()
        site.listeners.browse(site.allow())
        site.end()

        site.desk.cancel("draft")

        assert site.progress().phase is SignInPhase.DONE
        site.desk.cancel("nobody knows this draft")


def test_a47_cancelling_in_the_moment_of_the_answer_gives_one_or_the_other() -> None:
    with SignInSite() as site:
        for number in range(60):
            draft = f"draft-{number}"
            site.start(draft, open_browser=False)
            address = site.allow(draft)
            both = threading.Barrier(2)

            def cancel(draft: str = draft, both: threading.Barrier = both) -> None:
                both.wait(PATIENCE)
                site.desk.cancel(draft)

            thread = threading.Thread(target=cancel)
            thread.start()
            both.wait(PATIENCE)
            try:
                page = site.listeners.visit(address).page
            except ConnectionRefusedError:
                page = Page.EXPIRED
            thread.join()
            adopted = len(site.adopted)
            progress = site.end(draft)
            if page is Page.EXPIRED:
                assert progress.phase is SignInPhase.FAILED
                assert len(site.adopted) == adopted
            elif progress.phase is SignInPhase.FAILED:
                assert progress.problem is not None
                assert progress.problem.code == "SIGN_IN_CANCELLED"
            else:
                assert progress.result == "three companies"


def test_a38_many_answers_at_once_lead_to_one_exchange() -> None:
    with SignInSite() as site:
        site.start()
        address = site.allow()
        listener = site.listeners.held()[8888]
        parts = urlsplit(address)
        pages: list[Page] = []
        everyone = threading.Barrier(16)

        def answer() -> None:
            everyone.wait(PATIENCE)
            request = IncomingRequest("GET", f"{parts.path}?{parts.query}", (parts.netloc,))
            pages.append(listener.answer(request).page)

        threads = [threading.Thread(target=answer) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert site.end().phase is SignInPhase.DONE
        assert site.tokens.posts == ["exchange"]
        assert sorted(pages) == [*[Page.ALREADY] * 15, Page.RECEIVED]


def test_a_pasted_address_is_as_good_as_a_visit_and_frees_the_port() -> None:
    with SignInSite() as site:
        site.start(open_browser=False)

        assert site.desk.paste("draft", f"  {site.allow()}\n") == ""

        assert site.end().phase is SignInPhase.DONE
        assert site.listeners.wait_until_free(8888)


def test_a_wrong_pasted_address_is_explained_and_the_wait_goes_on() -> None:
    with SignInSite() as site:
        site.start(open_browser=False)
        right = site.allow()

        assert "begins with http://localhost:8888/callback" in site.desk.paste("draft", "https://example.com")
        assert "another sign-in" in site.desk.paste("draft", right.replace("state=", "state=x"))
        assert site.progress().phase is SignInPhase.WAITING
        assert site.desk.paste("draft", right) == ""
        assert "already" in site.desk.paste("draft", right)
        site.end()


def test_pasting_after_the_end_or_for_nobody_says_that_it_is_over() -> None:
    with SignInSite() as site:
        site.start()
        right = site.allow()
        site.desk.cancel("draft")

        assert "over" in site.desk.paste("draft", right)
        assert "over" in site.desk.paste("nobody", right)


def test_a_pasted_denial_ends_the_sign_in() -> None:
    with SignInSite() as site:
        site.start(open_browser=False)

        assert site.desk.paste("draft", site.deny()) == ""

        assert site.problem()[0] == "SIGN_IN_DENIED"
        assert site.listeners.wait_until_free(8888)


def test_a_discarded_sign_in_is_forgotten_and_its_port_free() -> None:
    with SignInSite() as site:
        site.start()
        site.desk.discard("draft")

        assert site.desk.progress("draft") is None
        assert site.listeners.held() == {}
        site.desk.discard("draft")


def test_the_next_attempt_need_not_wait_for_a_last_page_that_nobody_fetches() -> None:
    with SignInSite() as site:
        for _ in range(3):
            site.start()
            assert site.listeners.visit(site.allow()).status == 303
            assert site.end().phase is SignInPhase.DONE
            assert 8888 in site.listeners.held(), "it lingers for the clean page"
            site.desk.discard("draft")
        for listener in site.listeners.held().values():
            listener.expire()


def test_a_draft_can_be_authorized_again_after_its_end() -> None:
    with SignInSite() as site:
        for _ in range(3):
            site.start(subject_id="entry")
            site.listeners.browse(site.allow())
            assert site.end().phase is SignInPhase.DONE
        assert len(site.adopted) == 3
