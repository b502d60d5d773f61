from pathlib import Path

from text_host import TextHost
from text_services import ADMINISTRATOR

from hostspec import Origin
from hostspec.hosting import ReadyServices
from hostspec.tool_hosts import ToolRequest


class TextToolHost:
    """This host for the time of one command: satisfies ``hostspec.tool_hosts.ToolHost``."""

    switches = None

    def __init__(self, request: ToolRequest) -> None:
        folder = request.data_dir or Path("text-host")
        folder.mkdir(mode=0o700, exist_ok=True)
        settings = {"key_file": str(folder / "connections.key"), **request.settings}
        self._host = TextHost(folder / "data", settings)
        self.notices = tuple(one.sentence for one in (*self._host.plugins.failed, *self._host.not_started))
        self.origin = Origin(
            user_id=ADMINISTRATOR, user_name=request.user_name, window_id=request.window_id, is_local=True
        )

    @property
    def services(self) -> ReadyServices:
        return self._host.services

    def close(self) -> None:
        self._host.stop()


def make_tool_host(request: ToolRequest) -> TextToolHost:
    return TextToolHost(request)
