"""What a real browser makes of the page at the end of a sign-in."""

import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pydantic import SecretStr

from tests.free_ports import free_port
from xero_connections_plugin.gateways.sign_in.callback_server import LoopbackListener, LoopbackListeners
from xero_connections_plugin.oauth.authorization import Attempt
from xero_connections_plugin.oauth.callback_verdict import IncomingRequest, Taken, Verdict, judge

pytestmark = pytest.mark.browser

HOSTILE = "</p><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"


class Waiting:
    """A sign-in that waits for this browser."""

    def __init__(self, app_label: str) -> None:
        self.port = free_port()
        self._taken: Taken | None = None
        self._attempt = Attempt(f"http://localhost:{self.port}/callback", SecretStr("the-state"), "https://issuer")
        self.listener: LoopbackListener = LoopbackListeners(time.monotonic).open(
            self.port, answer=self._answer, app_label=app_label, host_name="Capture"
        )

    def address(self, query: str) -> str:
        return f"http://localhost:{self.port}/callback?{query}"

    def _answer(self, request: IncomingRequest) -> Verdict:
        verdict = judge(self._attempt, request, self._taken)
        if verdict.outcome is not None:
            self._taken = Taken(SecretStr(request.target), verdict.page)
        return verdict


@pytest.fixture
def waiting(request: pytest.FixtureRequest) -> Iterator[Waiting]:
    made = Waiting(getattr(request, "param", "Bakery app"))
    yield made
    made.listener.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_last_page_is_calm_accessible_and_keeps_no_code_in_the_address(
    page: Page, waiting: Waiting, scheme: str
) -> None:
    noises: list[str] = []
    page.on("console", lambda message: noises.append(message.text))
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")

    page.goto(waiting.address("code=c&state=the-state"))

    assert page.url == f"http://localhost:{waiting.port}/callback/done"
    expect(page.get_by_role("heading", name="Access received")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Access was received for Bakery app.")
    assert page.evaluate("getComputedStyle(document.querySelector('main')).borderRadius") != "0px", "the style applies"
    # axe runs inside the page, past its policy, as the developer tools do.
    assert Axe().run(page).response["violations"] == []
    assert noises == []


@pytest.mark.parametrize("waiting", [HOSTILE], indirect=True)
@pytest.mark.parametrize("query", ["code=c&state=the-state", f"state=the-state&error={quote(HOSTILE)}"])
def test_no_script_runs_whatever_names_and_errors_hold(page: Page, waiting: Waiting, query: str) -> None:
    page.goto(waiting.address(query))

    assert page.title() != "taken"
    assert page.locator("script, img, a, link").count() == 0
