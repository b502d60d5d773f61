"""What MkDocs does beyond its own: pages from the project's folder, and links that lead out of the documentation.

The guides are read in the repository as well, so their links are those of the repository. On the site a link to a page
from the project's folder leads to its copy here, and a link to a source file is its name alone.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mkdocs.structure.files import File, Files

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.pages import Page

FROM_PROJECT: Final = {
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "index.md",
    "examples/desktop_host/README.md": "desktop-host.md",
    "examples/imap_provider/README.md": "imap-mailboxes.md",
}
"""Pages in the project's folder, and where the site has them; the README's place is taken by a page of its own."""

_DOCS: Final = "docs"
_DECISIONS: Final = "decisions"
_LINK: Final = re.compile(
    r"""
    ^```.*?^```$                                            # a block of code, or
    | (?P<picture> !? ) \[ (?P<shown> (?:`[^`]*`|[^\[\]])* ) \] \( (?P<address> [^)\s]+ ) \)   # a link or a picture, or
    | `[^`\n]*`                                             # code in a line
    """,
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put every decision below their list, in its order."""
    decisions = sorted(path.name for path in (Path(config.docs_dir) / _DECISIONS).glob("[0-9]*.md"))
    for section in config.nav or ():
        for entry in next(iter(section.values())):
            if isinstance(entry, dict) and entry.get("Decisions") == [f"{_DECISIONS}/README.md"]:
                entry["Decisions"] += [f"{_DECISIONS}/{name}" for name in decisions]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the project's folder."""
    project = Path(config.docs_dir).parent
    for source, page in FROM_PROJECT.items():
        if files.get_file_from_path(page) is None:
            text = (project / source).read_text(encoding="utf-8")
            files.append(File.generated(config, page, content=site_links(text, source, page)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Mend the links of a page that stands in the documentation's folder."""
    if page.file.generated_by is not None:
        return markdown
    source = posixpath.join(_DOCS, page.file.src_uri)
    return site_links(markdown, source, page.file.src_uri)


def site_links(markdown: str, source: str, page: str) -> str:
    """A text with its links as the site has them.

    Args:
        markdown: As it stands in the repository.
        source: Where, below the project's folder.
        page: Where the site has it, below the documentation's folder.
    """

    def mended(link: re.Match[str]) -> str:
        shown, address = link["shown"], link["address"]
        if address is None:
            return link[0]
        path, sharp, anchor = address.partition("#")
        if not path or re.match(r"[a-z]+:", path):
            return link[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        found = FROM_PROJECT.get(target)
        if found is None and target.startswith(f"{_DOCS}/"):
            found = target.removeprefix(f"{_DOCS}/")
            found = f"{found}/README.md" if address.endswith("/") else found
        if found is None and link["picture"]:
            return link[0]
        if found is None:
            return shown if shown.startswith("`") else f"`{shown}`" if shown == posixpath.basename(path) else shown
        return f"{link['picture']}[{shown}]({posixpath.relpath(found, posixpath.dirname(page) or '.')}{sharp}{anchor})"

    return _LINK.sub(mended, markdown)
