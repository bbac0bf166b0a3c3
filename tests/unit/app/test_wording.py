"""Every code has a sentence that reads well with and without a detail."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from annotate.errors import StudyCode, StudyError
from app.wording import code_sentence, sentence
from capture.errors import CaptureCode
from transcribe.errors import TranscribeCode

CODES: list[StrEnum] = [*CaptureCode, *TranscribeCode, *StudyCode]


@pytest.mark.parametrize("code", CODES, ids=lambda code: f"{type(code).__name__}.{code.name}")
@pytest.mark.parametrize("detail", ["", "/somewhere/thing"])
def test_sentence_is_whole(code: StrEnum, detail: str) -> None:
    text = code_sentence(code, detail)
    assert text[0].isupper() or text.startswith("/")
    assert text.endswith(".")
    assert "{" not in text
    assert "  " not in text
    assert " ." not in text
    assert not re.search(r"\b[Ee]rror\b", text)
    assert code.value not in text.split(), "a code is not a word for users"


def test_unknown_exception_says_what_is_safe_and_keeps_its_inside_to_itself() -> None:
    text = sentence(RuntimeError("secret inner thing"))
    assert "safe" in text
    assert "secret" not in text


def test_error_with_detail_names_it() -> None:
    assert "/a/b" in sentence(StudyError(StudyCode.STUDY_MISSING, "/a/b"))


def test_what_is_in_use_is_told_without_the_inside_of_the_study() -> None:
    text = sentence(StudyError(StudyCode.ROW_IN_USE, "task 0190-ab: task_run"))
    assert "0190" not in text
    assert "task_run" not in text
    assert "a session has worked on" in text
