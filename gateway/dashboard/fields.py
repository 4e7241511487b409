"""What people write and attach in a form, made safe to store and to send on."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gateway.inbound.messages import InboundFile
from gateway.text import clean_text, one_line

MANY_FILES = 10
# Most mail servers refuse a mail above 25 MB, and a file grows by a third on its way (RFC 2045 6.8).
LARGEST_FILES = 18 * 1024 * 1024
TOO_MANY = gettext_lazy("At most 10 files fit; leave some out.")
TOO_LARGE = gettext_lazy("Together the files are above 18 MB; leave some out.")
NOT_WHOLE = gettext_lazy("The form did not arrive whole; send it again.")


class TextField(forms.CharField):
    """Text of several lines: line ends as LF (browsers send CRLF), without NUL and other controls."""

    widget = forms.Textarea

    def __init__(self, *, max_length: int) -> None:
        super().__init__(required=False, strip=False, max_length=max_length)

    def to_python(self, value: Any) -> str:
        return clean_text(super().to_python(value) or "")


class ListField(forms.Field):
    """All values of one name, each on one line, such as those of several boxes."""

    widget = forms.MultipleHiddenInput

    def __init__(self) -> None:
        super().__init__(required=False)

    def to_python(self, value: Any) -> list[str]:
        return [one_line(each) for each in value or []]


class FilesInput(forms.ClearableFileInput):
    """A file field that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, together not too many and not too large."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        files = [super(FilesField, self).clean(file, initial) for file in data or []]
        if len(files) > MANY_FILES:
            raise forms.ValidationError(TOO_MANY)
        if sum(file.size for file in files) > LARGEST_FILES:
            raise forms.ValidationError(TOO_LARGE)
        return files


class WrittenForm(forms.Form):
    """A text with files; `form_id` makes sending it twice harmless. Subclasses name the text."""

    attachments = FilesField(required=False)
    form_id = forms.UUIDField(error_messages={"required": NOT_WHOLE, "invalid": NOT_WHOLE})
    text_name = "text"

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if not self.errors and not (cleaned[self.text_name].strip() or cleaned["attachments"]):
            raise forms.ValidationError(_("Write something, or attach a file."))
        return cleaned

    @property
    def problems(self) -> tuple[str, ...]:
        """Why it cannot be sent, in whole sentences."""
        return tuple(str(error) for errors in self.errors.values() for error in errors)

    def inbound_files(self) -> tuple[InboundFile, ...]:
        """The files of a valid form, as the doors take them."""
        return tuple(
            InboundFile(file.name or "", _printable(file.content_type), content=file.read())
            for file in self.cleaned_data["attachments"]
        )


def _printable(text: str | None) -> str:
    """A header of a request may hold NUL, which a database cannot."""
    return "".join(character for character in text or "" if character.isprintable())
