"""Who looks at the host: browser sessions and their windows, kept in memory only.

There is no password: whoever sits at this machine may use the host, and chooses between its two people. What keeps
other websites out is in ``guard``.
"""

import hmac
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from hostspec.ui import Origin
from sample_host.users import HostUser
from sample_host.web.window_stack import Stack

MOST_SESSIONS: Final = 200
MOST_WINDOWS: Final = 50


@dataclass(frozen=True)
class StepPlace:
    """A step of a profile."""

    profile_id: str
    step_id: str


@dataclass
class Window:
    """A browser window (or tab of a browser) and what lies open in it."""

    window_id: str
    guard: threading.Lock = field(default_factory=threading.Lock, repr=False)
    stack: Stack = field(default_factory=Stack)
    revision: int = 0
    """Counts changes, so that an answer that was overtaken is not drawn."""
    awaiting: StepPlace | None = None
    """The step that "New…" was pressed for."""
    page: str = ""
    """The address of the page that the layers lie on."""


@dataclass
class BrowserSession:
    """One browser."""

    session_id: str = field(repr=False)
    csrf_token: str = field(repr=False)
    user: HostUser = HostUser.ADMINISTRATOR
    windows: OrderedDict[str, Window] = field(default_factory=OrderedDict)

    def fits(self, token: str) -> bool:
        """Whether a token is this session's, in constant time."""
        return hmac.compare_digest(self.csrf_token.encode(), token.encode())

    def origin(self, window_id: str) -> Origin:
        """Who acts and where. The host answers on loopback only, so the person sits at this machine."""
        return Origin(
            user_id=self.user.user_id,
            user_name=self.user.label,
            # Windows choose their ids, so the session's own beginning keeps those of two browsers apart.
            window_id=f"{self.csrf_token[:8]}-{window_id}",
            is_local=True,
        )


class BrowserSessions:
    """The sessions; any thread may call.

    Args:
        new_token: Makes an unguessable text.
    """

    def __init__(self, new_token: Callable[[], str]) -> None:
        self._new_token = new_token
        self._guard = threading.Lock()
        self._sessions: OrderedDict[str, BrowserSession] = OrderedDict()

    def find(self, session_id: str) -> BrowserSession | None:
        """The session of a cookie."""
        with self._guard:
            session = self._sessions.get(session_id)
            if session is not None:
                self._sessions.move_to_end(session_id)
            return session

    def begin(self, user: HostUser = HostUser.ADMINISTRATOR) -> BrowserSession:
        """A new session; the one that was not used for longest goes when there are too many."""
        session = BrowserSession(self._new_token(), self._new_token(), user)
        with self._guard:
            self._sessions[session.session_id] = session
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return session

    def replace(self, old: BrowserSession, user: HostUser) -> BrowserSession:
        """A session for another person: nothing that the old one's pages hold is good for it."""
        with self._guard:
            self._sessions.pop(old.session_id, None)
        return self.begin(user)

    def window(self, session: BrowserSession, window_id: str) -> Window:
        """The window of that id, made when it is new."""
        with self._guard:
            window = session.windows.get(window_id)
            if window is None:
                window = session.windows[window_id] = Window(window_id)
            session.windows.move_to_end(window_id)
            while len(session.windows) > MOST_WINDOWS:
                session.windows.popitem(last=False)
            return window
