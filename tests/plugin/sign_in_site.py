"""A desk for sign-ins with everything around it in memory, and a person with a browser."""

from collections.abc import Callable
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import SecretStr

from hostspec.services import Browser
from hostspec.testing import FakeClock
from hostspec.testing.fakes import Log
from tests.plugin.fake_listeners import FakeListeners
from tests.plugin.fake_token_endpoint import FakeTokenEndpoint
from tests.plugin.sign_in_room import SignInRoom
from xero_connections_plugin.oauth.grant import TokenAnswer
from xero_connections_plugin.oauth.id_token import IdTokenClaims
from xero_connections_plugin.oauth.sign_in import (
    SignInDesk,
    SignInRequest,
    SignInSurroundings,
)

CLIENT_ID = "0123456789ABCDEF0123456789ABCDEF"
ISSUER = "https://identity.example"
PATIENCE = 10.0


class FakeSignatures:
    """Satisfies ``SignatureCheck``: every token carries these claims."""

    def __init__(self) -> None:
        self.claims: Callable[[], dict[str, object]] = dict
        self.seen: list[str] = []

    def verified_claims(self, id_token: SecretStr) -> dict[str, object]:
        self.seen.append(id_token.get_secret_value())
        return self.claims()


class SignInSite(SignInRoom):
    """The desk and its surroundings; leaving it fails when a task raised or goes on."""

    def __init__(self, browser: Browser | None = None, *, auto_advance: bool = False, owner: str = "Ada") -> None:
        super().__init__()
        self.clock = FakeClock(auto_advance=auto_advance)
        self.listeners = FakeListeners()
        self.tokens = FakeTokenEndpoint(self.clock.now, (CLIENT_ID,))
        self.signatures = FakeSignatures()
        self.adopted: Log[tuple[TokenAnswer, IdTokenClaims | None]] = Log()
        self.adopt: Callable[[TokenAnswer, IdTokenClaims | None], str] = lambda answer, claims: "three companies"
        self.changed: Callable[[], None] = lambda: None
        self.preflight: Callable[[SignInRequest], None] = lambda request: None
        self._drawn = 0
        self.desk = SignInDesk(
            SignInSurroundings(
                tokens=self.tokens,
                signatures=self.signatures,
                listeners=self.listeners,
                browser=browser or self.browser,
                clock=self.clock,
                tasks=self.tasks,
                random_bytes=self._draw,
                issuer=ISSUER,
                host_name="Capture",
                preflight=lambda request: self.preflight(request),
            )
        )

    def held_ports(self) -> list[int]:
        return list(self.listeners.held())

    def start(
        self,
        draft_id: str = "draft",
        *,
        owner: str = "Ada",
        subject_id: str | None = None,
        ports: tuple[int, ...] = (8888,),
        scopes: tuple[str, ...] = ("offline_access",),
        open_browser: bool = True,
        application_url: str = "http://localhost",
    ) -> None:
        """Authorize."""

        def adopt(answer: TokenAnswer, claims: IdTokenClaims | None) -> str:
            self.adopted.add((answer, claims))
            return self.adopt(answer, claims)

        def changed() -> None:
            self.news.add(draft_id)
            self.changed()

        request = SignInRequest(
            draft_id=draft_id,
            owner=owner,
            subject_id=subject_id,
            app_label="Bakery app",
            client_id=CLIENT_ID,
            application_url=application_url,
            ports=ports,
            scopes=scopes,
            authorize_url="https://login.example/authorize",
            open_browser=open_browser,
        )
        self.desk.start(request, adopt=adopt, changed=changed)

    def asked(self, draft_id: str = "draft") -> dict[str, str]:
        """The parameters of the address that the browser opens."""
        query = parse_qs(urlsplit(self.progress(draft_id).address).query)
        assert all(len(values) == 1 for values in query.values())
        return {name: values[0] for name, values in query.items()}

    def allow(self, draft_id: str = "draft") -> str:
        """Allow access; answers where the browser is sent."""
        asked = self.asked(draft_id)
        code = self.tokens.issue_code(
            client_id=asked["client_id"], redirect_uri=asked["redirect_uri"], challenge=asked["code_challenge"]
        )
        return f"{asked['redirect_uri']}?code={code}&state={quote(asked['state'])}"

    def deny(self, draft_id: str = "draft", error: str = "access_denied") -> str:
        asked = self.asked(draft_id)
        return f"{asked['redirect_uri']}?error={quote(error)}&state={quote(asked['state'])}"

    def _draw(self, count: int) -> bytes:
        self._drawn += 1
        return self._drawn.to_bytes(count, "big")
