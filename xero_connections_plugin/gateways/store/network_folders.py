"""Does a folder lie on another machine? Locks and syncs over a network promise less than SQLite needs."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from hostspec.messages import Notification
from hostspec.value import Remedy, Tone

_MOUNTS: Final = Path("/proc/self/mountinfo")

# Names as in /proc/filesystems; what FUSE mounts carries "fuse." before its own.
_REMOTE: Final = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "smb2",
        "smb3",
        "smbfs",
        "virtiofs",
        "davfs",
        "davfs2",
        "gcsfuse",
        "gvfsd-fuse",
        "rclone",
        "s3fs",
        "sshfs",
    }
)
_DRIVE_REMOTE: Final = 4
"""GetDriveTypeW: https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-getdrivetypew"""


def network_notice(folder: Path, kind: str) -> Notification | None:
    """What people are told about a list that lies on a network file system.

    Args:
        folder: Where it lies.
        kind: As ``network_kind`` says.
    """
    if not kind:
        return None
    return Notification(
        # The same at every start, so that a host may show it once.
        notification_id="xero-connections-network-folder",
        title="The list of connections lies on a network drive",
        text=f"{folder} is on a network file system ({kind}), where a lost link can damage the list. Set data_dir to a "
        "folder of this machine, or database_url to a PostgreSQL server that several machines share.",
        tone=Tone.WARNING,
        remedy=Remedy.FIX_SETTINGS,
    )


def network_kind(folder: Path, mounts: Path = _MOUNTS) -> str:
    """The kind of network file system that a folder lies on; empty when it is local, or the system does not tell.

    macOS is among those that do not tell without a library of their own.

    Args:
        folder: Need not exist.
        mounts: What Linux says about its mounts, see proc_pid_mountinfo(5).
    """
    if sys.platform == "win32":
        return _windows_kind(folder)
    try:
        listed = mounts.read_text(encoding="utf-8", errors="surrogateescape")
        place = folder.resolve()
    except (OSError, RuntimeError):
        return ""
    kind, longest = "", -1
    for line in listed.splitlines():
        before, found, after = line.partition(" - ")
        fields = before.split(" ")
        if not found or len(fields) < 5:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4]))
        # Of mounts on the same place the last one is seen.
        if place.is_relative_to(point) and len(point.parts) >= longest:
            kind, longest = after.split(" ")[0], len(point.parts)
    return kind if kind.removeprefix("fuse.") in _REMOTE else ""


if sys.platform == "win32":

    def _windows_kind(folder: Path) -> str:
        import ctypes

        drive = folder.absolute().drive
        if drive.startswith("\\\\"):
            return "network share"
        remote = ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == _DRIVE_REMOTE
        return "network drive" if remote else ""
