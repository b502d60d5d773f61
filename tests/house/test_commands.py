"""What the readers are told to type exists."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDES = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"]
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def code_in(guide: str) -> str:
    text = (ROOT / guide).read_text("utf-8")
    return "\n".join([*re.findall(r"^```\w*\n(.*?)^```", text, re.M | re.S), *re.findall(r"`([^`\n]+)`", text)])


@pytest.mark.parametrize("guide", GUIDES)
def test_every_make_target_that_a_guide_names_exists(guide: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.M))
    assert set(re.findall(r"\bmake ([a-z-]+)", code_in(guide))) <= targets


@pytest.mark.parametrize("guide", GUIDES)
def test_every_make_option_that_a_guide_names_exists(guide: str) -> None:
    options = set(re.findall(r"^([A-Z_]+) =", MAKEFILE, re.M))
    told = {
        option for line in re.findall(r"\bmake [^\n]*", code_in(guide)) for option in re.findall(r"([A-Z_]+)=", line)
    }
    assert told <= options


@pytest.mark.parametrize("guide", GUIDES)
def test_every_extra_that_a_guide_installs_exists(guide: str) -> None:
    extras = set(PROJECT["project"]["optional-dependencies"])
    told = {
        extra for group in re.findall(r"\[([a-z, -]+)\]['\"]?$", code_in(guide), re.M) for extra in group.split(",")
    }
    assert {extra.strip() for extra in told} <= extras


def test_the_readme_tells_the_two_commands() -> None:
    assert {"demo", "test"} <= set(re.findall(r"\bmake ([a-z]+)", code_in("README.md")))


def test_make_help_tells_every_target() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.*)", MAKEFILE, re.M)
    told = set(re.findall(r"@echo 'make ([a-z-]+)", MAKEFILE))
    assert told == set(phony.split()) - {"help", "made-anew"}


@pytest.mark.parametrize("guide", GUIDES)
def test_every_file_that_a_guide_links_to_exists(guide: str) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", (ROOT / guide).read_text("utf-8"))
    assert [link for link in links if ":" not in link and not (ROOT / link).exists()] == []


def test_each_check_of_make_lint_runs_before_a_commit_or_a_push() -> None:
    (recipe,) = re.findall(r"^lint:.*\n((?:\t.*\n)+)", MAKEFILE, re.M)
    checks = [re.sub(r" \.$| --check", "", line.strip().removeprefix("@")) for line in recipe.splitlines()]
    hooks = re.findall(r"entry: (.+)", (ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert len(checks) >= 5
    assert [check for check in checks if not any(hook.startswith(check.removesuffix(" .")) for hook in hooks)] == []
