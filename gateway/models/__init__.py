"""The tables of the domain."""

from gateway.models.attachment import PICTURES, Attachment, AttachmentState
from gateway.models.business import Business, DedicatedSender, MemberAddress, Membership, Role
from gateway.models.contact import Consent, Contact, ContactAddress
from gateway.models.conversation import (
    CustomerMessage,
    Direction,
    MessageReply,
    Status,
    UnreadCounter,
)
from gateway.models.held import HeldItem, HeldReason, Receipt, Settlement
from gateway.models.idempotency import IdempotentCall
from gateway.models.listing import Listing
from gateway.models.pulse import Pulse
from gateway.models.routing import Digest, Dispatch, Pair, Participant, Route
from gateway.models.search import SearchText

__all__ = [
    "PICTURES",
    "Attachment",
    "AttachmentState",
    "Business",
    "Consent",
    "Contact",
    "ContactAddress",
    "CustomerMessage",
    "DedicatedSender",
    "Digest",
    "Direction",
    "Dispatch",
    "HeldItem",
    "HeldReason",
    "IdempotentCall",
    "Listing",
    "MemberAddress",
    "Membership",
    "MessageReply",
    "Pair",
    "Participant",
    "Pulse",
    "Receipt",
    "Role",
    "Route",
    "SearchText",
    "Settlement",
    "Status",
    "UnreadCounter",
]
