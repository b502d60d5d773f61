"""How does a command line of a plugin get this host? Named in the entry-point group ``capture.hosts``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.errors import CaptureError
from sample_host.needed_packages import what_is_missing

if TYPE_CHECKING:
    from hostspec.tool_hosts import ToolRequest
    from sample_host.host_for_tools import SampleToolHost


def make_tool_host(request: ToolRequest) -> SampleToolHost:
    """What the entry point names.

    Raises:
        CaptureError: Packages of the host are not installed; the sentence says how they are.
        StoreUnavailable: The data folder cannot be made or used.
    """
    # The entry point is there wherever the plugin is, also where nobody asked for the host.
    if (missing := what_is_missing()) is not None:
        raise CaptureError(missing)
    from sample_host.host_for_tools import SampleToolHost

    return SampleToolHost(request)
