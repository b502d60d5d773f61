"""The names under which hosts and plugins find each other."""

from typing import Final

import pluggy

PROJECT_NAME: Final = "capture"
"""What pluggy calls all this."""
ENTRY_POINT_GROUP: Final = "capture.plugins"
"""A plugin names its factory in this group of entry points."""

hookspec = pluggy.HookspecMarker(PROJECT_NAME)
"""Marks the specification of a hook; only hostspec has some."""
hookimpl = pluggy.HookimplMarker(PROJECT_NAME)
"""Marks the implementation of a hook, in a plugin or a host."""
