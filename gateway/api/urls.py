"""The routes of the API; the product mounts them at `/api/`."""

from __future__ import annotations

from django.urls import path, re_path

from gateway.api import (
    addresses,
    beginning,
    business,
    canned,
    channels,
    checks,
    customer,
    desk,
    glance,
    held,
    limits,
    listings,
    members,
    notifications,
    opening,
    preview,
    readings,
    replies,
    suggestions,
    templates,
    tokens,
)
from gateway.api.endpoint import Nowhere
from gateway.api.schema import Docs, Schema

app_name = "gateway-api"
urlpatterns = [
    path("business/messages/", business.Inbox.as_view(), name="inbox"),
    path("business/messages/unread/", business.Unread.as_view(), name="unread"),
    path("business/messages/begin/", beginning.Begin.as_view(), name="begin"),
    path("business/messages/<str:pk>/", business.Conversation.as_view(), name="message"),
    path("business/messages/<str:pk>/reply/", business.Reply.as_view(), name="reply"),
    path("business/messages/<str:pk>/preview/", preview.Previewing.as_view(), name="preview"),
    path("business/messages/<str:pk>/channels/", channels.Channels.as_view(), name="channels"),
    path("business/templates/", templates.Templates.as_view(), name="templates"),
    path("business/templates/<str:pk>/", templates.OneTemplate.as_view(), name="template"),
    path("business/limits/", limits.Limits.as_view(), name="limits"),
    path("business/limits/<str:pk>/", limits.LimitsOfOne.as_view(), name="limit"),
    path("business/messages/<str:pk>/block/", business.Block.as_view(), name="block"),
    path("business/attachments/<str:pk>/fetch/", business.Fetch.as_view(), name="fetch"),
    path(
        "business/messages/<str:pk>/accept-address/",
        business.AcceptAddress.as_view(),
        name="accept_address",
    ),
    path("business/replies/<str:pk>/send-again/", replies.SendAgain.as_view(), name="send_again"),
    path("business/replies/<str:pk>/was-sent/", replies.WasSent.as_view(), name="was_sent"),
    path("business/replies/<str:pk>/nudge/", replies.Nudge.as_view(), name="nudge"),
    path("business/replies/<str:pk>/cancel/", replies.Cancel.as_view(), name="cancel_reply"),
    path("business/held/", held.Held.as_view(), name="held"),
    path("business/held/<str:pk>/send/", held.Send.as_view(), name="send_held"),
    path("business/held/<str:pk>/accept-address/", held.Accept.as_view(), name="accept_held"),
    path("business/held/<str:pk>/file/", held.File.as_view(), name="file_held"),
    path("business/held/<str:pk>/refuse/", held.Refuse.as_view(), name="refuse_held"),
    path("business/listings/<str:pk>/links/", listings.Links.as_view(), name="listing_links"),
    path("business/messages/<str:pk>/notes/", desk.Notes.as_view(), name="notes"),
    path("business/notes/<str:pk>/", desk.OneNote.as_view(), name="note"),
    path(
        "business/messages/<str:pk>/suggestions/",
        suggestions.Suggestions.as_view(),
        name="suggestions",
    ),
    path("business/suggestions/<str:pk>/", suggestions.OneSuggestion.as_view(), name="suggestion"),
    path("business/canned/", canned.Canned.as_view(), name="all_canned"),
    path("business/canned/<str:pk>/", canned.OneCanned.as_view(), name="canned"),
    path("business/tags/", desk.Tags.as_view(), name="tags"),
    path("business/tags/<str:pk>/", desk.OneTag.as_view(), name="tag"),
    path("business/glance/", glance.AtAGlance.as_view(), name="glance"),
    path("business/readings/", readings.Readings.as_view(), name="readings"),
    path(
        "business/notifications/", notifications.Notifications.as_view(), name="all_notifications"
    ),
    path(
        "business/notifications/<str:pk>/",
        notifications.NotificationsOfOne.as_view(),
        name="notifications",
    ),
    path("business/addresses/", addresses.Addresses.as_view(), name="addresses"),
    path("business/addresses/confirm/", addresses.Confirming.as_view(), name="confirm_address"),
    path("business/addresses/<str:pk>/", addresses.OneAddress.as_view(), name="address"),
    path("business/tokens/", tokens.Tokens.as_view(), name="tokens"),
    path("business/tokens/<str:pk>/", tokens.OneToken.as_view(), name="token"),
    path("business/checks/", checks.Checks.as_view(), name="checks"),
    path("business/checks/<str:name>/", checks.OneCheck.as_view(), name="check"),
    path("business/hours/", opening.Openings.as_view(), name="openings"),
    path("business/hours/<str:pk>/", opening.OpeningOfOne.as_view(), name="opening"),
    path("business/members/", members.Members.as_view(), name="members"),
    path("business/members/<str:pk>/", members.OneMember.as_view(), name="member"),
    path("business/invitations/", members.Invitations.as_view(), name="invitations"),
    path("business/invitations/<str:pk>/", members.OneInvitation.as_view(), name="invitation"),
    path("business/messages/<str:pk>/move/", business.Moving.as_view(), name="move"),
    path("customer/messages/", customer.Messages.as_view(), name="send"),
    path(
        "customer/messages/<str:pk>/conversation/", customer.Thread.as_view(), name="conversation"
    ),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", Docs.as_view(), name="docs"),
    # Only addresses that end in a slash, so that Django can still add one that was forgotten.
    re_path(r"^(?:.*/)?$", Nowhere.as_view(), name="nowhere"),
]
