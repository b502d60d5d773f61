"""Is everything installed that this host is drawn and served with? A plain installation brings the plugin only."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

NEEDED: Final = ("jinja2", "psutil", "python_multipart", "starlette", "uvicorn")
"""The modules of the extra ``sample-host``."""

INSTALL_LINE: Final = "pip install 'xero-connections-plugin[sample-host]'"


def what_is_missing() -> str | None:
    """What is not installed, and the line that installs it; ``None`` when everything is there."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if not missing:
        return None
    return f"The sample host needs more than the plugin does: {', '.join(missing)}. This installs it:\n  {INSTALL_LINE}"
