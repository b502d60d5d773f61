"""Time and the browser of the machine, for hosts that have nothing special to say about either."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import final


@final
class SystemClock:
    """The machine's own time; satisfies ``hostspec.SecondsClock``.

    Args:
        ahead: How far the wall clock is to be ahead, for demonstrations of what time does.
    """

    monotonic: Callable[[], float]
    """Seconds that only go forward."""
    now_seconds: Callable[[], float]
    """The wall clock, in seconds since 1970, UTC."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self._ahead = ahead
        # The machine's functions themselves: with every request both are asked whether a token is good.
        self.monotonic, self.now_seconds = time.monotonic, time.time if not ahead else self._seconds_ahead

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC) + self._ahead

    def wait(self, seconds: float) -> None:
        """Let that many seconds pass."""
        time.sleep(seconds)

    def _seconds_ahead(self) -> float:
        return self.now().timestamp()


class SystemBrowser:
    """The default browser, as the standard library finds it; satisfies ``hostspec.Browser``.

    The variable BROWSER is honored.
    """

    def open(self, address: str) -> bool:
        """Show an address; may block for as long as a text browser runs."""
        # Most programs that know a browser never open one.
        import webbrowser

        return webbrowser.open(address)
