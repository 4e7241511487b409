"""Every error of the API in one shape: `{"type", "errors": [{"code", "detail", "attr"}]}`."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import UnreadablePostError
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from drf_standardized_errors.types import ErrorResponse
from rest_framework.exceptions import (
    APIException,
    ErrorDetail,
    NotFound,
    ParseError,
    PermissionDenied,
    ValidationError,
)
from rest_framework.response import Response

from gateway.models import CustomerMessage
from gateway.outbound.answer import MayNotAnswer
from gateway.outbound.ways import NotReachable


class Conflict(APIException):
    """The call disagrees with an earlier one."""

    status_code = 409
    default_code = "conflict"


class Joined(APIException):
    """The conversation is a part of another one now; the answer also has `merged_into`."""

    status_code = 410
    default_detail = "This conversation was joined to another one: see merged_into."
    default_code = "joined"

    def __init__(self, target: uuid.UUID) -> None:
        super().__init__()
        self.target = target
        self.more = {"merged_into": str(target)}


class TooLarge(APIException):
    """The body is larger than this call takes."""

    status_code = 413
    default_detail = "The body is too large; send files as multipart/form-data, and fewer of them."
    default_code = "too_large"


class CannotReach(ValidationError):
    """The customer cannot be reached as asked; the answer also has `reason` and `usable` channels."""

    def __init__(self, error: NotReachable) -> None:
        super().__init__({"channel": [ErrorDetail(error.reason, "not_reachable")]})
        self.more = {"reason": error.reason, "usable": error.usable}


def answer_error(exc: Exception, context: Any) -> Response | None:
    """The exception handler of every view of the API, whatever the host project's own is."""
    response: Response | None = _Handler(exc, context).run()
    return response


class _Handler(ExceptionHandler):
    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, CustomerMessage.DoesNotExist):
            return NotFound()  # erased while the call was on its way
        if isinstance(exc, MayNotAnswer):
            return PermissionDenied(str(exc))
        # Django answers these itself, in HTML; raised while DRF reads a body they would be a 500.
        if isinstance(exc, RequestDataTooBig):
            return TooLarge()
        if isinstance(exc, SuspiciousOperation | UnreadablePostError):
            return ParseError(str(exc) or None)
        converted: Exception = super().convert_known_exceptions(exc)
        return converted

    def format_exception(self, exc: APIException) -> dict[str, Any]:
        shaped: dict[str, Any] = _Formatter(exc, self.context, self.exc).run()
        return shaped


class _Formatter(ExceptionFormatter):
    def format_error_response(self, error_response: ErrorResponse) -> dict[str, Any]:
        return {**asdict(error_response), **getattr(self.exc, "more", {})}
