"""The mailbox example as if it were installed: programs that tests start find it by its entry point."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "examples" / "imap_provider"


def offer_mailboxes(folder: Path) -> str:
    """Write what an installation would say of the package into ``folder``; returns the ``PYTHONPATH`` to start with."""
    told = tomllib.loads((SOURCE / "pyproject.toml").read_text("utf-8"))["project"]
    place = folder / f"{told['name'].replace('-', '_')}-{told['version']}.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {told['name']}\nVersion: {told['version']}\n", "utf-8"
    )
    lines = (
        line
        for group, points in told["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {target}" for name, target in points.items()))
    )
    (place / "entry_points.txt").write_text("\n".join(lines) + "\n", "utf-8")
    before = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(folder), str(SOURCE), *([before] if before else [])])
