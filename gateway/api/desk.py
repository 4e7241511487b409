"""What members add for themselves: the tags of a business, and notes beside a conversation."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from gateway.api.access import conversation_of, id_or_404, members_of
from gateway.api.endpoint import Endpoint
from gateway.api.fields import Line, Text
from gateway.api.schema import described, errors
from gateway.api.serializers.base import Shown
from gateway.api.serializers.conversation import TagShown
from gateway.models import Colour, Note, Tag
from gateway.notes import delete_note, own_note, write_note
from gateway.tags import LONGEST_NAME, CannotTag, change_tag, delete_tag, tags_of

NEWEST_NOTES = 200


class TagChanges(serializers.Serializer[Any]):
    """A tag's new name or colour."""

    name = Line(required=False, max_length=LONGEST_NAME)
    colour = serializers.ChoiceField(Colour.choices, required=False)


class NoteShown(Shown):
    """What a member wrote for colleagues; no customer sees it."""

    class Meta:
        model = Note
        fields = ("id", "author", "author_name", "text", "created_at")


class NewNote(serializers.Serializer[Any]):
    """A note to keep."""

    text = Text()


class Tags(Endpoint):
    """The tags of the caller's businesses."""

    @described(
        operation_id="listTags",
        summary="List the tags of your businesses, by name",
        responses={200: TagShown(many=True), **errors(401, 403, 429)},
    )
    def get(self, request: Request) -> Response:
        return Response(TagShown(tags_of(members_of(request)), many=True).data)


class OneTag(Endpoint):
    """One tag."""

    @described(
        operation_id="changeTag",
        summary="Give a tag another name or colour",
        request=TagChanges,
        responses={200: TagShown, **errors(400, 401, 403, 404, 429)},
    )
    def patch(self, request: Request, pk: str) -> Response:
        tag = _tag(request, pk)
        given = TagChanges(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = {"name": tag.name, "colour": tag.colour, **given.validated_data}
        try:
            change_tag(tag, wanted["name"], wanted["colour"])
        except CannotTag as error:
            raise ValidationError({"name": [ErrorDetail(str(error), "not_possible")]}) from error
        return Response(TagShown(tag).data)

    @described(
        operation_id="deleteTag",
        summary="Delete a tag, and take it off every conversation",
        responses={204: OpenApiResponse(description="Gone."), **errors(401, 403, 404, 429)},
    )
    def delete(self, request: Request, pk: str) -> Response:
        delete_tag(_tag(request, pk))
        return Response(status=204)


class Notes(Endpoint):
    """The notes in a conversation."""

    @described(
        operation_id="listNotes",
        summary=f"List the notes in a conversation, the newest {NEWEST_NOTES}, newest first",
        responses={200: NoteShown(many=True), **errors(401, 404, 410, 429)},
    )
    def get(self, request: Request, pk: str) -> Response:
        message, _ = conversation_of(request, pk)
        newest = message.notes.order_by("-created_at", "-id")[:NEWEST_NOTES]
        return Response(NoteShown(newest, many=True).data)

    @described(
        operation_id="writeNote",
        summary="Write a note that only members of the business see",
        request=NewNote,
        responses={201: NoteShown, **errors(400, 401, 404, 410, 429)},
    )
    def post(self, request: Request, pk: str) -> Response:
        message, member = conversation_of(request, pk)
        given = NewNote(data=request.data)
        given.is_valid(raise_exception=True)
        note = write_note(message, member, given.validated_data["text"])
        return Response(NoteShown(note).data, status=201)


class OneNote(Endpoint):
    """One note."""

    @described(
        operation_id="deleteNote",
        summary="Delete a note that the caller wrote",
        responses={204: OpenApiResponse(description="Gone."), **errors(401, 403, 404, 429)},
    )
    def delete(self, request: Request, pk: str) -> Response:
        members = members_of(request)
        note = own_note(request.user, id_or_404(pk))
        if note is None or note.message.business_id not in members:
            raise Http404
        delete_note(note)
        return Response(status=204)


def _tag(request: Request, pk: str) -> Tag:
    members = members_of(request)
    tag = get_object_or_404(Tag, pk=id_or_404(pk), business__in=members)
    if not (member := members[tag.business_id]).may_answer:
        raise PermissionDenied(f"Your role at {member.business} allows reading only.")
    return tag
