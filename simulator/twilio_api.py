"""Twilio's REST API for messages, at the root of the server.

Source: Twilio docs, "Messages resource", "Media subresource", and "Twilio's response".
"""

import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from secrets import compare_digest
from urllib.parse import parse_qs

from aiohttp import web

from simulator.call_log import Call
from simulator.messages import MAX_PAGE, MOVING, Media, Message, Query, new_sid
from simulator.twilio_errors import RefusalError, refuse
from simulator.twilio_faults import after_recording, before_recording, refuse_reading
from simulator.twilio_resources import API, Page, date_bounds, media_json, message_json
from simulator.twilio_rules import Account, accept
from simulator.world import World

PAGE_SIZE = 50
CDN = "/cdn"
SID = web.RequestKey("sid", str)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class TwilioApi:
    """The handlers of one account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sid = world.options.account_sid
        credentials = f"{self._sid}:{world.options.auth_token}".encode()
        self._authorization = f"Basic {b64encode(credentials).decode()}"
        self._tickets: dict[str, str] = {}

    def routes(self) -> list[web.RouteDef]:
        """Everything that is served."""
        messages = f"{API}/Accounts/{{account}}/Messages"
        one, media = f"{messages}/{{sid}}", f"{messages}/{{sid}}/Media/{{media}}"
        return [
            web.post(f"{messages}.json", self._create),
            web.get(f"{messages}.json", self._asked(self._list)),
            web.get(f"{one}/Media.json", self._asked(self._list_media)),
            web.get(media, self._guarded(self._get_media)),
            web.delete(media, self._guarded(self._delete_media)),
            web.get(f"{one}.json", self._asked(self._get)),
            web.delete(f"{one}.json", self._guarded(self._delete)),
            web.get(f"{CDN}/{{ticket}}", self._serve_media),
        ]

    def _asked(self, handler: Handler) -> Handler:
        """As `_guarded`, for what only asks; it may be answered by an error."""

        async def asked(request: web.Request) -> web.StreamResponse:
            refuse_reading(self._world.faults)
            return await handler(request)

        return self._guarded(asked)

    def _guarded(self, handler: Handler) -> Handler:
        """Check the credentials first, and turn a refusal into Twilio's error answer."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                self._authenticate(request)
                return await handler(request)
            except RefusalError as refused:
                return web.json_response(refused.as_json(), status=refused.status)

        return guarded

    def _authenticate(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        is_known = compare_digest(given.encode(), self._authorization.encode())
        if not is_known or request.match_info["account"] != self._sid:
            raise refuse(20003)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        """Answer a create and log it, also one that was refused."""
        # Read all of it first: who is cut off while still sending sees another error.
        started, data = time.time(), await request.read()
        response = await self._guarded(self._take)(request)
        self._world.log.add(
            Call(
                at=started,
                direction="from_gateway",
                kind="create",
                subject=request.get(SID, ""),
                method="POST",
                url=request.path,
                request=data.decode("utf-8", "replace"),
                status=response.status,
                response=(response.text or "") if isinstance(response, web.Response) else "",
                milliseconds=int((time.time() - started) * 1000),
            )
        )
        return response

    async def _take(self, request: web.Request) -> web.StreamResponse:
        world = self._world
        wrong = before_recording(world.faults, request)
        if wrong is not None:
            return wrong
        form = parse_qs((await request.read()).decode("utf-8", "replace"))
        account = Account(self._sid, world.messages, world.consent, world.settings.current)
        message, media = accept(form, account)
        world.messages.add(message, media)
        if message.service_sid:
            world.consent.join_service(message.sender, message.service_sid)
        request[SID] = message.sid
        await world.carrier.carry(message)
        wrong = await after_recording(world.faults, request)
        return wrong or web.json_response(message_json(message, self._sid), status=201)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(message_json(self._message(request), self._sid))

    async def _list(self, request: web.Request) -> web.StreamResponse:
        query = _query(request)
        found = self._world.messages.find(query)
        shown = [message_json(message, self._sid) for message in found]
        return self._page(request, "messages", query.limit - 1, shown)

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        message = self._message(request)
        if message.status in MOVING:
            raise refuse(20009)
        self._world.messages.delete(message.sid)
        return web.Response(status=204)

    async def _list_media(self, request: web.Request) -> web.StreamResponse:
        size = _number(request, "PageSize", PAGE_SIZE)
        media = self._world.messages.media_of(self._message(request).sid)
        shown = [media_json(one, self._sid) for one in media[: size + 1]]
        return self._page(request, "media_list", size, shown)

    async def _get_media(self, request: web.Request) -> web.StreamResponse:
        """The description for `<sid>.json`; else the content, which lies elsewhere."""
        media = self._media(request)
        if request.match_info["media"].endswith(".json"):
            return web.json_response(media_json(media, self._sid))
        broken = self._world.faults.take("media_error")
        if broken:
            raise refuse(20404, request.path, status=broken["status"])
        ticket = new_sid("")
        self._tickets[ticket] = media.sid
        raise web.HTTPTemporaryRedirect(f"{self._world.url}{CDN}/{ticket}")

    async def _delete_media(self, request: web.Request) -> web.StreamResponse:
        self._world.messages.delete_media(self._media(request).sid)
        return web.Response(status=204)

    async def _serve_media(self, request: web.Request) -> web.StreamResponse:
        """The CDN: knows a ticket, and takes nobody's credentials, as storage hosts do."""
        if "Authorization" in request.headers:
            return web.Response(status=400, text="Only one auth mechanism allowed")
        media = self._world.messages.media(self._tickets.get(request.match_info["ticket"], ""))
        if media is None or media.content is None:
            return web.Response(status=403, text="The link has expired")
        headers = {"Content-Type": media.content_type, "X-Content-Type-Options": "nosniff"}
        return web.Response(body=media.content, headers=headers)

    def _message(self, request: web.Request) -> Message:
        message = self._world.messages.get(request.match_info["sid"])
        if message is None or message.deleted:
            raise refuse(20404, request.path)
        return message

    def _media(self, request: web.Request) -> Media:
        sid = request.match_info["media"].removesuffix(".json")
        for media in self._world.messages.media_of(request.match_info["sid"]):
            if media.sid == sid:
                return media
        raise refuse(20404, request.path)

    def _page(
        self, request: web.Request, key: str, size: int, shown: list[dict[str, object]]
    ) -> web.Response:
        page = Page(request.path, list(request.query.items()), _number(request, "Page", 0), size)
        return web.json_response(page.as_json(key, shown))


def _query(request: web.Request) -> Query:
    """What a list is asked for; it looks for one message more, to know whether a page follows."""
    after, before = _dates(request)
    return Query(
        sender=request.query.get("From", ""),
        recipient=request.query.get("To", ""),
        after=after,
        before=before,
        older_than=request.query.get("PageToken", "").removeprefix("PA"),
        limit=min(_number(request, "PageSize", PAGE_SIZE), MAX_PAGE) + 1,
    )


def _dates(request: web.Request) -> tuple[float | None, float | None]:
    """`DateSent=` (a whole day), `DateSent>=` and `DateSent<=` (their `=` is the query's own)."""
    asked = {name: request.query.get(f"DateSent{name}", "") for name in ("", ">", "<")}
    try:
        day = date_bounds(asked[""][:10]) if asked[""] else None
        after = date_bounds(asked[">"]) if asked[">"] else day
        before = date_bounds(asked["<"]) if asked["<"] else day
    except ValueError as error:
        raise refuse(20001, str(error)) from error
    return after and after[0], before and before[1]


def _number(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() else default
