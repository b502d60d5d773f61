"""Which processes can see each other's file locks? Those of one running system with the same folder before them.

A name or an id in a file does not tell: a copied folder, a cloned disk image or a container brings both along.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from pathlib import Path
from typing import Final

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def identity(file: Path, system: str | None = None) -> str:
    """What tells a system and a file on it from every copy of either.

    Args:
        file: Holds an id of its own and is never replaced.
        system: The id of the running system, should it be known.

    Returns:
        The place, a slash, and the start of the system: the same place at another start is the same machine earlier, or
        a clone of its disk.

    Raises:
        OSError: It cannot be read.
    """
    found = file.stat()
    written = file.read_text(encoding="ascii", errors="replace").strip()
    place = _short(str(found.st_dev), str(found.st_ino), written)
    return f"{platform.node()}/{place}/{_short(running_system() if system is None else system)}"


def _short(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]


if sys.platform == "win32":

    def _running_system() -> str:
        import winreg

        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])

elif sys.platform == "darwin":

    def _running_system() -> str:
        import ctypes

        room = ctypes.create_string_buffer(64)
        size = ctypes.c_size_t(len(room))
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.sysctlbyname(b"kern.bootsessionuuid", room, ctypes.byref(size), None, 0) != 0:
            return ""
        return room.value.decode("ascii", "replace")

else:

    def _running_system() -> str:
        return _BOOT_ID.read_text(encoding="ascii").strip()


def running_system() -> str:
    """An id of this start of the system (on Windows: of the system), or nothing where there is none."""
    try:
        return _running_system()
    except OSError:
        return ""
