"""Descriptions in the markups of trackers: whole, valid, and never alive."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.backlog import markup
from annotate.backlog.finding import Block, blocks, cleaned, one_line, plain, slugged
from tests.helpers.contract import check_adf
from tests.unit.annotate.backlog.conftest import finding

HOSTILE = [
    "=1+1",
    "@everyone look at #12 and !3",
    "<script>alert(1)</script> & <img src=x onerror=y>",
    "*bold* _it_ {code}x{code} [link|http://x] -- {color:red}a{color}",
    "# heading\n- item\n1. one\n> quote",
    "/close\n/assign @me",
    "שלום עולם \u202e reversed 👩‍🚀 é\u0301",
    "tab\tand\x00nul\x1b[31m\r\nline",
    "</notextile> h1. big",
    "`code` ```block``` [x](javascript:1) ![i](http://x)",
]
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)
blocks_of = st.lists(
    st.builds(
        Block,
        st.sampled_from(["text", "list"]),
        st.lists(words.map(one_line).filter(bool), min_size=1, max_size=4).map(tuple),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_documents_hold_to_the_schema_whatever_people_write(text: str) -> None:
    one = finding(title=text, description=text, recommendation=text, study=text, task=text)
    check_adf(markup.adf(blocks(one)))


@given(blocks_of)
def test_a_document_reads_back_as_its_text(parts: list[Block]) -> None:
    document = markup.adf(parts)
    check_adf(document)
    assert markup.adf_text(document) == plain(parts)


def test_a_document_that_people_edited_is_read() -> None:
    document = {
        "type": "doc",
        "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": "a", "marks": [{"type": "strong"}]}]},
            {
                "type": "orderedList",
                "content": [
                    {"type": "listItem", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "b"}]}]}
                ],
            },
            {
                "type": "panel",
                "content": [{"type": "paragraph", "content": [{"type": "mention", "attrs": {"text": "@c"}}]}],
            },
        ],
    }
    assert markup.adf_text(document) == "a\n\n- b\n\n@c"
    assert markup.adf_text(None) == ""


def test_markdown_calls_nobody_and_names_no_issue() -> None:
    text = markup.markdown([Block("text", ("@ada see #12 and !4, ~bug",)), Block("text", ("/close",))])
    assert not re.search(r"(?<![\\\u200b])@ada|#12|!4", text)
    assert not re.search(r"(?m)^/close", text)


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_makes_no_markup_of_text(text: str) -> None:
    """Read by a Markdown parser, only the text is left."""
    from markdown_it import MarkdownIt

    html = MarkdownIt().render(markup.markdown([Block("text", tuple(cleaned(text).split("\n")))]))
    assert not re.search(r"<(?!/?p>|br />)", html), html


def test_wiki_escapes_what_jira_reads() -> None:
    assert markup.wiki([Block("text", ("{code} *b* [x|y] !i! -s-",))]) == r"\{code\} \*b\* \[x\|y\] \!i\! \-s\-"


def test_textile_cannot_be_left() -> None:
    told = markup.textile([Block("text", ("*x* </notextile> <b>",))])
    assert told.count("</notextile>") == 1
    assert told.endswith("</notextile>")


def test_html_is_escaped() -> None:
    assert "<script>" not in markup.html([Block("text", ("<script>&",)), Block("list", ("<b>",))])


@given(words)
def test_labels_have_no_spaces(text: str) -> None:
    assert not re.search(r"\s|[\",;]", slugged(text))


def test_a_description_says_the_moment_in_words() -> None:
    told = plain(blocks(finding()))
    assert "Session P01 at 00:43: Clicks thrice – “Did it do anything?”" in told
    assert "Found by 3 of 5 participants" in told
    assert "Severity 3 of 4 (major" in told
    assert told.endswith("Issue 1 of the study “Shop” (ux-one)")
