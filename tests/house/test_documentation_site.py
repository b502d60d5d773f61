"""The site is complete, reads without a network, and its links lead somewhere; `make docs` builds it the same way."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.documentation.site_pages import FROM_PROJECT, site_links

ROOT = Path(__file__).parents[2]
# What a page fetches by itself when it is opened; a link is fetched by a person.
FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
NO_FETCH = {"canonical", "prev", "next", "alternate"}


class PageReader(HTMLParser):
    """Collects what a page fetches, where it links to, and which anchors it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if given.get(FETCHED.get(tag, "")) and given.get("rel") not in NO_FETCH:
            self.fetched.append(given[FETCHED[tag]])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        self.anchors.update(given[name] for name in ("id", "name") if given.get(name))


def built(settings: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Builds as `make docs` does, into another folder."""
    (arguments,) = re.findall(r"-m mkdocs (.+)", (ROOT / "Makefile").read_text("utf-8"))
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", *arguments.split(), "--config-file", settings, "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = built(ROOT / "mkdocs.yml", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, PageReader]:
    return {path: PageReader(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}


def broken(pages: dict[Path, PageReader]) -> Iterator[str]:
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or path.name == "404.html":
                continue
            target = path if not parts.path else (path.parent / unquote(parts.path)).resolve()
            known = pages.get(target)
            if known is None or (parts.fragment and unquote(parts.fragment) not in known.anchors | {"__skip"}):
                yield f"{path.name}: {link}"


def test_no_page_fetches_anything_from_elsewhere(site: Path, pages: dict[Path, PageReader]) -> None:
    foreign = {
        (path.name, address) for path, page in pages.items() for address in page.fetched if urlsplit(address).netloc
    }
    assert foreign == set()
    for sheet in site.rglob("*.css"):
        assert re.findall(r"url\(\s*['\"]?(?:https?:)?//[^)]*\)|@import[^;]*//", sheet.read_text("utf-8")) == []


def test_every_link_within_the_site_leads_to_a_page_and_a_place_on_it(pages: dict[Path, PageReader]) -> None:
    assert len(pages) > 30
    assert list(broken(pages)) == []


def test_what_a_page_fetches_is_there(pages: dict[Path, PageReader]) -> None:
    for path, page in pages.items():
        if path.name != "404.html":
            gone = [one for one in page.fetched if not (path.parent / urlsplit(one).path).exists() and ":" not in one]
            assert gone == [], path.name


def test_every_hook_and_error_can_be_linked_to(pages: dict[Path, PageReader]) -> None:
    anchors = {path.name: page.anchors for path, page in pages.items()}
    assert {"capture_usages", "capture_open_session"} <= anchors["hooks.html"]
    assert {"signinneeded", "connectionproblem"} <= anchors["errors.html"]


def test_pages_of_the_project_are_on_the_site(site: Path) -> None:
    for page in FROM_PROJECT.values():
        assert (site / page).with_suffix(".html").is_file()


@pytest.mark.parametrize("link", ["[gone](index.md#gone)", "[gone](gone.md)", "[gone](/index.md)"])
def test_a_broken_link_stops_the_building(tmp_path: Path, link: str) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# Start\n\n{link}\n")
    settings = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:")[0]
    settings = re.sub(r"^(hooks|extra_css|  polyfills):.*", "", settings, flags=re.M)
    (tmp_path / "mkdocs.yml").write_text(settings)
    done = built(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert done.returncode != 0
    assert "strict mode" in done.stdout


@pytest.mark.parametrize(
    ("source", "place", "written", "read"),
    [
        ("README.md", "index.md", "[one](docs/ui.md#wait)", "[one](ui.md#wait)"),
        ("README.md", "index.md", "[one](docs/decisions/)", "[one](decisions/README.md)"),
        ("README.md", "index.md", "[`sample_host`](sample_host)", "`sample_host`"),
        ("docs/security.md", "security.md", "[one](../CHANGELOG.md)", "[one](changelog.md)"),
        ("docs/reliability.md", "reliability.md", "[test_x.py](../tests/test_x.py)", "`test_x.py`"),
        ("docs/decisions/0001-a.md", "decisions/0001-a.md", "[one](../ui.md)", "[one](../ui.md)"),
        ("docs/ui.md", "ui.md", "[one](https://xero.com)", "[one](https://xero.com)"),
        ("docs/ui.md", "ui.md", "![x](../images/x.png)", "![x](../images/x.png)"),
        ("docs/ui.md", "ui.md", "`[one](../gone.py)`", "`[one](../gone.py)`"),
    ],
)
def test_links_of_the_repository_become_links_of_the_site(source: str, place: str, written: str, read: str) -> None:
    assert site_links(written, source, place) == read
