import json
import urllib.error
import urllib.request
from types import TracebackType
from typing import Self

from hostspec import ConnectionRef, ProviderUnavailable, SignInNeeded

SECONDS = 10.0


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """The key is for one address only: nobody may send it on to another."""

    def redirect_request(self, *_: object) -> None:
        return None


class WebhookSession:
    """Sends documents; steps of a host get it from ``hooks.open_session``."""

    def __init__(self, connection: ConnectionRef, address: str, key: str) -> None:
        self._connection = connection
        self._address = address
        self._key = key

    @property
    def connection(self) -> ConnectionRef:
        return self._connection

    def send(self, document: dict[str, str]) -> None:
        """Hand one document over.

        Raises:
            SignInNeeded: The other side refuses the key.
            ProviderUnavailable: It cannot be reached, or could not take the document.
        """
        body = json.dumps(document).encode()
        headers = {"Content-Type": "application/json", "X-Key": self._key}
        try:
            request = urllib.request.Request(self._address, data=body, headers=headers)
            with urllib.request.build_opener(NoRedirects).open(request, timeout=SECONDS):
                return
        except urllib.error.HTTPError as problem:
            with problem:
                refused = problem.code in (401, 403)
        except OSError:
            refused = False
        if refused:
            raise SignInNeeded("The other side refuses the key. Type it again in the Connections tab.")
        raise ProviderUnavailable("The document was not taken. It waits here; try again later.")

    def close(self) -> None:
        self._key = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
