"""The pages about the contract say what the source says, of everything, and lead to where each name is described."""

import re
from pathlib import Path

import griffe
import pytest

import hostspec
import hostspec.hosting
import hostspec.testing
from hostspec import tool_hosts
from tests.documentation.contract_names import ContractNames
from tests.documentation.described_members import undescribed
from tests.documentation.reference_pages import FOLDER, TEMPLATES, ReferencePages

NAMES = ContractNames()
PAGES = ReferencePages(NAMES)
HOOK_GROUPS = {"LifecycleHooks", "TabHooks", "ConnectionHooks", "UsageHooks", "BatchHooks", "NoticeHooks"}


def written(page: str) -> str:
    return (FOLDER / page).read_text("utf-8")


def part_of(page: str, name: str) -> str:
    """What stands below the heading of a name, up to the next heading."""
    return re.split(r"^#+ ", written(page).split(f"\n### {name}\n")[1], maxsplit=1, flags=re.M)[0]


@pytest.mark.parametrize("title", PAGES.titles)
def test_a_page_is_what_its_program_writes(title: str) -> None:
    assert written(title) == PAGES.page(title), "run: python -m tests.documentation"


def test_every_name_of_the_front_door_is_described_once() -> None:
    described = [name for _, name in PAGES.headings()]
    assert len(described) == len(set(described))
    missing = set(hostspec.__all__) - set(described) - HOOK_GROUPS - {"__version__"}
    assert missing == set(), f"give each of them a heading in {TEMPLATES.name}/"


def test_every_hook_has_its_heading_and_signature() -> None:
    hooks = [hook.name for hook in NAMES.hooks()]
    assert sorted(name for page, name in PAGES.headings() if page == "hooks.md") == sorted(hooks)
    for hook in hooks:
        assert f"```python\ndef {hook}(self" in part_of("hooks.md", hook)


def test_whatever_has_to_be_made_says_how() -> None:
    assert part_of("hosting.md", "UsageFile").startswith("\n```python\nUsageFile(file: Path, step: str)\n```\n")
    assert "PluginLife(**own: object)" in part_of("hosting.md", "PluginLife")
    assert "    data_dir: Path | None,\n    *,\n" in part_of("testing.md", "FakeHost")
    assert "def allow(self, user_id: UserId, *permissions: Permission) -> None" in part_of(
        "testing.md", "FakePermissions"
    )


def test_every_field_says_what_it_means() -> None:
    classes = [found for name in hostspec.__all__ if isinstance(found := NAMES.find(name), griffe.Class)]
    silent = {one.name: undescribed(one) for one in classes if one.name not in {"Hooks", "HookCalls"}}
    assert {name: members for name, members in silent.items() if members} == {}


def test_whatever_a_ready_made_part_holds_for_its_users_is_on_the_page() -> None:
    for name in NAMES.for_hosts:
        found = NAMES.find(name)
        assert found is not None
        told = {one.name for one in found.attributes.values() if one.docstring and not one.name.startswith("_")}
        shown = part_of("hosting.md", name) if told else ""
        assert {one for one in told if f"| `{one}` |" not in shown} == set(), name


def test_every_step_and_field_of_the_union_is_on_the_page_about_the_interface() -> None:
    for union in ("Step", "Field"):
        kinds = re.findall(r"\[`(\w+)`\]\(#(\w+)\)", part_of("ui.md", union))
        assert len(kinds) >= 7
        assert all(anchor == kind.lower() and f"\n### {kind}\n" in written("ui.md") for kind, anchor in kinds)


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    drawn = re.findall(r"^[│├└─ ]*(\w+) {2,}([a-z, ]+)$", written("errors.md"), re.M)
    told = dict(drawn)
    errors = {name for page, name in PAGES.headings() if page == "errors.md"} - {"SENTENCE_LIMIT"}
    assert set(told) == errors - {"ConnectionProblem"}
    for name in errors - {"CaptureError", "ConnectionProblem"}:
        assert told[name] == getattr(hostspec, name).remedy.value.replace("_", " ")


def test_what_a_host_does_is_told_for_every_remedy() -> None:
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", written("errors.md"), re.M)) >= set(hostspec.Remedy.__members__)


def test_a_name_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.md").write_text("# Odd\n\n### Wait\n### Weight\n")
    page = ReferencePages(NAMES, tmp_path).page("odd.md")
    assert "A window that waits" in page
    assert page.endswith("### Weight\n")


def test_no_heading_of_a_template_looks_like_a_name_and_is_none() -> None:
    for template in sorted(TEMPLATES.glob("*.md")):
        words = re.findall(r"^### ([a-z]+_\w+|[A-Z]\w+[A-Z]\w+|[A-Z]+_[A-Z_]+)$", template.read_text("utf-8"), re.M)
        assert [word for word in words if NAMES.find(word) is None] == []


def test_everything_for_tests_and_tools_is_described() -> None:
    tools = {
        name for name in dir(tool_hosts) if getattr(getattr(tool_hosts, name), "__module__", "") == tool_hosts.__name__
    }
    described = {name for page, name in PAGES.headings() if page == "testing.md"}
    assert set(hostspec.testing.__all__) | tools <= described
    classes = [found for name in described if isinstance(found := NAMES.find(name), griffe.Class)]
    silent = {one.name: undescribed(one) for one in classes if not one.name.endswith("Contract")}
    assert {name: members for name, members in silent.items() if members} == {}


def test_everything_ready_made_is_described() -> None:
    described = {name for page, name in PAGES.headings() if page == "hosting.md"}
    assert set(hostspec.hosting.__all__) == described
    classes = [found for name in described if isinstance(found := NAMES.find(name), griffe.Class)]
    silent = {one.name: undescribed(one) for one in classes}
    assert {name: members for name, members in silent.items() if members} == {}


def test_of_a_suite_only_what_authors_say_is_described() -> None:
    suites = {"HostContract": {"start_host"}, "PluginContract": {"make_plugin", "make_host", "prepare"}}
    for name, methods in suites.items():
        assert set(re.findall(r"^def (\w+)", part_of("testing.md", name), re.M)) == methods
