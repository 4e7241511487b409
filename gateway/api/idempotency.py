"""The same call twice has one effect: the second gets the first one's answer.

As the IETF's draft-ietf-httpapi-idempotency-key-header describes it. The key is a row under a
unique constraint, made in the transaction of the effect: of two calls at the same instant the
second waits for the first, and a call that fails leaves nothing behind and may be made again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.errors import Conflict
from gateway.client_address import client_address
from gateway.models import IdempotentCall

HEADER = "Idempotency-Key"
LONGEST_KEY = 200
PARAMETER = OpenApiParameter(
    HEADER,
    location=OpenApiParameter.HEADER,
    description="The same key and body get the first answer again; another body is a 409.",
)


def once(request: Request, effect: Callable[[], Response]) -> Response:
    """Runs `effect` in a transaction, unless this caller has made this call before under its key.

    Raises ValidationError for a bad key, Conflict where the key was used for another call.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return effect()
    if not re.fullmatch(rf"[\x21-\x7e]{{1,{LONGEST_KEY}}}", key):
        detail = f"Write 1 to {LONGEST_KEY} visible ASCII characters, such as a UUID."
        raise ValidationError({HEADER: [ErrorDetail(detail, "invalid")]})
    return _once(request, key, effect)


@transaction.atomic
def _once(request: Request, key: str, effect: Callable[[], Response]) -> Response:
    fingerprint = _fingerprint(request)
    call, fresh = IdempotentCall.objects.get_or_create(
        caller=_caller(request), key=key, defaults={"fingerprint": fingerprint}
    )
    if not fresh:
        if call.fingerprint != fingerprint:
            raise Conflict(f"This {HEADER} was used for another call; take a new one.")
        return _answer(call)
    response = effect()
    call.status_code = response.status_code
    call.body = JSONRenderer().render(response.data).decode()
    call.save(update_fields=["status_code", "body"])
    return _answer(call)


def _answer(call: IdempotentCall) -> Response:
    return Response(json.loads(call.body), call.status_code)


def _caller(request: Request) -> str:
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    return f"address:{client_address(request)}"[:100]


def _fingerprint(request: Request) -> str:
    """Of the method, the path and what the body says: a multipart body differs in bytes each time."""
    said = json.dumps([request.method, request.path, _plain(request.data)], sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _plain(data: Any) -> Any:
    if not hasattr(data, "lists"):
        return data
    return [(name, [_digest(value) for value in values]) for name, values in data.lists()]


def _digest(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    value.seek(0)
    digest = hashlib.sha256(value.read()).hexdigest()
    return [value.name, value.content_type, digest]
