"""What does the Xero provider do for entries that are duplicated, written into files and read again?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hostspec.errors import CaptureError
from xero_connections_plugin.xero.definition_form import TENANT
from xero_connections_plugin.xero.kept_settings import form_values, kept_settings
from xero_connections_plugin.xero.portable_settings import as_saved, read_again, written_down

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import JsonValue

    from hostspec.forms import FieldValue
    from hostspec.providers import Connection, SavedConnection
    from hostspec.services import Clock


class CarriedEntries:
    """A provider's part: see ``hostspec.provider_skills.Copyable`` and ``Portable``."""

    clock: Clock

    def copied_values(self, connection: Connection) -> Mapping[str, FieldValue]:
        return form_values(kept_settings(connection).definition)

    def portable(self, connection: Connection) -> Mapping[str, JsonValue]:
        return written_down(kept_settings(connection))

    def from_portable(
        self, settings: Mapping[str, JsonValue], *, connection: Connection | None = None, source: str = ""
    ) -> SavedConnection:
        here = None
        if connection is not None:
            try:
                here = kept_settings(connection)
            except CaptureError:
                # What is damaged here is mended by what the file says.
                here = None
        kept = read_again(settings, here=here, is_configured=bool(source), now=self.clock.now())
        return as_saved(kept)

    def open_fields(self, connection: Connection) -> frozenset[str]:
        try:
            return frozenset() if kept_settings(connection).tenant_fixed else frozenset({TENANT})
        except CaptureError:
            return frozenset()
