"""How do command lines of plugins work with this host's profiles?"""

from __future__ import annotations

from typing import Final

from hostspec.hosting import ReadyServices
from hostspec.tool_hosts import ToolRequest
from hostspec.ui import Origin
from sample_host.__main__ import user_data_dir
from sample_host.app import HostOptions, SampleHost
from sample_host.demo_wiring import demo_settings
from sample_host.tool_switches import ToolSwitches
from sample_host.users import HostUser

_END_SECONDS: Final = 4.0
_DEMO_FILE: Final = "simulator.json"
_DEMO_PORT: Final = 8900


class SampleToolHost:
    """``hostspec.tool_hosts.ToolHost``: the host without its pages, its queue and its housekeeping.

    Whoever may use its data folder is its administrator.

    Raises:
        StoreUnavailable: The data folder cannot be made or used.
    """

    def __init__(self, request: ToolRequest) -> None:
        folder = request.data_dir or user_data_dir()
        # A demonstration's data know only the simulator of Xero.
        demo = demo_settings(folder, _DEMO_PORT) if (folder / _DEMO_FILE).exists() else {}
        self._host = SampleHost(
            HostOptions(data_dir=folder, host_name="Capture sample host", settings={**demo, **request.settings})
        )
        self._host.start(in_background=False)
        self.origin: Final = Origin(
            user_id=HostUser.ADMINISTRATOR.user_id,
            user_name=f"{request.user_name} (command line)",
            window_id=request.window_id,
            is_local=True,
        )
        self.switches: Final = ToolSwitches(self._host.usage_desk)

    @property
    def services(self) -> ReadyServices:
        """What the plugins were started with."""
        return self._host.services

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know about this host."""
        return self._host.notices

    def close(self) -> None:
        """End running work and tell the plugins."""
        self._host.stop(_END_SECONDS)
