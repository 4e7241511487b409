"""The tables of the domain."""

from gateway.models.api_token import ApiToken
from gateway.models.assignment import Assignment
from gateway.models.attachment import PICTURES, Attachment, AttachmentState
from gateway.models.away import AwaySent
from gateway.models.brake import Brake
from gateway.models.business import (
    LONGEST_WAIT,
    Business,
    DedicatedSender,
    MemberAddress,
    Membership,
    Role,
    Welcome,
)
from gateway.models.canned import CannedAnswer
from gateway.models.check import Check, CheckName
from gateway.models.closing import ClosingBlock, ClosingState
from gateway.models.contact import Consent, Contact, ContactAddress
from gateway.models.conversation import (
    CustomerMessage,
    Direction,
    MessageReply,
    Seal,
    Status,
    UnreadCounter,
)
from gateway.models.copy import Copy, CopySent
from gateway.models.draft import Draft
from gateway.models.failure import Failure, FailureOutcome
from gateway.models.glance import BusinessDay, DayClock
from gateway.models.held import NEVER_SENT, HeldItem, HeldReason, Receipt, Settlement
from gateway.models.idempotency import IdempotentCall
from gateway.models.invitation import Invitation
from gateway.models.listing import Listing
from gateway.models.move import Move
from gateway.models.note import Note
from gateway.models.notifications import (
    Event,
    Notice,
    NoticeKind,
    NotificationSettings,
    Telling,
)
from gateway.models.presence import Presence
from gateway.models.proof import AddressProof
from gateway.models.pulse import Pulse
from gateway.models.question import (
    Kind,
    ListingCode,
    Option,
    Question,
    StrangersAsked,
    Unasked,
)
from gateway.models.reading import Reading
from gateway.models.routing import Dispatch, EndedAddress, Pair, Participant, Route
from gateway.models.saved import SavedView
from gateway.models.search import SearchText
from gateway.models.silence import Silence, SilenceOutcome
from gateway.models.suggestion import Suggestion, SuggestionState
from gateway.models.tag import Colour, Tag, Tagging
from gateway.models.template import Filling, TemplateCategory, WhatsAppTemplate
from gateway.models.texts_sent import TextsSent
from gateway.models.whatsapp import WhatsAppUser

__all__ = [
    "LONGEST_WAIT",
    "NEVER_SENT",
    "PICTURES",
    "AddressProof",
    "ApiToken",
    "Assignment",
    "Attachment",
    "AttachmentState",
    "AwaySent",
    "Brake",
    "Business",
    "BusinessDay",
    "CannedAnswer",
    "Check",
    "CheckName",
    "ClosingBlock",
    "ClosingState",
    "Colour",
    "Consent",
    "Contact",
    "ContactAddress",
    "Copy",
    "CopySent",
    "CustomerMessage",
    "DayClock",
    "DedicatedSender",
    "Direction",
    "Dispatch",
    "Draft",
    "EndedAddress",
    "Event",
    "Failure",
    "FailureOutcome",
    "Filling",
    "HeldItem",
    "HeldReason",
    "IdempotentCall",
    "Invitation",
    "Kind",
    "Listing",
    "ListingCode",
    "MemberAddress",
    "Membership",
    "MessageReply",
    "Move",
    "Note",
    "Notice",
    "NoticeKind",
    "NotificationSettings",
    "Option",
    "Pair",
    "Participant",
    "Presence",
    "Pulse",
    "Question",
    "Reading",
    "Receipt",
    "Role",
    "Route",
    "SavedView",
    "Seal",
    "SearchText",
    "Settlement",
    "Silence",
    "SilenceOutcome",
    "Status",
    "StrangersAsked",
    "Suggestion",
    "SuggestionState",
    "Tag",
    "Tagging",
    "Telling",
    "TemplateCategory",
    "TextsSent",
    "Unasked",
    "UnreadCounter",
    "Welcome",
    "WhatsAppTemplate",
    "WhatsAppUser",
]
