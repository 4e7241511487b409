"""The tables of the domain."""

from gateway.models.attachment import PICTURES, Attachment, AttachmentState
from gateway.models.brake import Brake
from gateway.models.business import (
    Business,
    DedicatedSender,
    MemberAddress,
    Membership,
    Role,
    Welcome,
)
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
from gateway.models.move import Move
from gateway.models.pulse import Pulse
from gateway.models.routing import Dispatch, EndedAddress, Pair, Participant, Route
from gateway.models.search import SearchText

__all__ = [
    "PICTURES",
    "Attachment",
    "AttachmentState",
    "Brake",
    "Business",
    "Consent",
    "Contact",
    "ContactAddress",
    "CustomerMessage",
    "DedicatedSender",
    "Direction",
    "Dispatch",
    "EndedAddress",
    "HeldItem",
    "HeldReason",
    "IdempotentCall",
    "Listing",
    "MemberAddress",
    "Membership",
    "MessageReply",
    "Move",
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
    "Welcome",
]
