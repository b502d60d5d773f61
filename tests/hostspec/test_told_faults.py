"""A failure inside of a subject is told by kind, field and line, so that its author finds it, and by nothing secret."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError, field_validator

from hostspec.testing.told_faults import fault_told
from tests.canaries import canary

SECRET = canary("token of a subject")


class Box(BaseModel):
    """Something that a subject fills in."""

    width: int
    note: str = ""

    @field_validator("note")
    @classmethod
    def refuse(cls, note: str) -> str:
        raise ValueError(f"not {note}")


def raised_by(call: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:
        call()
    return caught.value


def subject(folder: Path, text: str) -> ModuleType:
    """A module of somebody's."""
    file = folder / "somebodys_subject.py"
    file.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location("somebodys_subject", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_line_is_the_subjects_own_and_not_that_of_a_library_it_called(tmp_path: Path) -> None:
    module = subject(
        tmp_path, "import json\n\ndef read():\n    return inner()\n\ndef inner():\n    return json.loads('{')\n"
    )
    error = raised_by(module.read)
    assert isinstance(error, json.JSONDecodeError)
    assert fault_told(error) == f"JSONDecodeError in {tmp_path / 'somebodys_subject.py'}, line 7"


def test_what_pydantic_had_against_which_field_is_told_without_what_it_held() -> None:
    told = fault_told(raised_by(lambda: Box.model_validate({"width": SECRET})))
    assert told.startswith("ValidationError (Box.width: Input should be a valid integer, unable to parse string")
    assert SECRET not in told


def test_the_words_of_an_author_are_not_told() -> None:
    told = fault_told(raised_by(lambda: Box(width=1, note=SECRET)))
    assert told.startswith("ValidationError (Box.note: value_error) in ")
    assert SECRET not in told


def test_of_many_findings_the_first_are_told_and_the_others_counted() -> None:
    error = raised_by(lambda: TypeAdapter(list[int]).validate_python(["a"] * 10))
    assert isinstance(error, ValidationError)
    assert fault_told(error).count("valid integer") == 3
    assert "; and 7 more) in " in fault_told(error)


def test_an_error_that_was_never_raised_has_no_place() -> None:
    assert fault_told(RuntimeError(SECRET)) == "RuntimeError"
