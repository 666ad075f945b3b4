"""The JSON schema of an answer, for endpoints that can hold a model to it."""

from collections.abc import Mapping

from apps.acceptance.core.authoring.answer import MAX_CHECKS
from apps.acceptance.core.authoring.model_checks import FORMS, MAX_GIVEN, MAX_INPUTS, MAX_THEN

_ANY: Mapping[str, object] = {}  # a value: what it may be is read strictly afterwards
_ROW = {"type": "array", "items": _ANY}
_NUMBER = {"type": ["number", "null"]}


def _object(required: list[str], **fields: object) -> dict[str, object]:
    return {
        "type": "object",
        "properties": fields,
        "required": required,
        "additionalProperties": False,
    }


_GIVEN = _object(["value"], name={"type": "string"}, value=_ANY)
_THEN = _object(["value"], value=_ANY, expect=_ANY, length={"type": "integer"})
_BOUND = _object(
    [],
    low=_NUMBER,
    high=_NUMBER,
    low_open={"type": "boolean"},
    high_open={"type": "boolean"},
    unit={"enum": ["", "length", "multiple"]},
)
_CHECK = _object(
    ["kind", "target", "quote"],
    kind={"enum": [kind.value for kind in FORMS]},
    target={"type": "string"},
    quote={"type": "string"},
    given={"type": "array", "items": _GIVEN, "maxItems": MAX_GIVEN},
    args=_ROW,
    named={"type": "object"},
    take=_ROW,
    expect=_ANY,
    raises={"type": "string"},
    property={"type": "string"},
    then={"type": "array", "items": _THEN, "maxItems": MAX_THEN},
    inputs={"type": "array", "items": _ROW, "maxItems": MAX_INPUTS},
    refused={"type": "array", "items": _ROW, "maxItems": MAX_INPUTS},
    bound=_BOUND,
    partner={"type": "string"},
    seconds={"type": "number"},
    size={"type": "integer"},
)
SCHEMA: Mapping[str, object] = _object(
    ["checks", "question"],
    checks={"type": "array", "items": _CHECK, "maxItems": MAX_CHECKS},
    question={"type": "string"},
)
# As `CompletionRequest.response_format` takes them. The schema itself stands in the prompt: not every
# endpoint takes one with values of any shape, and the answer is read strictly anyway.
ANSWER_FORMAT: Mapping[str, object] = {"type": "json_object"}
SCHEMA_FORMAT: Mapping[str, object] = {
    "type": "json_schema",
    "json_schema": {"name": "checks", "schema": SCHEMA, "strict": False},
}
