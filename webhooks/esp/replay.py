"""A request as Anymail's views want it: first while it is there, later made again from the journal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from django.http import HttpRequest, QueryDict

from webhooks.conf import public_url
from webhooks.esp.form import read_form_data
from webhooks.models import InboundEvent


class ReplayedRequest(HttpRequest):
    """A POST with its whole body at hand.

    Its address is made from PUBLIC_URL, because Mandrill signs the address that the mail provider
    knows. `path` is with the query, `headers` without `HTTP_`. Raises Refusal when a form cannot be
    read.
    """

    def __init__(
        self, *, path: str, headers: Mapping[str, str], content_type: str, body: bytes
    ) -> None:
        super().__init__()
        plain, _, query = path.partition("?")
        self.method = "POST"
        self.path = self.path_info = unquote(plain)
        self.META = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": self.path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": content_type,
            "CONTENT_LENGTH": str(len(body)),
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
        }
        self.content_type = content_type.partition(";")[0].strip().lower()
        self.GET = QueryDict(query)
        self._body = body
        form = read_form_data(body, content_type)
        self.POST, self.FILES = cast(Any, form.fields), form.files

    @classmethod
    def of(cls, event: InboundEvent) -> ReplayedRequest:
        """The journalled request."""
        return cls(
            path=event.path,
            headers=event.headers,
            content_type=event.content_type,
            body=event.read_body(),
        )

    @cached_property
    def json(self) -> Any:
        """The body as JSON, read once. Raises ValueError or RecursionError when it is none."""
        return json.loads(self.body.decode("utf-8"))

    def get_host(self) -> str:
        """The public host, whatever ALLOWED_HOSTS says of the one that was asked."""
        return urlsplit(public_url()).netloc

    def _get_scheme(self) -> str:
        return urlsplit(public_url()).scheme
