"""The parameters of a Twilio request, read from the raw body."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

from django.utils.datastructures import MultiValueDict

from webhooks.refusal import Refusal
from webhooks.text import clean

MOST_FIELDS = 2_000  # Twilio sends about 40; ten media make 60
Form = MultiValueDict[str, str]


def is_json(content_type: str) -> bool:
    """Whether the body is JSON, as Twilio sends it to addresses with a `bodySHA256`."""
    return content_type.partition(";")[0].strip().lower() == "application/json"


def read_form(body: bytes, content_type: str) -> Form:
    """The parameters of a form or a flat JSON object; blank ones are kept, for they are signed too.

    Whatever charset is declared, Twilio writes UTF-8. Raises Refusal 400 when it cannot be read.
    """
    form: Form = MultiValueDict()
    for name, value in _json_pairs(body) if is_json(content_type) else _pairs(body):
        form.appendlist(name, value)
    return form


def word(form: Form, *names: str) -> str:
    """The first of these parameters that says something, storable."""
    values = (clean(form.get(name)).strip() for name in names)
    return next(filter(None, values), "")


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            errors="replace",
        )
    except ValueError as error:
        raise Refusal(400, f"The form has more than {MOST_FIELDS} fields.") from error


def _json_pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "The body is not the JSON that its Content-Type says.") from error
    if not isinstance(fields, dict):
        raise Refusal(400, "The body is JSON, but not an object.")
    return [(name, str(value)) for name, value in fields.items()]
