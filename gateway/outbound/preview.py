"""What an answer would be on its way: where it goes, in which texts, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from channels_out.channel import Channel
from channels_out.sms import Segments, segments_of
from gateway import conf
from gateway.file_types import media_type
from gateway.models import Attachment, CustomerMessage
from gateway.outbound.render_text import texts_to_customer
from gateway.outbound.ways import Draft, Way, choose


@dataclass(frozen=True)
class Preview:
    """One answer as it would go out now. `texts` is empty by mail, `parts` but by SMS."""

    way: Way
    texts: list[str]
    parts: list[Segments]

    @property
    def segments(self) -> int:
        """What the phone network counts, and the provider charges for."""
        return sum(part.number for part in self.parts)

    @property
    def alphabet(self) -> str:
        """The widest that one of the texts needs, or ""."""
        return max((part.alphabet.name for part in self.parts), default="")

    @property
    def cost(self) -> str:
        """What all segments cost, such as "0.0249 USD"; "" where no price is set."""
        price = conf.sms_segment_price()
        if price is None or not self.parts:
            return ""
        amount, currency = price
        return f"{Decimal(self.segments) * amount} {currency}".strip()


def file_meant(name: str, size: int, content_type: str) -> Attachment:
    """A file that is to go along and is not here yet: `size` in bytes."""
    return Attachment(name=name[:255], size=size, content_type=media_type(content_type))


def preview(message: CustomerMessage, draft: Draft, wish: str = "") -> Preview:
    """What `post_reply` would send for this draft, at this moment. Its files may be unsaved: an address of one
    is then as long as the one that goes out, and leads nowhere.

    Raises NotReachable as it does.
    """
    way, text = choose(message, wish, draft), draft.text
    if way.sender is None:
        return Preview(way, [], [])
    if way.filled:
        asks_first = not way.filled.template.carries_answer
        return Preview(way, [way.filled.text, *([text] if asks_first else [])], [])
    rendered = texts_to_customer(message, text, list(draft.files), way.sender, way.address)
    texts = [each.text for each in rendered]
    parts = [segments_of(each) for each in texts] if way.channel == Channel.SMS else []
    return Preview(way, texts, parts)
