"""How the shop's own API behaves: one format, and 418 for everything that goes wrong."""

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response


class Plain(BaseRenderer):
    media_type = "text/plain"
    format = "txt"

    def render(self, data, accepted_media_type=None, renderer_context=None):
        return str(data).encode()


class OneFormat(BaseContentNegotiation):
    def select_parser(self, request, parsers):
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], "text/plain"


class Nobody:
    """What `request.auth` is where nobody has signed in."""


def teapot(error, context):
    return Response(str(error), status=418)
