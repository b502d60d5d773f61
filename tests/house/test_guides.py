"""The guides for administrators and operators tell of everything that these may meet."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from hostspec.connections import ConnectionStatus
from hostspec.errors import SENTENCE_LIMIT, StoreUnavailable
from xero_connections_plugin.settings import Settings
from xero_connections_plugin.ui.texts import deletion_texts
from xero_connections_plugin.xero.texts import (
    disconnecting_texts,
    health_texts,
    limit_texts,
    scope_texts,
    xero_texts,
)

DOCS = Path(__file__).parents[2] / "docs"
STATUS_TEXTS = (health_texts, limit_texts, scope_texts, xero_texts)
BUTTONS = (
    health_texts.RENEW,
    health_texts.REPAIR_APP,
    health_texts.REPAIR_KEY,
    health_texts.TEST_AGAIN,
    health_texts.TEST_NOW,
    scope_texts.REPAIR_ENDING,
    scope_texts.REPAIR_MISSING,
    xero_texts.AUTHORIZE,
    xero_texts.REPAIR_SIGN_IN,
)


def guide(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def status_words(texts: ModuleType) -> set[str]:
    return {value for name, value in vars(texts).items() if name.startswith("STATUS_") and isinstance(value, str)}


def test_every_status_has_a_heading_that_says_what_it_means() -> None:
    headings = set(re.findall(r"^### (.+)$", guide("statuses.md"), re.M))
    words = set().union(*(status_words(texts) for texts in STATUS_TEXTS))
    assert len(words) >= len(ConnectionStatus)
    assert headings == words


@pytest.mark.parametrize("button", BUTTONS)
def test_every_button_that_mends_a_status_is_named(button: str) -> None:
    assert f"**{button}**" in " ".join(guide("statuses.md").split())


def test_every_setting_is_told_and_no_other() -> None:
    cells = re.findall(r"^\| (`[^|]+`) \|", guide("settings.md"), re.M)
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == set(Settings.model_fields)


def test_the_defaults_of_settings_are_told_as_they_are() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|.+\| ([\d,.]+) \|$", guide("settings.md"), re.M))
    told = {name: float(value.replace(",", "")) for name, value in rows.items()}
    numbers = {
        name: float(field.default)
        for name, field in Settings.model_fields.items()
        if isinstance(field.default, int | float)
    }
    assert told == numbers


def test_every_code_of_the_store_is_told() -> None:
    codes = set(re.findall(r"^ +``(\w+)``:", StoreUnavailable.__doc__ or "", re.M))
    assert len(codes) > 3
    assert codes <= set(re.findall(r"^\| `(\w+)` \|", guide("when-something-goes-wrong.md"), re.M))


@pytest.mark.parametrize("choice", [deletion_texts.HERE_ONLY, disconnecting_texts.UNLINK, disconnecting_texts.REVOKE])
def test_every_choice_of_a_deletion_is_told(choice: str) -> None:
    assert f"| {choice} |" in guide("delete-and-recover.md")


def test_what_is_promised_about_texts_is_their_limit() -> None:
    assert f"at most {SENTENCE_LIMIT} characters" in guide("errors.md")
