"""Time and the browser of the machine, for hosts that have nothing special to say about either."""

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's own time; satisfies ``hostspec.SecondsClock``.

    Args:
        ahead: How far the wall clock is to be ahead, for demonstrations of what time does.
    """

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self._ahead = ahead
        if type(self) is SystemClock and not ahead:
            # The machine's functions themselves: with every request both are asked whether a token is good.
            vars(self).update(monotonic=time.monotonic, now_seconds=time.time)

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC) + self._ahead

    def now_seconds(self) -> float:
        """The wall clock, in seconds since 1970, UTC."""
        return self.now().timestamp()

    def monotonic(self) -> float:
        """Seconds that only go forward."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Let that many seconds pass."""
        time.sleep(seconds)


class SystemBrowser:
    """The default browser, as the standard library finds it; satisfies ``hostspec.Browser``.

    The variable BROWSER is honored.
    """

    def open(self, address: str) -> bool:
        """Show an address; may block for as long as a text browser runs."""
        # Most programs that know a browser never open one.
        import webbrowser

        return webbrowser.open(address)
