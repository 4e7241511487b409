"""The people of a business, and who was invited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rest_framework import serializers

from gateway.api.fields import EmailAddress, Moment
from gateway.api.serializers.base import Shown, refuse_others
from gateway.members import SHOWN_ADDRESSES, called
from gateway.models import Invitation, Membership, Role


class MemberShown(Shown):
    """One person of a business; addresses and the last sign-in are shown to its owners only, else null."""

    name = serializers.SerializerMethodField()
    verified_addresses = serializers.SerializerMethodField()
    last_sign_in = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ("id", "business", "user", "name", "role", "verified_addresses", "last_sign_in")

    def get_name(self, member: Membership) -> str:
        return called(member.user)

    def get_verified_addresses(self, member: Membership) -> list[str] | None:
        if not self._is_for_owner(member):
            return None
        return [shown.address for shown in getattr(member.user, SHOWN_ADDRESSES)]

    def get_last_sign_in(self, member: Membership) -> datetime | None:
        at: datetime | None = member.user.last_login if self._is_for_owner(member) else None
        return at

    def _is_for_owner(self, member: Membership) -> bool:
        return member.business_id in self.context["owned"]


class MemberListShown(serializers.Serializer[Any]):
    """The people of the caller's businesses, on one page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = MemberShown(many=True)


class MemberChanges(serializers.Serializer[Any]):
    """What may be changed of a member."""

    role = serializers.ChoiceField(Role.choices)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_others(data, self.fields)
        return super().to_internal_value(data)


class NewInvitation(serializers.Serializer[Any]):
    """Whom to invite to which business, and as what; sent to the same address again, the earlier one ends."""

    business = serializers.UUIDField()
    address = EmailAddress()
    role = serializers.ChoiceField(Role.choices, default=Role.MEMBER)


class InvitationShown(Shown):
    """An invitation nobody has accepted yet; after `expires_at` its link opens nothing."""

    expires_at = Moment(read_only=True)
    did_not_arrive = serializers.BooleanField(
        read_only=True, help_text="Whether its mail failed for good."
    )

    class Meta:
        model = Invitation
        fields = (
            "id",
            "business",
            "address",
            "role",
            "invited_by",
            "created_at",
            "expires_at",
            "did_not_arrive",
        )


class InvitationListShown(serializers.Serializer[Any]):
    """The open invitations of the businesses that the caller owns, on one page."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = InvitationShown(many=True)
