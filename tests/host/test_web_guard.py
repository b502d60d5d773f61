"""Other websites cannot use the host through its person's browser."""

import ipaddress
import re
import socket
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from sample_host.app import SampleHost
from sample_host.loopback_server import listen
from sample_host.web.guard import BODY_LIMIT
from sample_host.web.web_app import make_web_app
from tests.host.everything_plugin import EverythingPlugin
from tests.host.page_client import ORIGIN, PORT, PageClient, client_of
from tests.host.running_host import running_host
from tests.own_addresses import own_addresses

GETS = (
    "/",
    "/profiles",
    "/profiles/body",
    "/profiles/supplier-invoices",
    "/profiles/supplier-invoices/body",
    "/profiles/supplier-invoices/steps/xero/run",
    "/profiles/supplier-invoices/steps/xero/choices",
    "/tabs/everything",
    "/tabs/everything/body",
    "/tabs/nothing",
    "/news",
    "/notices",
    "/notices/body",
    "/subjects/connection/c-1",
    "/usages",
    "/usages/body",
    "/usages.csv",
    "/static/host.js",
    "/no/such/page",
)
POSTS = (
    "/act",
    "/window",
    "/user",
    "/notices/put-away",
    "/profiles/supplier-invoices/steps/xero/settings",
    "/profiles/supplier-invoices/steps/store/location",
    "/profiles/supplier-invoices/steps/xero/new",
    "/profiles/supplier-invoices/steps/xero/contacts",
    "/profiles/supplier-invoices/steps/xero/migrate",
    "/profiles/supplier-invoices/steps/xero/queue",
    "/queue",
)
ACT = {"layer": None, "tab": "everything", "action": "form", "row": None}


def test_f1_the_host_listens_on_loopback_only() -> None:
    sockets = listen(0)
    try:
        addresses = [one.getsockname()[0] for one in sockets]
        assert addresses
        assert all(ipaddress.ip_address(address).is_loopback for address in addresses)
        assert len({one.getsockname()[1] for one in sockets}) == 1
    finally:
        for one in sockets:
            one.close()


@pytest.mark.parametrize("path", GETS + POSTS)
@pytest.mark.parametrize(
    "name", ["evil.example", f"evil.example:{PORT}", "localhost", "localhost:9", "127.0.0.1.evil.example:8000", ""]
)
def test_f3_a_request_for_another_name_is_refused_on_every_route(
    host: SampleHost, everything: EverythingPlugin, path: str, name: str
) -> None:
    client = client_of(host)
    method = "POST" if path in POSTS else "GET"
    response = client.request(method, path, headers={"Host": name, "Origin": ORIGIN})
    assert response.status_code == 421
    assert "set-cookie" not in response.headers
    assert everything.tab.acts == []


def test_f1_no_other_address_of_this_machine_reaches_the_host(tmp_path: Path) -> None:
    with running_host(tmp_path) as running:
        port = int(running.address.rpartition(":")[2])
        for address in ("127.0.0.1", *own_addresses()):
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            with socket.socket(family) as visitor:
                visitor.settimeout(5)
                reached = visitor.connect_ex((address, port)) == 0
                assert reached is (address == "127.0.0.1"), address
                if reached:
                    # Heard out, so that the server ends with no visitor half let in.
                    visitor.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    assert b"".join(iter(lambda: visitor.recv(4096), b"")).startswith(b"HTTP/1.1 ")


def test_f3_every_route_of_the_host_is_tried_here(host: SampleHost) -> None:
    app = vars(make_web_app(host, PORT))["_app"]
    assert isinstance(app, Starlette)
    patterns = {
        (method, route.path_regex)
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD"}
    }
    tried = [("POST", path) for path in POSTS] + [("GET", path) for path in GETS]
    untried = [pattern for wanted, pattern in patterns if not any(wanted == m and pattern.match(p) for m, p in tried)]
    assert untried == []


def test_f3_a_name_that_is_bound_to_this_machine_after_the_page_was_opened_gets_nothing(
    client: PageClient, everything: EverythingPlugin
) -> None:
    client.open("/tabs/everything")
    # The browser believes that evil.example moved here, and has the session's cookie and token.
    evil = {"Host": f"evil.example:{PORT}", "Origin": f"http://evil.example:{PORT}"}
    cookie = "; ".join(f"{name}={value}" for name, value in client.http.cookies.items())
    for method, path in (("GET", "/tabs/everything"), ("POST", "/act"), ("GET", "/news"), ("OPTIONS", "/act")):
        headers = {**client.headers(evil), "Cookie": cookie, "Content-Type": "application/json"}
        answer = client.http.request(method, path, content=b"{}", headers=headers)
        assert answer.status_code == 421
        assert "set-cookie" not in answer.headers
        assert client.token not in answer.text
    assert everything.tab.acts == []


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_the_host_answers_under_each_loopback_name(host: SampleHost, name: str) -> None:
    client = client_of(host, f"http://{name}:{PORT}")
    assert client.get("/profiles").status_code == 200


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", f"https://localhost:{PORT}", "http://localhost:8900", f"{ORIGIN}/"]
)
def test_f4_a_post_from_another_origin_is_refused(
    client: PageClient, everything: EverythingPlugin, path: str, origin: str | None
) -> None:
    client.open("/tabs/everything")
    response = client.http.post(path, json=ACT, headers=client.headers({"Origin": origin}))
    assert response.status_code == 403
    assert everything.tab.acts == []


@pytest.mark.parametrize("referer", ["http://evil.example/page", f"{ORIGIN}/tabs/everything", "null", ""])
def test_f4_a_referer_does_not_stand_in_for_the_origin(
    client: PageClient, everything: EverythingPlugin, referer: str
) -> None:
    client.open("/tabs/everything")
    headers = client.headers({"Origin": None, "Referer": referer})
    assert client.http.post("/act", json=ACT, headers=headers).status_code == 403
    assert everything.tab.acts == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_f5_a_form_or_text_post_is_refused(client: PageClient, everything: EverythingPlugin, kind: str) -> None:
    client.open("/tabs/everything")
    body = b'{"layer": null, "tab": "everything", "action": "form"}'
    response = client.http.post("/act", content=body, headers=client.headers({"Content-Type": kind}))
    assert response.status_code == 403
    assert everything.tab.acts == []


@pytest.mark.parametrize("path", POSTS)
def test_f5_get_changes_nothing(client: PageClient, host: SampleHost, everything: EverythingPlugin, path: str) -> None:
    before = host.profiles.all()
    client.open("/tabs/everything")
    assert client.http.get(path).status_code in (404, 405)
    assert host.profiles.all() == before
    assert everything.tab.acts == []


def test_f6_a_post_without_the_sessions_own_token_is_refused(client: PageClient, everything: EverythingPlugin) -> None:
    client.open("/tabs/everything")
    other = client.beside()
    other.open("/tabs/everything")
    for token in (None, "", "x", other.token, client.token[:-1]):
        response = client.http.post("/act", json=ACT, headers=client.headers({"X-CSRF-Token": token}))
        assert response.status_code == 403
    response = client.http.post(
        f"/act?csrf-token={client.token}", json=ACT, headers=client.headers({"X-CSRF-Token": None})
    )
    assert response.status_code == 403
    assert everything.tab.acts == []
    assert client.http.post("/act", json=ACT, headers=client.headers()).status_code == 200


def test_f6_tokens_of_the_person_before_are_good_for_nothing(client: PageClient) -> None:
    client.open("/tabs/everything")
    old = client.headers({"Cookie": "; ".join(f"{name}={value}" for name, value in client.http.cookies.items())})
    stale = client.beside().http
    assert stale.post("/act", json=ACT, headers=old).status_code == 200
    assert client.post("/user", {"user": "operator"}) == {"reload": True}
    assert stale.post("/act", json=ACT, headers=old).status_code == 403
    old_token = old["X-CSRF-Token"]
    assert client.http.post("/act", json=ACT, headers=client.headers({"X-CSRF-Token": old_token})).status_code == 403
    client.open("/tabs/everything")
    assert client.token != old_token
    assert client.http.post("/act", json=ACT, headers=client.headers()).status_code == 200


@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize("name", ["next", "return", "url", "redirect"])
@pytest.mark.parametrize("place", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_f10_no_parameter_leads_elsewhere(client: PageClient, path: str, name: str, place: str) -> None:
    response = client.http.get(path, params={name: place})
    assert response.headers.get("location", "/profiles") == "/profiles"
    assert "evil.example" not in response.text


@pytest.mark.parametrize("path", [*GETS, *POSTS])
def test_f13_every_answer_carries_the_headers(client: PageClient, path: str) -> None:
    for response in (client.http.get(path), client.http.post(path), client.http.get(path, headers={"Host": "evil"})):
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert not [name for name in response.headers if name.startswith("access-control-")]
        if not path.startswith("/static/"):
            assert response.headers["cache-control"] == "no-store"


def test_f13_pages_hold_no_inline_script_or_style(client: PageClient) -> None:
    for path in ("/profiles", "/profiles/two-companies", "/tabs/everything", "/tabs/storage", "/no/such/page"):
        html = client.open(path)
        assert not re.search(r"<script(?![^>]*\ssrc=)", html)
        assert "<style" not in html
        assert not re.search(r'\s(style|on\w+)="', html)


def test_f14_the_cookie_is_out_of_reach_and_its_name_carries_the_port(client: PageClient) -> None:
    cookie = client.http.get("/profiles").headers["set-cookie"]
    assert cookie.startswith(f"capture-session-{PORT}=")
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    client.open("/profiles")
    assert client.token not in cookie


def test_bodies_that_are_too_long_or_no_json_are_refused(client: PageClient, everything: EverythingPlugin) -> None:
    client.open("/tabs/everything")
    headers = client.headers({"Content-Type": "application/json"})
    assert client.http.post("/act", content=b"x" * (BODY_LIMIT + 1), headers=headers).status_code == 413
    for body in (b"", b"{", b"[]", b'{"action": 7}', b'{"action": "form", "extra": 1}', b"[" * 100_000):
        assert client.http.post("/act", content=body, headers=headers).status_code == 400
    assert everything.tab.acts == []


def test_half_a_character_and_endless_searches_are_no_failure_of_the_host(
    client: PageClient, everything: EverythingPlugin
) -> None:
    client.open("/tabs/everything")
    headers = client.headers({"Content-Type": "application/json"})
    for member in ('"action": "\\ud800"', '"action": "form", "row": "\\ud800"'):
        body = f'{{"layer": null, "tab": "everything", {member}}}'.encode()
        assert client.http.post("/act", content=body, headers=headers).status_code < 500
    assert client.http.get("/tabs/everything/body", params={"search": "x" * 60_000}).status_code < 500
    assert everything.tab.acts == []


def test_files_outside_the_static_folder_are_out_of_reach(client: PageClient) -> None:
    for path in ("/static/../guard.py", "/static/%2e%2e/guard.py", "/static/..%2fguard.py", "/static//etc/passwd"):
        assert client.http.get(path).status_code == 404


def test_pages_load_nothing_from_elsewhere() -> None:
    static = Path(__file__).parents[2] / "sample_host" / "web"
    for file in (*static.glob("static/*"), *static.glob("templates/*")):
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://", text), file


def test_a_link_on_another_website_does_not_end_the_session(host: SampleHost) -> None:
    stranger = client_of(host)
    answer = stranger.get("/profiles", headers={"Sec-Fetch-Site": "cross-site"})
    assert "set-cookie" not in answer.headers
    assert 'http-equiv="refresh"' in answer.text
    assert "set-cookie" in stranger.get("/profiles", headers={"Sec-Fetch-Site": "none"}).headers


def test_f13_even_a_failure_carries_the_headers(host: SampleHost, client: PageClient) -> None:
    with host.data.writing() as database:
        database.execute("DROP TABLE kept")
    answer = client.http.get("/profiles")
    assert answer.status_code == 500
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "no such table" not in answer.text
