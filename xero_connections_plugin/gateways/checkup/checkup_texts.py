"""Every sentence that a checkup tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TELL_SUPPORT: Final = "Send the file of `xero-connections diagnostics` to support."
LOOK_SLOW: Final = "This took too long to look at."
LOOK_SLOW_REMEDY: Final = "Try again; if it stays so, look at what it waits for: disk, keychain, or network."


def look_failed(kind: str) -> str:
    return f"This could not be looked at ({kind})."


SETTINGS_REMEDY: Final = "Correct the setting and start again."
DATA_DIR_REMEDY: Final = "Set XERO_CONNECTIONS_DATA_DIR to a directory of this user."
ENTRIES_FILE_MISSING: Final = "The file that entries_file names is not there."
ENTRIES_FILE_REMEDY: Final = "Put the file there, or correct XERO_CONNECTIONS_ENTRIES_FILE."
KEY_FILE_ABSOLUTE: Final = "Give the whole path."


def settings_fine(names: Sequence[str]) -> str:
    return f"Settings in force: {', '.join(names)}." if names else "Nothing is set: all settings have their defaults."


def variable_unknown(name: str) -> str:
    return f"The environment variable {name[:60]} means nothing, so hosts refuse to start."


def variable_remedy(name: str, near: Sequence[str]) -> str:
    return f"Remove it, or name it {near[0]}." if near else f"Remove {name[:60]}."


def key_file_relative(path: Path) -> str:
    return f"The key file is named by a relative path; it is taken for {path}."


NO_TABLES: Final = "The store is empty; its tables are made on first use."
SCHEMA_NEWER_REMEDY: Final = "Update this program; the store was left untouched."
SCHEMA_OLDER_REMEDY: Final = "The next host upgrades it; to do so now, run `xero-connections db upgrade`."
NO_INSTALLATION: Final = "The store does not say which installation it belongs to."
RESTORE_REMEDY: Final = "Restore a backup with `xero-connections db restore FILE`, or ask support."
ENTRIES_REMEDY: Final = "Restore a backup, or delete those entries and add them again."


def schema_fine(revision: str) -> str:
    return f"The tables are those of this program (revision {revision})."


def schema_newer(revision: str, ours: str) -> str:
    return f"A newer program made the tables: revision {revision[:20]}, and this program knows {ours}."


def schema_older(revision: str, ours: str) -> str:
    return f"The tables are of revision {revision[:20]}, and this program has {ours}."


def entries_fine(count: int) -> str:
    return f"The list holds {count} connection{'' if count == 1 else 's'}."


def entries_unreadable(count: int) -> str:
    return f"The settings of {count} connection{'' if count == 1 else 's'} cannot be read."


STORE_UNKNOWN: Final = "Where the list lies is not known, so it was not looked at."
OWN_FOLDER_REMEDY: Final = "Put a directory of this user in its place, or set another data_dir."
OWN_FILE_REMEDY: Final = "Put a file of this user in its place, with one name."
WRITABLE_REMEDY: Final = "Give this user the right to write there."
NETWORK_REMEDY: Final = "Set data_dir to a folder of this machine, or database_url to a PostgreSQL server."
SPACE_REMEDY: Final = "Make room on the disk of the data directory."
CHECK_SLOW_REMEDY: Final = "Run `xero-connections db check`, which takes as long as it needs."
WRITABLE: Final = "The store can be written."
STORE_BUSY: Final = "Another program has been writing the list for a while."
STORE_BUSY_REMEDY: Final = "Try again; if it stays so, look for a host that hangs."
RESTORE_UNFINISHED: Final = "A restore was ended before its time; what it had prepared lies beside the list."
RESTORE_UNFINISHED_REMEDY: Final = "Run the same `xero-connections db restore FILE` again, unless one is running now."
WRITE_INTERRUPTED: Final = "A program was ended while it wrote the list; what it had begun is not undone yet."
WRITE_INTERRUPTED_REMEDY: Final = "Nothing is lost: the next host that starts undoes it."


def folder_to_come(folder: Path) -> str:
    return f"The data directory {folder} is made on first use."


def folder_fine(folder: Path) -> str:
    return f"The data directory is {folder}."


def not_a_folder(folder: Path) -> str:
    return f"The data directory {folder} is a link or no directory, so sign-ins are not kept there."


def of_another_user(path: Path) -> str:
    return f"{path} belongs to another user, so sign-ins are not kept there."


def not_writable(path: Path) -> str:
    return f"{path} cannot be written by this user."


def on_network(folder: Path, kind: str) -> str:
    return f"{folder} is on a network file system ({kind}), where a lost link can damage the list."


def space_left(free: int) -> str:
    return f"{free // (1024 * 1024)} MB are free on the disk of the data directory."


def mode_open(path: Path, mode: int) -> str:
    return f"{path} is open to other users (mode {mode:04o})."


def mode_remedy(path: Path, mode: int) -> str:
    return f"Hosts close it when they start; to do so now, run: chmod {mode:o} '{path}'"


def file_set_aside(kept: Path) -> str:
    return f"The list was damaged and is kept as {kept}; there is no other one."


def file_to_come(path: Path) -> str:
    return f"There is no list yet; {path} is made on first use."


def file_fine(path: Path, size: int) -> str:
    return f"The list {path} is whole ({max(1, size // 1024)} KB)."


def file_damaged(path: Path) -> str:
    return f"The list {path} is damaged."


def not_a_file(path: Path) -> str:
    return f"{path} is a link or no file, so sign-ins are not kept there."


def two_names(path: Path) -> str:
    return f"{path} has a second name elsewhere (a hard link), so sign-ins are not kept there."


def journal_of_another(path: Path) -> str:
    return f"The journal beside {path} belongs to another database and would damage it."


def check_slow(seconds: float) -> str:
    return f"The list could not be read to its end within {seconds:.0f} seconds."


ADDRESS_UNUSABLE: Final = "The setting database_url is no address of a PostgreSQL database, or its driver is missing."
ADDRESS_REMEDY: Final = 'Correct it, or install the driver: pip install "xero-connections-plugin[postgresql]"'
SERVER_OLD_REMEDY: Final = "Update the server to PostgreSQL 13 or newer."
POOLER: Final = "A pooler stands before the server; its transaction mode is fine."
NO_POOLER: Final = "No pooler stands before the server."
ENCRYPTED: Final = "The link to the server is encrypted."
NOT_ENCRYPTED: Final = "The link to the server is not encrypted, so names and companies can be read on the way."
ENCRYPT_REMEDY: Final = "Add sslmode=verify-full and sslrootcert to database_url."
STANDBY: Final = "The server is a standby that only reads."
STANDBY_REMEDY: Final = "Let database_url name the primary server."
NO_RIGHTS: Final = "The user of database_url may not write the tables."
RIGHTS_REMEDY: Final = "Let it own the database, as the guide for many workstations shows."


def server_fine(where: str, version: str) -> str:
    return f"The store is {where}, version {version}."


def server_old(where: str, version: str) -> str:
    return f"The store is {where}, version {version}, which is too old."


KEY_GIVEN: Final = "The key is given as a setting: whoever reads the settings of a host can open the sign-ins."
KEY_GIVEN_REMEDY: Final = "Prefer the keychain or a key file, where this machine allows it."
NO_KEY_YET: Final = "Nothing is sealed yet; the first sign-in makes the key."
KEY_PENDING_REMEDY: Final = "Import it on every workstation, then run `xero-connections key rotate --switch`."

_KEY_FILE: Final = "set key_file (XERO_CONNECTIONS_KEY_FILE) to a file that only this user can read."
_KEY_REMEDIES: Final = {
    "KEY_MISSING": "Run `xero-connections key import FILE` with an export from a machine where sign-ins work.",
    "KEYRING_LOCKED": "Unlock the keychain, for instance by signing in to the desktop.",
    "KEYRING_SLOW": "Unlock the keychain, and try again.",
    "KEYRING_MISSING": f"Install a keychain, or {_KEY_FILE}",
    "KEYRING_REFUSED": f"Repair what it names, or {_KEY_FILE}",
}


def key_remedy(code: str) -> str:
    return _KEY_REMEDIES.get(code, TELL_SUPPORT)


def key_place(where: str) -> str:
    return f"Keys are kept in {where}."


def keychain_fine(where: str) -> str:
    return f"{where} is unlocked, and keeps what it is given."


def key_folder_open(folder: Path) -> str:
    return f"Other users may write the folder of the key file, {folder}, and so exchange the key."


def key_folder_remedy(folder: Path) -> str:
    return f"Run: chmod go-w '{folder}'"


def keys_unjudged(count: int) -> str:
    return f"{count} key{'' if count == 1 else 's'} found; whether they fit is not known without the store."


def keys_fine(key_id: str) -> str:
    return f"Everything that is sealed can be opened; key {key_id} seals."


def keys_unused(key_ids: Sequence[str]) -> str:
    return f"Kept here although this installation does not know it: key {', '.join(key_ids[:4])}."


def key_pending(key_id: str) -> str:
    return f"A change of keys has begun: key {key_id} is to seal next."


NO_LOOPBACK: Final = "This machine has no loopback address, so no sign-in can come back from the browser."
NO_LOOPBACK_REMEDY: Final = "Switch the network interface 'lo' on."
PORT_REMEDY: Final = "End that program, or register a further port at Xero and add it to the definition."
REDIRECT_DEFAULT: Final = (
    "No connection names an app yet. With the default port, register this redirect address at Xero:"
)


def loopback(addresses: Sequence[str]) -> str:
    return f"The browser can come back by {' and '.join(addresses)}."


def port_taken(port: int, where: Sequence[str], programs: Sequence[str]) -> str:
    by = f" by {', '.join(programs[:3])}" if programs else ""
    return f"Port {port} is taken{by} on {' and '.join(where)}."


def ports_free(ports: Sequence[int]) -> str:
    one = len(ports) == 1
    return f"Port{'' if one else 's'} {', '.join(map(str, ports))} {'is' if one else 'are'} free for sign-ins."


def redirects(client_id: str) -> str:
    return f"App {client_id} must have exactly these redirect addresses at Xero:"
