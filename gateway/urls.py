"""The routes of the dashboard, of the customer's link and of files."""

from django.urls import path

from gateway.dashboard.views import (
    actions,
    addresses,
    closing,
    conversation,
    customer,
    deliveries,
    files,
    held,
    inbox,
    listings,
    move,
    preview,
    question,
)

app_name = "gateway"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("changes/", inbox.changes, name="changes"),
    path("conversations/<uuid:pk>/", conversation.conversation, name="conversation"),
    path("conversations/<uuid:pk>/join/", move.join_whole, name="join"),
    path("conversations/<uuid:pk>/preview/", preview.preview_reply, name="preview"),
    path("conversations/<uuid:pk>/<slug:action>/", conversation.act, name="act"),
    path("replies/<uuid:pk>/move/", move.move, name="move"),
    path("replies/<uuid:pk>/send-again/", deliveries.send_again, name="send_again"),
    path("replies/<uuid:pk>/take-back/", deliveries.take_back, name="take_back"),
    path("replies/<uuid:pk>/send-link/", deliveries.send_link, name="send_link"),
    path("another-way/<str:signed>/", deliveries.another_way, name="another_way"),
    path("act/<str:signed>/", actions.action, name="action"),
    path("replies/<uuid:pk>/was-sent/", deliveries.was_sent, name="was_sent"),
    path("held/", held.held_list, name="held"),
    path("held/<uuid:pk>/", held.held_item, name="held_item"),
    path("held/<uuid:pk>/<slug:action>/", held.settle, name="settle"),
    path("listings/", listings.listing_list, name="listings"),
    path("listings/<str:pk>/", listings.listing_links, name="listing_links"),
    path("qr/<str:code>/<slug:channel>.svg", listings.qr, name="qr"),
    path("replies/<uuid:pk>/accept-address/", addresses.accept, name="accept_address"),
    path("closing-block/<uuid:pk>/<slug:choice>/", closing.decide, name="closing_block"),
    path("mail-works-again/", addresses.mail_works, name="mail_works"),
    path("addresses/<str:signed>/", addresses.undo, name="undo_address"),
    path("attachments/<uuid:pk>/", files.attachment, name="attachment"),
    path("attachments/<uuid:pk>/thumbnail/", files.thumbnail, name="thumbnail"),
    path("attachments/<uuid:pk>/fetch/", files.fetch, name="fetch"),
    path("c/<str:token>/", customer.customer_page, name="customer_page"),
    path("c/<str:token>/files/<uuid:pk>/", files.customer_file, name="customer_file"),
    path("q/<str:signed>/", question.question_page, name="question"),
    path("files/<str:signed>/", files.signed_file, name="signed_file"),
]
