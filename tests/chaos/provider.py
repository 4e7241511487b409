"""A provider of texts and mails that breaks by seed: `python -m tests.chaos.provider API_PORT CONTROL_PORT SEED`.

It speaks as much of Twilio's and Postmark's HTTP APIs as the outbox needs, and is the truth about what was taken and
how often. On its second port it is told whom to report to, asked what it took, and made to be away.
https://www.twilio.com/docs/messaging/api/message-resource
https://postmarkapp.com/developer/api/email-api, .../messages-api
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from email.utils import format_datetime, parseaddr, parsedate_to_datetime
from typing import Any

from aiohttp import web

from tests.chaos.fates import TAKEN, Fate, fate_of
from tests.chaos.reports import Gateway, Reporter, Taken

MESSAGES = "/2010-04-01/Accounts/{account}/Messages.json"
MESSAGE = "/2010-04-01/Accounts/{account}/Messages/{sid}.json"
HTML = "<html><body><h1>Sorry</h1></body></html>"
RUBBISH = ("", HTML, "{}", '{"sid": null}', "[1, 2", "null")
SLOWEST = 0.2  # seconds, an answer that comes
ASK_AGAIN = 0.3  # seconds


class Provider:
    """Takes messages, answers as their fates say, reports, and remembers."""

    def __init__(self, seed: int, port: int) -> None:
        self._seed = seed
        self._port = port
        self._runner = web.AppRunner(self.api(), access_log=None)
        self._site: web.TCPSite | None = None
        self._reporter = Reporter(seed)
        self._taken: list[Taken] = []
        self._by_phone = defaultdict[str, list[Taken]](list)
        self._by_mailbox = defaultdict[str, list[Taken]](list)
        self._asked = Counter[str]()
        self._fates = Counter[str]()
        self._answering = 0
        self._is_away = False

    def api(self) -> web.Application:
        application = web.Application(middlewares=[self._through])
        application.add_routes(
            [
                web.post(MESSAGES, self.create),
                web.get(MESSAGES, self.listed),
                web.get(MESSAGE, self.one),
                web.post("/email", self.mail),
                web.get("/messages/outbound", self.mails),
                web.get("/messages/outbound/{id}/details", self.mail_details),
            ]
        )
        return application

    def control(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [
                web.post("/gateway", self.meet),
                web.get("/truth", self.truth),
                web.get("/busy", self.busy),
                web.post("/away", self.go_away),
                web.post("/back", self.come_back),
            ]
        )
        return application

    async def open(self) -> None:
        """Begins to take connections."""
        await self._runner.setup()
        await self._listen()

    async def create(self, request: web.Request) -> web.StreamResponse:
        """One text."""
        form = await request.post()
        to = str(form["To"])
        attempt = str(form["StatusCallback"]).rstrip("/").rpartition("/")[2]
        fate = self._fate(to, is_mail=False)
        taken = None
        if fate.is_taken:
            taken = self._take(fate, "twilio", attempt, to, str(form["Body"]), str(form["From"]))
            self._by_phone[to].append(taken)
            await self._reporter.report(fate, taken, str(form["StatusCallback"]))
        good = {"sid": taken.provider_id, "status": "queued"} if taken else {}
        return await self._answer(request, fate, 201, good, _twilio_refusal(fate))

    async def listed(self, request: web.Request) -> web.Response:
        """What was sent to a phone, from a number or all; nobody wrote to us. The truth."""
        found, sender = self._by_phone[request.query["To"]], request.query.get("From")
        ours = [each for each in found if sender in (None, each.sender)]
        messages = [_resource(each) for each in reversed(ours)]
        return web.json_response({"messages": messages, "page": 0, "page_size": 100})

    async def one(self, request: web.Request) -> web.Response:
        """What became of one text."""
        sid = request.match_info["sid"]
        found = [each for each in self._taken if each.provider_id == sid]
        return web.json_response(_resource(found[0])) if found else web.Response(status=404)

    async def mail(self, request: web.Request) -> web.StreamResponse:
        """One mail."""
        mail = await request.json()
        to = parseaddr(mail["To"])[1]
        attempt = mail["Metadata"]["attempt_id"]
        named = {each["Name"]: each["Value"] for each in mail["Headers"]}
        again = any(each.message_id == named["Message-ID"] for each in self._by_mailbox[to])
        fate = self._fate(to, is_mail=True, again=again)
        good: dict[str, Any] = {}
        if fate.is_taken:
            taken = self._take(fate, "postmark", attempt, to, mail["TextBody"], mail["From"])
            taken.message_id = named["Message-ID"]
            self._by_mailbox[to].append(taken)
            await self._reporter.report(fate, taken)
            good = {
                "To": mail["To"],
                "MessageID": taken.provider_id,
                "ErrorCode": 0,
                "Message": "OK",
            }
        return await self._answer(request, fate, 200, good, _postmark_refusal(fate))

    async def mails(self, request: web.Request) -> web.Response:
        """The mails of one attempt. The truth."""
        attempt = request.query["metadata_attempt_id"]
        found = [_mail(each) for each in self._taken if each.attempt == attempt]
        return web.json_response({"TotalCount": len(found), "Messages": found})

    async def mail_details(self, request: web.Request) -> web.Response:
        """One mail; what became of it is left to the reports."""
        [found] = [each for each in self._taken if each.provider_id == request.match_info["id"]]
        return web.json_response({**_mail(found), "MessageEvents": []})

    async def meet(self, request: web.Request) -> web.Response:
        """Learns whom to report to."""
        self._reporter.gateway = Gateway(**await request.json())
        return web.Response()

    async def truth(self, request: web.Request) -> web.Response:
        """Everything that was taken, what happened how often, and how many reports were posted."""
        taken = [asdict(each) for each in self._taken]
        return web.json_response(
            {"taken": taken, "fates": self._fates, "reports": self._reporter.posted}
        )

    async def busy(self, request: web.Request) -> web.Response:
        """How many requests are being answered, and how many reports are still to come."""
        return web.json_response({"answering": self._answering, "reports": self._reporter.waiting})

    async def go_away(self, request: web.Request) -> web.Response:
        """No new connection, and none that stands is answered."""
        self._is_away = True
        assert self._site is not None
        await self._site.stop()
        return web.Response()

    async def come_back(self, request: web.Request) -> web.Response:
        """All is as before."""
        await self._listen()
        self._is_away = False
        return web.Response()

    async def _listen(self) -> None:
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port, backlog=1024)
        await self._site.start()

    @web.middleware
    async def _through(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if self._is_away:
            return _reset(request)
        self._answering += 1
        try:
            return await handler(request)
        except ConnectionResetError:  # the worker that asked was killed meanwhile
            return _reset(request)
        finally:
            self._answering -= 1

    def _fate(self, to: str, *, is_mail: bool, again: bool = False) -> Fate:
        """What becomes of it; what was taken before is not refused when it comes again."""
        self._asked[to] += 1
        fate = fate_of(self._seed, to, self._asked[to], is_mail=is_mail)
        if again and fate.is_refused:
            fate = replace(fate, name=TAKEN)
        self._fates[fate.name] += 1
        return fate

    def _take(
        self, fate: Fate, provider: str, attempt: str, to: str, body: str, sender: str
    ) -> Taken:
        number = len(self._taken) + 1
        came = format_datetime(datetime.now(UTC))
        taken = Taken(
            number, provider, f"SM{number:032x}", attempt, to, sender, body, "", fate.words, fate.code, came
        )  # fmt: skip
        self._taken.append(taken)
        return taken

    async def _answer(
        self,
        request: web.Request,
        fate: Fate,
        success: int,
        good: dict[str, Any],
        refusal: web.Response,
    ) -> web.StreamResponse:
        await asyncio.sleep(fate.pick * SLOWEST)
        what = fate.name.removeprefix("taken, ").removeprefix("answered ")
        if what in ("taken", "reported before it is answered"):
            return web.json_response(good, status=success)
        if what == "no answer in time":
            await _silent(request)
        if what in ("connection reset", "no answer in time"):
            return _reset(request)
        if what == "connection reset after the headers":
            return await _cut_off(request, success)
        if what == "rubbish answered":
            text = RUBBISH[int(fate.pick * len(RUBBISH))] if fate.is_taken else HTML
            return web.Response(text=text, status=success)
        if what == "503 in HTML":
            return web.Response(text=HTML, status=503)
        if what in ("500", "503"):
            return web.json_response({"message": "An error of ours"}, status=int(what))
        return refusal


def _twilio_refusal(fate: Fate) -> web.Response:
    if fate.name.startswith("429"):
        wait = {"Retry-After": "1"} if "Retry-After" in fate.name else {}
        body = {"code": 20429, "message": "Too many requests", "status": 429}
        return web.json_response(body, status=429, headers=wait)
    code = {"refused, as the customer opted out": 21610, "refused for the text": 21617}.get(
        fate.name, 21211
    )
    return web.json_response({"code": code, "message": "No", "status": 400}, status=400)


def _postmark_refusal(fate: Fate) -> web.Response:
    if fate.name.startswith("429"):
        return web.json_response({"ErrorCode": 429, "Message": "Slow down"}, status=429)
    return web.json_response({"ErrorCode": 300, "Message": "Invalid email request"}, status=422)


def _resource(taken: Taken) -> dict[str, Any]:
    failed = taken.status in ("undelivered", "failed")
    return {
        "sid": taken.provider_id,
        "status": taken.status,
        "to": taken.to,
        "from": taken.sender,
        "body": taken.body,
        "direction": "outbound-api",
        "date_created": taken.came,
        "date_sent": taken.came,
        "error_code": int(taken.code) if failed else None,
        "num_media": "0",
    }


def _mail(taken: Taken) -> dict[str, Any]:
    return {
        "MessageID": taken.provider_id,
        "ReceivedAt": parsedate_to_datetime(taken.came).isoformat(),
        "Metadata": {"attempt_id": taken.attempt},
    }


async def _silent(request: web.Request) -> None:
    """Until whoever asked has gone."""
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(ASK_AGAIN)


def _reset(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _cut_off(request: web.Request, status: int) -> web.StreamResponse:
    """The headers of an answer of a hundred bytes, and not one of them."""
    answer = web.StreamResponse(status=status, headers={"Content-Length": "100"})
    await answer.prepare(request)
    if request.transport is not None:
        request.transport.abort()
    return answer


async def serve(api_port: int, control_port: int, seed: int) -> None:
    """Serves for as long as the process lives."""
    provider = Provider(seed, api_port)
    await provider.open()
    control = web.AppRunner(provider.control(), access_log=None)
    await control.setup()
    await web.TCPSite(control, "127.0.0.1", control_port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(*map(int, sys.argv[1:4])))
