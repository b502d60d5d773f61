"""What every desk for sign-ins under test has around it: tasks, a browser, news, and the wait for an end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Self

from hostspec.testing import FakeBrowser, FakeTasks
from hostspec.testing.fakes import Log
from xero_connections_plugin.oauth.sign_in import SignInPhase

if TYPE_CHECKING:
    from types import TracebackType

    from xero_connections_plugin.oauth.sign_in import SignInDesk, SignInProgress


class SignInRoom(ABC):
    """Opened and closed with ``with``; closing fails when a port is still held, or a task raised or goes on."""

    patience: ClassVar[float] = 10.0
    """Seconds."""
    desk: SignInDesk[str]

    def __init__(self, browser: FakeBrowser | None = None) -> None:
        self.tasks = FakeTasks()
        self.browser = browser or FakeBrowser()
        self.news: Log[str] = Log()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.browser.release()
        self.desk.shutdown()
        self.tasks.join(self.patience)
        if error is None:
            assert not self.held_ports()
            assert self.tasks.failures == []

    @abstractmethod
    def held_ports(self) -> list[int]:
        """The ports on which somebody still listens."""

    def progress(self, draft_id: str = "draft") -> SignInProgress[str]:
        """How the sign-in stands."""
        found = self.desk.progress(draft_id)
        assert found is not None
        return found

    def end(self, draft_id: str = "draft") -> SignInProgress[str]:
        """Wait for the end, and for whoever was to be told of it."""
        while True:
            told = len(self.news)
            progress = self.progress(draft_id)
            if progress.phase in {SignInPhase.DONE, SignInPhase.FAILED}:
                return progress
            assert self.news.wait_beyond(told, self.patience), f"nothing was heard of {draft_id}"

    def problem(self, draft_id: str = "draft") -> tuple[str, str]:
        """Wait for the failure; answers code and text."""
        progress = self.end(draft_id)
        assert progress.phase is SignInPhase.FAILED
        assert progress.problem is not None
        assert progress.result is None
        return progress.problem.code, str(progress.problem)
