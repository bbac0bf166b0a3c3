"""Requests to Jira against its maker's own description (from `../shared`, where it is), else against ours."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "jira" / "spec"
OWN = ROOT / "tests" / "data" / "backlog"


class Sent:
    """A request as openapi-core reads one."""

    def __init__(self, method: str, url: str, headers: dict[str, str], body: bytes) -> None:
        parts = urlsplit(url)
        self.host_url = "http://jira.test"
        self.path = parts.path
        self.method = method.lower()
        self.body = body or None
        self.content_type = headers.get("content-type", "application/json")
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(parts.query)),
            header=Headers(headers),
        )


@functools.cache
def atlassian(dialect: str) -> OpenAPI | None:
    """Atlassian's description ("cloud" or "server"), None where it isn't beside the checkout."""
    name = {"cloud": "jira-cloud-v3.json", "server": "jira-dc-10.3-openapi.json"}[dialect]
    if not (SHARED / name).is_file():
        return None
    spec = json.loads((SHARED / name).read_text())
    spec["servers"] = [{"url": "http://jira.test" + ("" if dialect == "cloud" else "/rest")}]
    for scheme in spec["components"]["securitySchemes"].values():
        if dialect == "server":
            scheme["scheme"] = "bearer"  # a personal access token, which this description doesn't name
    if dialect == "server":
        # It says that each field is an object, and a summary is not.
        spec["components"]["schemas"]["IssueUpdateBean"]["properties"]["fields"]["additionalProperties"] = {}
    for path, value in spec["paths"].items():
        if path.endswith("/attachments"):
            del value["post"]["requestBody"]  # declared as an array, which no form is; ours says what it must be
    # What we never call makes loading slow.
    kept = ("issue/createmeta", "/search", "/myself", "/mypermissions", "/attachment/meta", "/serverInfo")
    spec["paths"] = {
        path: value
        for path, value in spec["paths"].items()
        if any(part in path for part in kept) or path.endswith(("/issue", "/issue/{issueIdOrKey}", "/attachments"))
    }
    # Some of its defaults break its own schema.
    return OpenAPI.from_dict(spec, config=Config(spec_validator_cls=None))


@functools.cache
def own() -> OpenAPI:
    """Our own small description of Jira Cloud, stricter about an issue's fields than Atlassian's."""
    spec = json.loads((OWN / "jira-cloud.small.json").read_text())
    spec["servers"] = [{"url": "http://jira.test"}]
    return OpenAPI.from_dict(spec)


@functools.cache
def adf_schemas() -> tuple[dict[str, Any], ...]:
    """Schemas of the document format: ours, and Atlassian's where it is."""
    files = [OWN / "adf.small.json", SHARED / "adf-full.json"]
    return tuple(json.loads(file.read_text()) for file in files if file.is_file())


def check_adf(document: Any) -> None:
    """Raises where a document breaks a schema."""
    for schema in adf_schemas():
        jsonschema.validate(document, schema)


def violation(dialect: str, sent: Sent) -> str:
    """What is wrong with a request, empty for a good one."""
    for description in (own() if dialect == "cloud" else None, atlassian(dialect)):
        if description is None:
            continue
        sent.parameters.path = {}  # a validation leaves what it read there
        try:
            description.validate_request(sent)
        except OpenAPIError as error:
            cause = error.__cause__ or error
            return f"{sent.method} {sent.path}: {error!r} {cause!r} {getattr(cause, 'schema_errors', '')}"
    return ""
