"""The tutorials are what they teach: their blocks are files that run, and every rule is explained where it points."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hostspec.testing.host_rules import HostRule
from hostspec.testing.plugin_rules import PluginRule
from hostspec.testing.provider_rules import ProviderRule
from sample_host.demo_wiring import demo_settings
from sample_host.xero_simulator.addresses import DEFAULT_PORT, DEMO_CLIENT_ID
from tests.house.tutorial_pages import ROOT, TUTORIALS, blocks_without_a_file, files_of, page

if TYPE_CHECKING:
    from hostspec.testing.contract_rules import Rule

RULES: tuple[Rule, ...] = tuple(one.value for kind in (ProviderRule, PluginRule, HostRule) for one in kind)


@pytest.mark.parametrize("tutorial", TUTORIALS)
def test_every_block_is_a_file_and_every_file_is_told(tutorial: str) -> None:
    folder = ROOT / "examples" / "tutorial" / tutorial
    kept = {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.suffix in {".py", ".toml"}}
    assert files_of(tutorial) == kept
    assert blocks_without_a_file(tutorial) == []


@pytest.mark.parametrize("tutorial", TUTORIALS)
def test_whoever_follows_a_tutorial_ends_with_tests_that_pass(tutorial: str, tmp_path: Path) -> None:
    for name, text in files_of(tutorial).items():
        (tmp_path / name).write_text(text, "utf-8")
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--rootdir", ".")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert re.search(r"^\d+ passed in", done.stdout, re.M)


@pytest.mark.parametrize("tutorial", TUTORIALS)
def test_a_tutorial_begins_with_ten_lines(tutorial: str) -> None:
    first = next(iter(files_of(tutorial).values()))
    assert len([line for line in first.splitlines() if line.strip()]) <= 10


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.page)
def test_a_rule_points_to_a_heading_that_is_there(rule: Rule) -> None:
    path, _, anchor = rule.page.partition("#")
    text = (ROOT / path).read_text("utf-8")
    # GitHub and MkDocs both make anchors of headings in small letters.
    headings = [heading.lower() for heading in re.findall(r"^#+ (.+)$", text, re.M)]
    assert not anchor or anchor in headings


@pytest.mark.parametrize("one", ProviderRule)
def test_the_rules_for_providers_are_told_on_their_page(one: ProviderRule) -> None:
    rule = one.value
    assert "write-a-provider" not in rule.page or f"- {rule.says}\n" in page("provider")


@pytest.mark.parametrize("one", HostRule)
def test_the_rules_for_hosts_are_told_on_their_page(one: HostRule) -> None:
    rule = one.value
    assert f"| [`{rule.about}`]({rule.page.removeprefix('docs/')}) | {rule.says} |\n" in page("host")


def test_the_tutorial_for_hosts_knows_where_the_simulator_answers() -> None:
    settings = demo_settings(Path(), DEFAULT_PORT)
    del settings["key_file"]
    told = dict(re.findall(r"^export XERO_CONNECTIONS_(\w+)=(\S+)$", page("host"), re.M))
    assert {name.lower(): value for name, value in told.items()} == settings
    assert DEMO_CLIENT_ID in page("host")
