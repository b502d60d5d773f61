"""What is said about keys, backups and unattended renewal in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEY_HEADINGS: Final = ("Key", "State", "Here", "Sealed values")
NO_KEYS: Final = "Nothing is sealed yet; the first sign-in makes the key."
PASSPHRASE: Final = "Passphrase (at least 12 characters)"
PASSPHRASE_OF_FILE: Final = "Passphrase of the file"
ROTATION_IS_ONE: Final = "Choose one of --begin, --switch and --withdraw, or none of them."
NOT_OVERWRITTEN: Final = "Overwrite a file that is there."
EXPORT_IS_SECRET: Final = (
    "Whoever has the file and the passphrase can open every sign-in: delete it once it was imported."
)
NOTHING_LEFT_TO_DO: Final = "Everything is sealed with it, and the key before is retired."


def yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


def key_state(state: str | None) -> str:
    return {
        "active": "seals",
        "pending": "is to seal next",
        "decrypt_only": "only opens",
        "retired": "retired",
    }.get(state or "", "not known to this list")


def kept_in(place: str) -> str:
    return f"Keys of this machine are kept in {place}."


def exported(key_ids: Sequence[str], path: Path) -> str:
    return f"Wrote {_keys(key_ids)} to {path}."


def imported(key_ids: Sequence[str]) -> str:
    return f"This machine has {_keys(key_ids)} now. Programs that run find it without a restart."


def begun(key_id: str) -> str:
    return (
        f"Key {key_id} was made and seals nothing yet. Export it, import it on every workstation, then run "
        "`xero-connections key rotate --switch`."
    )


def switched(key_id: str, *, is_new: bool) -> str:
    if is_new:
        return f"Key {key_id} seals from now on. {NOTHING_LEFT_TO_DO}"
    return f"The change to key {key_id}, which was interrupted, is finished. {NOTHING_LEFT_TO_DO}"


def withdrawn(key_id: str) -> str:
    return f"Key {key_id} was given up; nothing was sealed with it, and it is not taken again."


def discarded(key_id: str) -> str:
    return f"Key {key_id} is gone from this machine. Backups that need it open no longer here."


def ask_discard(key_id: str) -> str:
    return f"Let key {key_id} go from this machine? Backups that were made while it sealed will not open without it."


def file_is_open(path: Path) -> str:
    return f"{path} may be read by other users. Run: chmod 600 '{path}'"


def file_unreadable(path: Path, why: str) -> str:
    return f"{path} cannot be read ({why})."


FILE_EMPTY: Final = "The first line of the passphrase file is empty."
INPUT_EMPTY: Final = "The passphrase is empty."


def _keys(key_ids: Sequence[str]) -> str:
    return f"key {', '.join(key_ids)}"


UP_TO_DATE: Final = "The tables are those of this program; there was nothing to do."
MADE: Final = "The tables were made."
ASK_RESTORE: Final = "Put the backup in the place of the list?"
NO_SIGN_INS_LOST: Final = "Every sign-in of the backup goes on working."


def upgraded(before: str, after: str) -> str:
    return f"The tables were brought from revision {before} to {after}."


def backed_up(count: int, path: Path, size: int) -> str:
    return f"Backed up {count} connection{'' if count == 1 else 's'} to {path} ({max(1, size // 1024)} KB)."


def backup_needs(key_ids: Sequence[str]) -> str:
    return (
        f"Its sign-ins open only with {_keys(key_ids)}, which is not in it: keep an export of the key elsewhere "
        "(`xero-connections key export FILE`)."
    )


def restore_holds(count: int) -> str:
    return f"The backup holds {count} connection{'' if count == 1 else 's'}."


def restore_carries(count: int) -> str:
    one = count == 1
    return (
        f"{count} sign-in{'' if one else 's'} {'was' if one else 'were'} renewed since the backup was made, and "
        f"{'is' if one else 'are'} taken over from the present list."
    )


def restore_loses(names: Sequence[str]) -> str:
    return f"Will probably need a new sign-in, since the present list has theirs no more: {_few(names)}."


def restore_unknown(names: Sequence[str]) -> str:
    return (
        "The present list cannot be read, so nothing is taken over from it. Those of the following that were renewed "
        f"since the backup was made will need a new sign-in: {_few(names)}."
    )


def restore_drops(names: Sequence[str]) -> str:
    return f"On the present list and not in the backup, so they go: {_few(names)}."


def restored(kept_as: Path | None) -> str:
    kept = f" What was there before is kept as {kept_as}." if kept_as is not None else ""
    return f"The backup is in place.{kept} Hosts can be started again."


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"{', '.join(names[:10])}{more}"


KEPT_ALIVE_NONE: Final = "No sign-in had to be renewed."
KEEP_ALIVE_OFF: Final = "Renewal is switched off: the setting keep_alive_days is 0."
ENDED: Final = "Ended as asked."


def kept_alive(count: int) -> str:
    return f"{count} sign-in{'' if count == 1 else 's'} renewed."


def still_due(count: int) -> str:
    return f"{count} sign-in{'' if count == 1 else 's'} could not be renewed yet; the next round tries again."


def needs_people(names: Sequence[str]) -> str:
    return f"A person has to sign in: {_few(names)}."


def every_wrong(text: str) -> str:
    return f'"{text}" is no length of time; write 30m, 6h or 1d (a minute at least, a week at most)'


def kept_file(size: int, path: Path) -> str:
    return f"Wrote {path} ({max(1, size // 1024)} KB), readable by you only. It holds:"


LOOK_BEFORE_SENDING: Final = "Look through it before you send it: the files in it are plain text."


def file_exists(path: Path) -> str:
    return f"{path} exists already; choose another name, or add --replace"


def file_unwritable(path: Path, why: str) -> str:
    return f"{path} cannot be written ({why})"
