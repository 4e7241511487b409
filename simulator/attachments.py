"""Files that people send: uploaded in the page, a sample picture, or a contact card."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

SAMPLE = Path(__file__).parent / "static" / "sample.jpg"


@dataclass(frozen=True)
class Attachment:
    """One file; `content_type` is what the sender's program says it is."""

    name: str
    content_type: str
    content: bytes


@cache
def sample_picture() -> Attachment:
    """A picture to send where no other is at hand."""
    return Attachment("bike.jpg", "image/jpeg", SAMPLE.read_bytes())


def contact_card(name: str, phone: str, email: str) -> Attachment:
    """A vCard (RFC 2426), as a phone shares a contact."""
    lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{_escaped(name)}", f"N:;{_escaped(name)};;;"]
    if phone:
        lines.append(f"TEL;TYPE=CELL:{_escaped(phone)}")
    if email:
        lines.append(f"EMAIL:{_escaped(email)}")
    content = "\r\n".join([*lines, "END:VCARD", ""]).encode()
    return Attachment(f"{name or 'contact'}.vcf", "text/vcard", content)


def _escaped(value: str) -> str:
    flat = " ".join(value.split()).replace("\\", "\\\\")
    return flat.replace(";", "\\;").replace(",", "\\,")
