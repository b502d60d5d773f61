"""The sentences about the machine at which somebody sits: its key, and its clock."""

from __future__ import annotations

from typing import Final

KEY_TITLE: Final = "The key of this machine"
KEY_STEPS: Final = (
    "1. On a machine where the connections work, whoever installed this program exports the key into a file, sealed "
    "with a passphrase.",
    "2. Bring the file to this machine, and send the passphrase another way.",
    "3. Here, the same person imports the file, then deletes it. The connections work at once.",
)
KEYRING_STEPS: Final = (
    "1. Unlock this computer’s keychain: its window may be hidden behind this one.",
    "2. Then press “Look again”. Nobody has to sign in again.",
)
KEY_FOUND: Final = "The key is there, and the connections work."
KEY_PLACE: Final = "Key kept in"
PROBLEM: Final = "What is wrong"
LOOK_AGAIN: Final = "Look again"
LOOKING_TITLE: Final = "Looking for the key"
LOOKING_TEXT: Final = "Asking this computer’s keychain for the key. If it asks for its password, enter it."
CLOSE: Final = "Close"

CLOCK_ADVICE: Final = "Connections work all the same; set it right, so that the times shown here are true."
