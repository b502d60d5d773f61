"""The callback in a real Chromium: what it does by itself disturbs nothing, and the last page gives nothing away."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from playwright.sync_api import BrowserContext, BrowserType, Error, Page, Request, expect

from sample_host.xero_simulator.faults import EditCallback
from sample_host.xero_simulator.server import SimulatorServer
from tests.plugin.loopback_client import visit
from tests.plugin.sign_in_office import Moment, Office
from tests.plugin.small_server import Said, SmallServer
from xero_connections_plugin.gateways.sign_in.callback_server import ListenerLimits
from xero_connections_plugin.oauth.sign_in import SignInPhase

pytestmark = pytest.mark.browser

SCRIPT = "</title></p><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"


@pytest.fixture(scope="module")
def xero() -> Iterator[SimulatorServer]:
    with SimulatorServer() as running:
        yield running


@pytest.fixture
def office(xero: SimulatorServer) -> Iterator[Office]:
    xero.control.reset()
    with Office(xero, limits=ListenerLimits(linger_seconds=20)) as made:
        made.authorize()
        yield made


@pytest.fixture
def asked(page: Page) -> list[str]:
    """Every address that the page asks for, as long as it shows it."""
    found: list[str] = []

    def note(request: Request) -> None:
        found.append(re.sub(r"\?.*", "?…", request.url))

    page.on("request", note)
    return found


def answer(page: Page, office: Office, button: str = "Allow access") -> None:
    """Click through Xero's question."""
    page.goto(office.progress().address)
    page.get_by_role("button", name=button).click()


def received(page: Page) -> None:
    expect(page.get_by_role("heading", name="Access received")).to_be_visible()
    expect(page.get_by_text("Access was received for Bakery app. The result is shown in Capture")).to_be_visible()


def is_of_ours(page: Page, office: Office) -> bool:
    """Whether nothing of the page was replaced, run or loaded by what came with the address."""
    nothing_inside = page.locator("script, img, link, a, iframe, form, svg, [onerror], [onload]").count() == 0
    return nothing_inside and "taken" not in page.title()


def test_the_code_leaves_the_address_bar_and_the_history(page: Page, office: Office, asked: list[str]) -> None:
    answer(page, office)
    received(page)

    assert page.url == f"http://localhost:{office.port}/callback/done"
    assert asked[-2:] == [f"http://localhost:{office.port}/callback?…", f"http://localhost:{office.port}/callback/done"]
    assert office.end().phase is SignInPhase.DONE
    page.go_back()
    assert "code=" not in page.url
    assert "state=" not in page.url or page.url.startswith(office.xero.origin), "only Xero's own page is there"
    office.has_tokens_once()


def test_the_last_page_runs_no_script_loads_nothing_and_is_styled(page: Page, office: Office, asked: list[str]) -> None:
    answer(page, office)
    received(page)
    assert asked[-1].endswith("/callback/done")
    assert is_of_ours(page, office)
    with pytest.raises(Error, match="Content Security Policy"):
        page.add_script_tag(content="document.title = 'taken'")
    assert page.title() == "Access received"
    assert page.locator("main").evaluate("main => getComputedStyle(main).borderTopLeftRadius") == "12px"
    with page.expect_event("requestfailed") as failed:
        page.evaluate("() => { new Image().src = '/probe.png'; }")
    assert failed.value.failure == "csp", "not even a script of its own could load anything"


def test_no_page_of_the_callback_can_be_framed(page: Page, office: Office) -> None:
    refusals: list[str] = []
    page.on("console", lambda line: refusals.append(line.text))
    inside = f'<iframe src="http://localhost:{office.port}/callback"></iframe>'
    with another_site(inside) as site:
        page.goto(site.origin)
        expect(page.frame_locator("iframe").locator("body")).not_to_contain_text("Nothing to see here")

    assert [frame.url for frame in page.frames[1:]] == ["chrome-error://chromewebdata/"]
    assert any("frame-ancestors 'none'" in text for text in refusals)
    office.succeeds()


@pytest.mark.exempt(I7="what the sign-in page said is quoted, as plain text")
def test_a10_nothing_of_a_hostile_error_runs_in_the_browser(page: Page, office: Office, asked: list[str]) -> None:
    complaints: list[str] = []
    page.on("dialog", lambda box: complaints.append(box.message))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text))
    hostile = SCRIPT + "x" * 10_000
    office.xero.control.set_fault(
        EditCallback(
            set={"error": hostile, "error_description": hostile, "error_uri": "javascript:alert(1)"}, remove=["code"]
        )
    )

    answer(page, office)

    expect(page.get_by_role("heading", name="The sign-in did not succeed")).to_be_visible()
    assert page.url == f"http://localhost:{office.port}/callback/failed"
    assert is_of_ours(page, office)
    assert complaints == []
    assert not any(address.endswith("/x") for address in asked)
    assert office.problem()[0] == "APP_CONFIG"


def test_a10_nothing_of_a_hostile_address_runs_on_the_neutral_page(page: Page, office: Office) -> None:
    page.goto(f"http://localhost:{office.port}/callback?error={quote(SCRIPT)}&state={quote(SCRIPT)}")

    expect(page.get_by_role("heading", name="Nothing to see here")).to_be_visible()
    assert is_of_ours(page, office)
    office.succeeds()


def another_site(body: str) -> SmallServer:
    """A page of somebody else's; on this machine too, since browsers keep pages from outside away from loopback."""
    return SmallServer(Said(body=body.encode(), headers={"Content-Type": "text/html"}))


def preconnections(office: Office) -> int:
    """How many connections the browser keeps open to the port."""
    return sum(
        one.status == psutil.CONN_ESTABLISHED and one.laddr.port == office.port
        for one in psutil.Process().net_connections("tcp")
    )


@pytest.fixture
def everyday_page(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Page]:
    """A page in a browser with a profile: only there Chromium connects before it is asked to."""
    with TemporaryDirectory() as profile:
        context = browser_type.launch_persistent_context(profile, **browser_type_launch_args)
        yield context.new_page()
        context.close()


def test_a18_the_preconnections_that_chromium_makes_by_itself_hold_nothing_up(
    everyday_page: Page, office: Office
) -> None:
    page = everyday_page
    links = "".join(
        f'<link rel="preconnect" href="http://localhost:{office.port}" {cross}>' for cross in ("", "crossorigin")
    )
    with another_site(links) as site:
        page.goto(site.origin)
        for _ in range(200):
            if preconnections(office) >= 2:
                break
            page.wait_for_timeout(50)
        assert preconnections(office) >= 2, "Chromium has opened silent connections"

    answer(page, office)

    received(page)
    assert office.end().phase is SignInPhase.DONE
    office.has_tokens_once()


def test_a18_a_prefetch_of_the_address_by_a_page_consumes_nothing(everyday_page: Page, office: Office) -> None:
    page = everyday_page
    links = f'<link rel="prefetch" href="http://localhost:{office.port}/callback?code=a&state=b">'
    came = threading.Event()
    office.on_moment = lambda moment: came.set() if moment is Moment.ANSWER_COMING_IN else None
    with another_site(links) as site:
        page.goto(site.origin)
        assert came.wait(10), "Chromium has fetched the address before anybody asked for it"
    assert office.progress().phase is SignInPhase.WAITING
    answer(page, office)
    received(page)


@pytest.mark.parametrize("path", ["favicon.ico", "robots.txt", "apple-touch-icon.png"])
def test_a21_what_browsers_look_for_is_not_there_and_disturbs_nothing(page: Page, office: Office, path: str) -> None:
    response = page.goto(f"http://localhost:{office.port}/{path}")

    assert response is not None
    assert response.status == 404
    assert office.progress().phase is SignInPhase.WAITING
    answer(page, office)
    received(page)
    office.end()
    office.has_tokens_once()


def test_a37_the_browser_may_be_back_before_the_call_that_opened_it_returns(page: Page, xero: SimulatorServer) -> None:
    xero.control.reset()
    with Office(xero) as office:
        office.browser.on_open = office.allow
        office.authorize()
        assert office.end().phase is SignInPhase.DONE
        office.tasks.join()
        page.goto(office.progress().address)
        page.get_by_role("button", name="Allow access").click()
        page.wait_for_url(re.compile(r"^chrome-error:|/callback"))
        office.has_tokens_once()


def test_a38_a_double_tab_and_reloads_get_the_friendly_page_and_no_second_exchange(
    context: BrowserContext, office: Office
) -> None:
    right = office.consent()
    assert visit(office.port, right).status == 303
    assert office.end().phase is SignInPhase.DONE

    for _ in range(2):
        tab = context.new_page()
        tab.goto(f"http://localhost:{office.port}{right}")
        for _ in range(2):
            expect(tab.get_by_role("heading", name="Already done")).to_be_visible()
            expect(tab.get_by_text("The result is shown in Capture")).to_be_visible()
            tab.reload()
        tab.close()
    last = context.new_page()
    last.goto(f"http://localhost:{office.port}/callback/done")

    received(last)
    office.has_tokens_once()


def test_a38_a_reload_of_the_last_page_finds_nobody_and_trades_nothing(page: Page, office: Office) -> None:
    answer(page, office)
    received(page)
    office.end()
    office.port_is_free()
    with pytest.raises(Error, match="ERR_CONNECTION_REFUSED"):
        page.reload()
    office.has_tokens_once()


def test_a43_a_closed_tab_is_waited_for_up_to_the_limit(page: Page, office: Office) -> None:
    page.goto(office.progress().address)
    page.close()
    office.clock.advance(90.0)
    assert office.progress().phase is SignInPhase.WAITING
    office.clock.advance(0.1)

    code, text = office.problem()

    assert code == "SIGN_IN_TIMEOUT"
    assert "try again" in text


def test_a44_whoever_allows_access_too_late_reads_so(page: Page, office: Office) -> None:
    page.goto(office.progress().address)
    office.clock.advance(90.1)
    assert office.problem()[0] == "SIGN_IN_TIMEOUT"

    page.get_by_role("button", name="Allow access").click()

    expect(page.get_by_role("heading", name="This sign-in is over")).to_be_visible()
    expect(page.get_by_text("Go back to Capture to start it again")).to_be_visible()
    assert page.url == f"http://localhost:{office.port}/callback/expired"
    assert (office.token_requests, len(office.kept)) == (0, 0)


def test_a8_a_denial_has_its_own_last_page(page: Page, office: Office) -> None:
    answer(page, office, "Cancel")

    expect(page.get_by_role("heading", name="Access was not allowed")).to_be_visible()
    assert "error=" not in page.url
    assert office.problem()[0] == "SIGN_IN_DENIED"
