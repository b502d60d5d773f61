"""Can this machine open what is sealed? Reads the keys, and tries the keychain out with an item of no meaning."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING, Final

from hostspec.errors import SecretStoreUnavailable
from xero_connections_plugin.gateways.checkup import checkup_texts as texts
from xero_connections_plugin.gateways.checkup.checkup_findings import Finding, fine, of_error, warning
from xero_connections_plugin.gateways.keys import envelope
from xero_connections_plugin.gateways.keys.key_ring import recognized
from xero_connections_plugin.gateways.keys.key_sources import GivenKey, KeySource
from xero_connections_plugin.gateways.keys.key_troubles import lacking
from xero_connections_plugin.gateways.keys.keychain import Keychain

if TYPE_CHECKING:
    from pathlib import Path

    from xero_connections_plugin.gateways.checkup.store_look import StoreFacts

PLACE: Final = "key.place"
KEYCHAIN: Final = "key.keychain"
KEY: Final = "key"

_NOBODY: Final = "none"
"""Asked for where no installation is known: there is no such item."""


def look_at_keys(
    source: KeySource, facts: StoreFacts | None, *, key_file: Path | None, seconds: float
) -> tuple[Finding, ...]:
    """Where the keys are kept, whether that place works, and whether they are the right ones.

    Args:
        source: The place.
        facts: Of the store, where it could be read.
        key_file: Its path, if it is a file.
        seconds: Longest wait for the keychain, for each of two calls.
    """
    found = []
    try:
        kept = source.read(facts.installation_id if facts is not None else _NOBODY, seconds=seconds)
        found.append(fine(PLACE, texts.key_place(source.describe())))
        if isinstance(source, Keychain):
            source.try_out(seconds=seconds)
            found.append(fine(KEYCHAIN, texts.keychain_fine(source.describe())))
    except SecretStoreUnavailable as trouble:
        check = KEYCHAIN if isinstance(source, Keychain) else PLACE
        return (of_error(check, trouble, texts.key_remedy(trouble.code)),)
    if isinstance(source, GivenKey):
        found.append(warning(PLACE, texts.KEY_GIVEN, texts.KEY_GIVEN_REMEDY))
    if key_file is not None and _folder_is_open(key_file):
        found.append(warning(PLACE, texts.key_folder_open(key_file.parent), texts.key_folder_remedy(key_file.parent)))
    found.extend(_right_ones(kept, facts))
    return tuple(found)


def _right_ones(kept: tuple[bytes, ...], facts: StoreFacts | None) -> list[Finding]:
    if facts is None:
        return [fine(KEY, texts.keys_unjudged(len(kept)))]
    ring = recognized(kept, facts.keys)
    missing = lacking(ring, kept, facts.keys, make=False)
    if missing is not None:
        return [of_error(KEY, missing, texts.key_remedy(missing.code))]
    found = [fine(KEY, texts.keys_fine(ring.active) if ring.active is not None else texts.NO_KEY_YET)]
    strangers = [name for name in map(envelope.key_id, kept) if name not in ring.keys]
    if strangers:
        found.append(fine(KEY, texts.keys_unused(strangers)))
    if facts.keys.pending is not None:
        found.append(warning(KEY, texts.key_pending(facts.keys.pending.key_id), texts.KEY_PENDING_REMEDY))
    return found


def _folder_is_open(file: Path) -> bool:
    try:
        found = file.parent.stat()
    except OSError:
        return False
    # Whoever may rename there puts another file in its place; the sticky bit keeps others from that.
    mode = found.st_mode
    return sys.platform != "win32" and bool(mode & 0o022) and not mode & stat.S_ISVTX
