"""A description in the markups of trackers. What people wrote stays text in all of them and never comes alive.

Sources: Atlassian Document Format, version 1 (its JSON schema, `@atlaskit/adf-schema`); Jira's text formatting notation
(wiki markup); GitHub Flavored Markdown; Redmine's Textile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from annotate.backlog.finding import Block, cleaned

_WIKI = re.compile(r"[\\*_{}\[\]|^~!#]|\?\?|(?<!\w)[-+]|[-+](?!\w)")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>|~])")
_LINE_START = re.compile(r"^(\s*)([#>+\-=]|\d+[.)])", re.MULTILINE)


def adf(parts: Sequence[Block]) -> dict[str, Any]:
    """Jira Cloud's document. Text nodes are never empty, as the schema asks; line breaks are nodes of their own."""
    content: list[dict[str, Any]] = []
    for part in parts:
        lines = [cleaned(line).replace("\n", " ") for line in part.lines]
        if part.kind == "heading":
            content.append({"type": "heading", "attrs": {"level": 3}, "content": _inline(lines)})
        elif part.kind == "list":
            items = [{"type": "listItem", "content": [_paragraph([line])]} for line in lines]
            content.append({"type": "bulletList", "content": items})
        else:
            content.append(_paragraph(lines))
    return {"version": 1, "type": "doc", "content": content or [_paragraph([])]}


def _paragraph(lines: Sequence[str]) -> dict[str, Any]:
    inline = _inline(lines)
    return {"type": "paragraph", "content": inline} if inline else {"type": "paragraph"}


def _inline(lines: Sequence[str]) -> list[dict[str, Any]]:
    result: list[dict[str, Any]] = []
    for number, line in enumerate(lines):
        if number:
            result.append({"type": "hardBreak"})
        if line:
            result.append({"type": "text", "text": line})
    while result and result[-1]["type"] == "hardBreak":
        result.pop()
    return result


_BLOCKS = {"paragraph", "heading", "blockquote", "codeBlock", "panel", "rule", "table", "mediaSingle", "mediaGroup"}


def adf_text(node: object) -> str:
    """A document as text in the form in which `plain` gives blocks, also one that people edited in Jira."""
    if isinstance(node, str):
        return node  # some fields and old issues hold a plain string
    if not isinstance(node, dict):
        return ""
    parts = [_adf_block(child) for child in node.get("content") or () if isinstance(child, dict)]
    return "\n\n".join(part for part in parts if part)


def _adf_block(node: dict[str, Any]) -> str:
    kind = node.get("type")
    children = [child for child in node.get("content") or () if isinstance(child, dict)]
    if kind in {"bulletList", "orderedList", "taskList"}:
        return "\n".join("- " + _adf_block(child) for child in children)
    if kind in {"text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status"}:
        return _adf_inline(node)
    inline = [child for child in children if child.get("type") not in _BLOCKS | {"bulletList", "orderedList"}]
    if len(inline) == len(children) and kind in _BLOCKS | {"taskItem"}:
        return "".join(_adf_inline(child) for child in children)
    return "\n".join(_adf_block(child) for child in children)


def _adf_inline(node: dict[str, Any]) -> str:
    kind = node.get("type")
    if kind == "hardBreak":
        return "\n"
    attributes = node.get("attrs") if isinstance(node.get("attrs"), dict) else {}
    assert isinstance(attributes, dict)
    return str(node.get("text") or attributes.get("text") or attributes.get("url") or attributes.get("shortName") or "")


def wiki(parts: Sequence[Block]) -> str:
    """Jira's wiki markup, for Data Center and the CSV importer."""
    return _marked(parts, lambda line: _WIKI.sub(_backslashed, cleaned(line)), heading="h3. ", item="* ", end="\n")


def _marked(parts: Sequence[Block], escape: Callable[[str], str], *, heading: str, item: str, end: str) -> str:
    """Blocks in a markup of lines: what stands before a heading and an item, and what ends a line of text."""
    out = []
    for part in parts:
        lines = [escape(line) for line in part.lines]
        if part.kind == "heading":
            out.append(heading + " ".join(lines))
        elif part.kind == "list":
            out.append("\n".join(item + line for line in lines))
        else:
            out.append(end.join(lines))
    return "\n\n".join(out)


def _backslashed(found: re.Match[str]) -> str:
    return "".join("\\" + sign for sign in found[0])


def markdown(parts: Sequence[Block]) -> str:
    """GitHub's and GitLab's Markdown. Nobody is called by an @name, no other issue by its number, no command is run."""
    return _marked(parts, escaped_markdown, heading="### ", item="- ", end="  \n")


def escaped_markdown(text: str) -> str:
    """Text that Markdown shows as it is.

    A backslash does not keep @names and #numbers asleep; an invisible space does.
    """
    text = _MARKDOWN.sub(r"\\\1", cleaned(text))
    text = _LINE_START.sub(_quiet_start, text)
    text = re.sub(r"(?m)^(\s*)/", "\\1\u200b/", text)  # GitLab runs a line such as "/close"
    return re.sub(r"([@#!$%&])(?=[\w{])", "\\1\u200b", text)


def _quiet_start(found: re.Match[str]) -> str:
    """A line that would begin a heading, a list or a quote: the backslash goes before the sign or after the number."""
    sign = found[2]
    return f"{found[1]}{sign[:-1]}\\{sign[-1]}"


def textile(parts: Sequence[Block]) -> str:
    """Redmine's Textile, people's words within <notextile>."""
    return _marked(parts, _notextile, heading="h3. ", item="* ", end="\n")


def _notextile(line: str) -> str:
    line = re.sub(r"</?\s*notextile", "notextile", cleaned(line), flags=re.IGNORECASE)
    if not re.search(r"[*_@\-+^~%\"!#<>|\[\]{}=&]", line):
        return line
    return f"<notextile>{line}</notextile>"


def html(parts: Sequence[Block]) -> str:
    """For Azure DevOps, whose descriptions are HTML."""
    from html import escape

    out = []
    for part in parts:
        lines = [escape(cleaned(line)) for line in part.lines]
        if part.kind == "heading":
            out.append(f"<h3>{' '.join(lines)}</h3>")
        elif part.kind == "list":
            out.append("<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>")
        else:
            out.append("<p>" + "<br>".join(lines) + "</p>")
    return "".join(out)
