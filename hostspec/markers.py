"""The names under which hosts and plugins find each other."""

from typing import Final

import pluggy

PROJECT_NAME: Final = "capture"
ENTRY_POINT_GROUP: Final = "capture.plugins"

hookspec = pluggy.HookspecMarker(PROJECT_NAME)
hookimpl = pluggy.HookimplMarker(PROJECT_NAME)
