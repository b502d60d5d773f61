"""A person at the consent page, without a browser: reads the page, chooses, presses a button."""

from __future__ import annotations

from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

_TIMEOUT_SECONDS = 30.0


class ConsentRefused(Exception):
    """Xero showed a page that does not come back to the callback; the message is what the page says."""


class _ConsentPage(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.consent_id = ""
        self.problem: list[str] = []
        self.users: dict[str, list[str]] = {}
        self.organisations: dict[str, dict[str, list[str]]] = {}
        self._inside_problem = 0
        self._select = ""
        self._group = ""
        self._names: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if self._inside_problem or values.get("role") == "alert":
            self._inside_problem += 1
        if tag == "form":
            self.action = values.get("action", "")
        elif tag == "input" and values.get("name") == "consent":
            self.consent_id = values.get("value", "")
        elif tag == "select":
            self._select = values.get("name", "")
        elif tag == "optgroup":
            self._group = values.get("data-user", "")
        elif tag == "option":
            self._names = [values.get("value", ""), values.get("data-key", ""), values.get("data-name", "")]
            where = self.users if self._select == "user" else self.organisations.setdefault(self._group, {})
            where[values.get("value", "")] = self._names

    def handle_endtag(self, tag: str) -> None:
        if self._inside_problem:
            self._inside_problem -= 1
        if tag == "option":
            self._names = None

    def handle_data(self, data: str) -> None:
        if self._names is not None:
            self._names.append(data.strip())
        elif self._inside_problem and data.strip():
            self.problem.append(data.strip())


def answer_consent(authorize_url: str, *, user: str | None, organisation: str | None, allow: bool) -> str:
    """Open an authorization request and answer its page; answers where the browser is sent.

    Raises:
        ConsentRefused: an error page, or a choice that the page does not offer.
    """
    parts = urlsplit(authorize_url)
    if parts.scheme != "http" or parts.hostname is None:
        raise ConsentRefused("The address is not one of the simulator.")
    connection = HTTPConnection(parts.hostname, parts.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", f"{parts.path}?{parts.query}")
        response = connection.getresponse()
        shown = _read(response.read())
        if location := response.getheader("location"):
            return location
        if not shown.consent_id:
            raise ConsentRefused(" ".join(shown.problem) or f"HTTP {response.status}")
        fields = {"consent": shown.consent_id, "answer": "allow" if allow else "cancel"}
        if allow:
            user_id = _chosen(shown.users, user or "")
            offered = {value: names for value, names in shown.organisations.get(user_id, {}).items() if value}
            first = next(iter(offered), "")
            fields |= {"user": user_id, "organisation": _chosen(offered, organisation) if organisation else first}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"{parts.scheme}://{parts.netloc}",
        }
        connection.request("POST", shown.action, urlencode(fields), headers)
        response = connection.getresponse()
        shown = _read(response.read())
    finally:
        connection.close()
    if location := response.getheader("location"):
        return location
    raise ConsentRefused(" ".join(shown.problem) or f"HTTP {response.status}")


def _read(content: bytes) -> _ConsentPage:
    shown = _ConsentPage()
    shown.feed(content.decode(errors="replace"))
    shown.close()
    return shown


def _chosen(options: dict[str, list[str]], wanted: str) -> str:
    for value, names in options.items():
        if wanted in names:
            return value
    raise ConsentRefused(f"The page does not offer {wanted!r}.")
