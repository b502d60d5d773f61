"""What a file of usages keeps while several change it, and when the power goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hostspec import CONNECTION_KIND, Subject, UsageSwitch, UserId
from hostspec.hosting import UsageFile

if TYPE_CHECKING:
    from pathlib import Path

HEAD_OFFICE = Subject(kind=CONNECTION_KIND, subject_id="c1")


def test_a_newer_choice_counts_more_than_a_switch_that_was_ordered_before(tmp_path: Path) -> None:
    held = UsageFile(tmp_path / "profiles.json", step="Export")
    newer_choice, target = (Subject(kind=CONNECTION_KIND, subject_id=one) for one in ("c3", "c2"))
    for profile in ("Bills", "Orders", "Receipts"):
        held.put(profile, HEAD_OFFICE)
    ids = tuple(one.usage_id for one in held.usages(CONNECTION_KIND))
    order = UsageSwitch(subject=HEAD_OFFICE, target=target, usage_ids=ids, user_id=UserId("ada"))
    answers = iter(held.capture_switch_usages(order))
    results = [next(answers)]
    held.put("Orders", newer_choice)
    held.put("Receipts", HEAD_OFFICE, enabled=False)
    results += answers
    assert [one.switched for one in results] == [True, False, True]
    assert [one.detail for one in results] == ["", "It points to something else by now.", ""]
    assert [held.subject_of(one) for one in ("Bills", "Orders", "Receipts")] == [target, newer_choice, target]
    assert [one.profile for one in held.usages(CONNECTION_KIND) if not one.enabled] == ["Receipts"]


def test_what_is_kept_is_written_through_before_it_takes_the_place_of_the_older(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, through = tmp_path / "profiles.json", list[tuple[str, str]]()
    held = UsageFile(file, step="Export")
    monkeypatch.setattr(
        "os.fsync", lambda _: through.append((file.read_text(), file.with_name("profiles.json.new").read_text()))
    )
    before = file.read_text()
    held.put("Receipts", HEAD_OFFICE)
    assert through == [(before, file.read_text())]


def test_a_usage_file_needs_a_folder_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        UsageFile(tmp_path / "missing" / "profiles.json", step="Export")
