"""Reading the JSON that the page's API takes, with a clear answer to what is wrong."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Self

from aiohttp import web

from simulator.attachments import Attachment, sample_picture
from simulator.faults import SwitchError
from simulator.mail_clients import MailError
from simulator.phone import TextError
from simulator.settings import SettingError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SAMPLE = "sample"


class FieldError(ValueError):
    """A field is missing or has the wrong form; the text says what to do."""


@dataclass(frozen=True)
class Fields:
    """A JSON object, read field by field; every reader raises FieldError."""

    values: Mapping[str, object]

    @classmethod
    async def of(cls, request: web.Request) -> Self:
        """The body of a request. JSON only: a form of another site cannot send that."""
        if request.content_type != "application/json":
            raise FieldError("Send JSON, with Content-Type: application/json.")
        try:
            values = await request.json()
        except ValueError as error:
            raise FieldError(f"The body is no JSON: {error}") from error
        if not isinstance(values, dict):
            raise FieldError("The body must be a JSON object.")
        return cls(values)

    def text(self, name: str, default: str | None = None) -> str:
        """A string; required where there is no default."""
        value = self.values.get(name, default)
        if isinstance(value, str):
            return value
        raise FieldError(f"{name} must be a string.")

    def number(self, name: str) -> float:
        """A number."""
        value = self.values.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        raise FieldError(f"{name} must be a number.")

    def flag(self, name: str) -> bool:
        """True or false; false where it is absent."""
        value = self.values.get(name, False)
        if isinstance(value, bool):
            return value
        raise FieldError(f"{name} must be true or false.")

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; one string stands for a list of one, absence for none."""
        value = self.values.get(name) or []
        given = [value] if isinstance(value, str) else value
        if isinstance(given, list) and all(isinstance(one, str) for one in given):
            return tuple(given)
        raise FieldError(f"{name} must be a string or a list of strings.")

    def part(self, name: str) -> "Fields | None":
        """An object inside, or None."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, dict):
            return Fields(value)
        raise FieldError(f"{name} must be an object.")

    def strings(self, name: str) -> dict[str, str]:
        """An object that holds strings only."""
        part = self.part(name)
        return {} if part is None else {key: part.text(key) for key in part.values}

    def attachments(self, name: str) -> tuple[Attachment, ...]:
        """Files as `{name, content_type, base64}`, or "sample" for a picture of ours."""
        value = self.values.get(name) or []
        if not isinstance(value, list):
            raise FieldError(f"{name} must be a list.")
        return tuple(_attachment(name, one) for one in value)


def answered(handler: Handler) -> Handler:
    """Turn what a caller did wrong into 400 with `{"error"}`."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except (FieldError, TextError, MailError, SwitchError, SettingError) as error:
            return web.json_response({"error": str(error)}, status=400)

    return guarded


def not_found(what: str) -> web.Response:
    """404 in the API's form."""
    return web.json_response({"error": f"There is no {what}."}, status=404)


def _attachment(name: str, given: object) -> Attachment:
    if given == SAMPLE:
        return sample_picture()
    if not isinstance(given, dict):
        raise FieldError(f'{name} holds "{SAMPLE}" or {{name, content_type, base64}}.')
    fields = Fields(given)
    try:
        content = base64.b64decode(fields.text("base64"), validate=True)
    except binascii.Error as error:
        raise FieldError(f"{name}: base64 cannot be decoded: {error}") from error
    content_type = fields.text("content_type", "application/octet-stream")
    return Attachment(fields.text("name"), content_type, content)
