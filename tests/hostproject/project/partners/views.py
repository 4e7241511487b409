from rest_framework.response import Response
from rest_framework.views import APIView


class Orders(APIView):
    """A call of the shop's own API, which relies on the shop's own REST_FRAMEWORK."""

    def get(self, request):
        return Response("orders")
