"""The page's API for mailboxes."""

from dataclasses import asdict
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr

from aiohttp import web

from simulator.fields import Fields, answered, not_found
from simulator.mail_clients import (
    Draft,
    MailError,
    answer,
    answer_subject,
    answered_address,
    compose,
)
from simulator.mail_provider import Posted
from simulator.mail_reading import html_of, parse, parts_of, shown_html, text_of
from simulator.mails import Letter
from simulator.page_files import file_response, mail_page
from simulator.phone_api import answer_json
from simulator.world import World


class MailApi:
    """Reading, answering and writing mail as any person."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._base = world.options.base_path

    def routes(self) -> list[web.RouteDef]:
        """Everything that is served."""
        api = f"{self._base}/api/mail"
        return [
            web.get(f"{api}/mailboxes", answered(self._mailboxes)),
            web.get(api, answered(self._list)),
            web.post(f"{api}/compose", answered(self._compose)),
            web.post(f"{api}/reply", answered(self._reply)),
            web.post(f"{api}/resend", answered(self._resend)),
            web.get(api + r"/{id:\d+}", answered(self._get)),
            web.get(api + r"/{id:\d+}/raw", answered(self._raw)),
            web.get(api + r"/{id:\d+}/html", answered(self._html)),
            web.get(api + r"/{id:\d+}/parts/{index:\d+}", answered(self._part)),
        ]

    async def _mailboxes(self, request: web.Request) -> web.StreamResponse:
        boxes = [asdict(mailbox) for mailbox in self._world.mails.mailboxes()]
        return web.json_response({"mailboxes": boxes})

    async def _list(self, request: web.Request) -> web.StreamResponse:
        address = request.query.get("mailbox", "")
        if not address:
            raise MailError("Name the mailbox: ?mailbox=maya@example.test.")
        letters = self._world.mails.of_mailbox(address)
        return web.json_response({"mails": [_letter_json(letter) for letter in letters]})

    async def _get(self, request: web.Request) -> web.StreamResponse:
        letter = self._letter(int(request.match_info["id"]))
        if letter is None:
            return not_found("such mail")
        self._world.mails.mark_read(letter.id)
        return web.json_response(self._full_json(letter))

    async def _raw(self, request: web.Request) -> web.StreamResponse:
        letter = self._letter(int(request.match_info["id"]))
        if letter is None:
            return not_found("such mail")
        return web.Response(body=letter.raw, content_type="text/plain", charset="utf-8")

    async def _html(self, request: web.Request) -> web.StreamResponse:
        letter = self._letter(int(request.match_info["id"]))
        if letter is None:
            return not_found("such mail")
        return mail_page(shown_html(parse(letter.raw), self._parts_url(letter)))

    async def _part(self, request: web.Request) -> web.StreamResponse:
        letter = self._letter(int(request.match_info["id"]))
        for part in parts_of(parse(letter.raw)) if letter else []:
            if part.index == int(request.match_info["index"]):
                return file_response(part.name, part.content_type, part.content)
        return not_found("such attachment")

    async def _compose(self, request: web.Request) -> web.StreamResponse:
        fields = await Fields.of(request)
        draft = _draft(fields, to=fields.texts("to"), subject=fields.text("subject", ""))
        return await self._send(fields, compose(draft))

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        fields = await Fields.of(request)
        letter = self._letter(int(fields.number("id")))
        if letter is None:
            return not_found("such mail")
        original = parse(letter.raw)
        draft = _draft(
            fields,
            to=fields.texts("to") or (answered_address(original),),
            subject=fields.text("subject", answer_subject(original)),
            default_sender=letter.mailbox,
        )
        return await self._send(fields, answer(original, draft))

    async def _resend(self, request: web.Request) -> web.StreamResponse:
        letter = self._letter(int((await Fields.of(request)).number("id")))
        if letter is None or letter.folder != "sent":
            return not_found("such sent mail")
        answered_now = await self._world.provider.send_again(letter)
        return web.json_response({"id": letter.id, "webhook": answer_json(answered_now)})

    async def _send(self, fields: Fields, message: EmailMessage) -> web.StreamResponse:
        posted = await self._world.provider.send(
            message,
            sender=parseaddr(str(message["From"]))[1],
            recipients=fields.texts("recipients"),
            verdict=fields.text("verdict", "pass"),
        )
        return web.json_response(_posted_json(posted))

    def _letter(self, number: int) -> Letter | None:
        return self._world.mails.get(number)

    def _full_json(self, letter: Letter) -> dict[str, object]:
        message = parse(letter.raw)
        parts = [
            {
                "name": part.name,
                "content_type": part.content_type,
                "size": len(part.content),
                "inline": bool(part.content_id),
                "url": f"{self._parts_url(letter)}{part.index}",
            }
            for part in parts_of(message)
        ]
        return {
            **_letter_json(letter),
            "to": str(message.get("To", "")),
            "cc": str(message.get("Cc", "")),
            "reply_to": str(message.get("Reply-To", "")),
            "headers": [[name, str(value)] for name, value in message.items()],
            "text": text_of(message),
            "html": html_of(message),
            "attachments": parts,
        }

    def _parts_url(self, letter: Letter) -> str:
        return f"{self._base}/api/mail/{letter.id}/parts/"


def _letter_json(letter: Letter) -> dict[str, object]:
    return {
        "id": letter.id,
        "mailbox": letter.mailbox,
        "folder": letter.folder,
        "from": letter.author or letter.sender,
        "envelope_from": letter.sender,
        "recipients": list(letter.recipients),
        "subject": letter.subject,
        "message_id": letter.message_id,
        "preview": letter.preview,
        "at": datetime.fromtimestamp(letter.at, UTC).isoformat(),
        "unread": letter.unread,
        "state": letter.state,
        "webhook_status": letter.webhook_status,
    }


def _posted_json(posted: Posted) -> dict[str, object]:
    return {
        "id": posted.number,
        "message_id": posted.message_id,
        "webhook": posted.answer and answer_json(posted.answer),
    }


def _draft(
    fields: Fields, *, to: tuple[str, ...], subject: str, default_sender: str | None = None
) -> Draft:
    return Draft(
        sender=fields.text("from", default_sender),
        to=to,
        cc=fields.texts("cc"),
        subject=subject,
        text=fields.text("text", ""),
        html=fields.text("html", ""),
        style=fields.text("style", "gmail" if default_sender else "plain"),
        attachments=fields.attachments("attachments"),
        headers=fields.strings("headers"),
    )
