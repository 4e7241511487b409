"""The form by which a member begins a conversation with a customer."""

from __future__ import annotations

import uuid
from typing import Any, cast

from django import forms
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels_out.channel import PHONE_CHANNELS, Channel
from gateway.addresses import is_email, is_ours, is_phone, normalize
from gateway.begin import ConsentSource, begin_conversation
from gateway.codes import listings_of
from gateway.dashboard.fields import NOT_WHOLE, TextField
from gateway.inbound.messages import InboundForm
from gateway.models import IdempotentCall, Membership, MessageReply
from gateway.text import LONGEST_TEXT

MANY_LISTINGS = 200
CHANNELS = [
    (Channel.EMAIL, gettext_lazy("Email")),
    (Channel.SMS, "SMS"),
    (Channel.WHATSAPP, "WhatsApp"),
]
CONSENT = gettext_lazy("Writing to a phone needs the customer's consent: say how he gave it.")


class BeginForm(forms.Form):
    """Who it is, how he is reached, what he asked and what he is told."""

    form_id = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": NOT_WHOLE, "invalid": NOT_WHOLE}
    )
    business = forms.ChoiceField()
    name = forms.CharField(label=gettext_lazy("Customer's name"), max_length=255)
    channel = forms.ChoiceField(label=gettext_lazy("Write by"), choices=CHANNELS)
    email = forms.CharField(
        label=gettext_lazy("Email"),
        max_length=254,
        required=False,
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Phone, with country code"),
        max_length=40,
        required=False,
        widget=forms.TextInput({"type": "tel", "autocomplete": "off"}),
    )
    consent = forms.ChoiceField(
        label=gettext_lazy("The customer agreed to messages on the phone"),
        choices=[("", gettext_lazy("Not asked")), *ConsentSource.choices],
        required=False,
    )
    consent_words = forms.CharField(
        label=gettext_lazy("What was said or signed"), max_length=500, required=False
    )
    listing = forms.ChoiceField(label=gettext_lazy("About"), required=False)
    asked = TextField(max_length=LONGEST_TEXT)
    text = TextField(max_length=LONGEST_TEXT)

    use_required_attribute = False

    def __init__(
        self, members: list[Membership], data: QueryDict | None = None, **options: Any
    ) -> None:
        super().__init__(data, **{"auto_id": "begin-%s", "label_suffix": "", **options})
        self.members = {str(member.business_id): member for member in members}
        self.listings = {
            str(listing.pk): listing
            for listing in listings_of([member.business_id for member in members])[:MANY_LISTINGS]
        }
        self._choices("business", [(pk, m.business.name) for pk, m in self.members.items()])
        titles = [(pk, str(listing)) for pk, listing in self.listings.items()]
        self._choices("listing", [("", _("Something in general")), *titles])
        for name, label in (("asked", _("What the customer asked")), ("text", _("Your message"))):
            self.fields[name].label = label
            self.fields[name].required = True
            self.fields[name].widget.attrs |= {"rows": 3, "dir": "auto"}
        self.fields["asked"].help_text = _("It opens the conversation; the customer sees it there.")
        if len(members) == 1:
            self.fields["business"].widget = forms.HiddenInput()
            self.initial["business"] = str(members[0].business_id)

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        if email and (not is_email(email) or is_ours(email)):
            raise forms.ValidationError(
                _("Write the customer's own address, such as maya@home.example.")
            )
        return email

    def clean_phone(self) -> str:
        phone = normalize(Channel.SMS, str(self.cleaned_data["phone"]))
        if phone and not is_phone(phone):
            raise forms.ValidationError(_("Write it with country code, such as +44 20 7946 0123."))
        return phone

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        for name in ("asked", "text"):
            if name in given and not given[name].strip():
                self.add_error(name, _("Write something here."))
        channel = given.get("channel")
        if channel == Channel.EMAIL and not given.get("email") and "email" not in self.errors:
            self.add_error("email", _("To write by email its address is needed."))
        if channel in PHONE_CHANNELS:
            if not given.get("phone") and "phone" not in self.errors:
                self.add_error("phone", _("To write to a phone its number is needed."))
            if not given.get("consent"):
                self.add_error("consent", CONSENT)
        listing = self.listings.get(given.get("listing", ""))
        if listing and str(listing.business_id) != given.get("business"):
            self.add_error("listing", _("This is another business's."))
        return given

    def begin(self) -> MessageReply | None:
        """Begins it once; None where this very form was sent before. Raises NotReachable."""
        given = self.cleaned_data
        member = self.members[given["business"]]
        taken = InboundForm(
            business=member.business,
            taken_by=member,
            sender_name=given["name"],
            sender_email=given["email"],
            sender_phone=given["phone"],
            subject="",
            text=given["asked"],
            listing=self.listings.get(given["listing"]),
            reply_by=given["channel"],
            consent=given["consent_words"] if given["consent"] else "",
            consent_source=given["consent"],
        )
        with transaction.atomic():
            if not _is_first(member, given["form_id"]):
                return None
            return begin_conversation(taken, given["text"], "dashboard")


def _is_first(member: Membership, form_id: uuid.UUID) -> bool:
    return IdempotentCall.objects.get_or_create(
        caller=f"user:{member.user_id}",
        key=f"begin:{form_id}",
        defaults={"fingerprint": "", "status_code": 303},
    )[1]
