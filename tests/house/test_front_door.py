"""hostspec is documented as it is: its front door is complete, and every hook reads like the others."""

import inspect
import re
from collections.abc import Callable, Iterator

import pytest

import hostspec
import hostspec.batch_hooks
import hostspec.hooks

HEADINGS = ["Args:", "Returns:", "Raises:", "Example::"]


def hooks() -> Iterator[tuple[str, Callable[..., object]]]:
    for room in (hostspec.hooks, hostspec.batch_hooks):
        for _, group in inspect.getmembers(room, inspect.isclass):
            if group.__module__ == room.__name__:
                yield from inspect.getmembers(group, inspect.isfunction)


HOOKS = dict(hooks())


def headings(name: str) -> list[str]:
    lines = (inspect.getdoc(HOOKS[name]) or "").splitlines()
    return [line for line in lines if re.fullmatch(r"[A-Z][a-z]+::?", line)]


def test_the_front_door_is_sorted_and_complete() -> None:
    assert list(hostspec.__all__) == sorted(hostspec.__all__)
    assert [name for name in hostspec.__all__ if not hasattr(hostspec, name)] == []
    public = {
        name
        for name, value in vars(hostspec).items()
        if not name.startswith("_") and not inspect.ismodule(value) and name != "annotations"
    }
    assert public == set(hostspec.__all__) - {"__version__"}


def test_there_are_sixteen_hooks() -> None:
    assert len(HOOKS) == 16
    assert all(name.startswith("capture_") for name in HOOKS)


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_says_in_one_sentence_what_it_is_and_who_has_to_do_with_it(name: str) -> None:
    sentence, empty, who, *_ = (inspect.getdoc(HOOKS[name]) or "").splitlines()
    assert sentence.endswith(".")
    assert empty == ""
    assert re.match(r"Implemented by: .+\. Called by: .+", who), who
    paragraph = (inspect.getdoc(HOOKS[name]) or "").split("\n\n")[1]
    assert re.search(r"\bWhen:\s", paragraph)


@pytest.mark.parametrize("name", HOOKS)
def test_the_sections_of_a_hook_stand_in_their_order(name: str) -> None:
    found = headings(name)
    assert found == [heading for heading in HEADINGS if heading in found]
    assert found[-1] == "Example::"


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_documents_each_argument_and_its_result(name: str) -> None:
    signature = inspect.signature(HOOKS[name])
    parameters = [parameter for parameter in signature.parameters if parameter != "self"]
    text = inspect.getdoc(HOOKS[name]) or ""
    arguments = re.search(r"^Args:\n((?:    .*\n|\n)+)", text, re.M)
    documented = re.findall(r"^    (\w+): ", arguments[1], re.M) if arguments else []
    assert documented == parameters
    assert ("Returns:" in headings(name)) == (signature.return_annotation not in {"None", None})


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_has_neither_defaults_nor_keyword_only_arguments(name: str) -> None:
    # pluggy hides both from implementations.
    for parameter in inspect.signature(HOOKS[name]).parameters.values():
        assert parameter.default is inspect.Parameter.empty
        assert parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD


@pytest.mark.parametrize("name", HOOKS)
def test_the_example_of_a_hook_implements_or_calls_it(name: str) -> None:
    example = (inspect.getdoc(HOOKS[name]) or "").partition("Example::")[2]
    implemented = re.search(rf"@hookimpl\n\s+def {name}\(([^)]*)\)", example)
    if implemented is not None:
        assert implemented[1].split(", ") == list(inspect.signature(HOOKS[name]).parameters)
    else:
        # Hosts and plugins call through HookCalls, whose methods drop the prefix.
        assert f"hooks.{name.removeprefix('capture_')}(" in example
