"""Whether a machine wrote the mail, by what its header says (RFC 3834, RFC 3464, RFC 2919)."""

from __future__ import annotations

import re

from webhooks.mail import parameters
from webhooks.mail.headers import Headers

NULL_PATH = "Its return path is empty, as of a bounce."
_PRECEDENCE = frozenset(("bulk", "junk", "list", "auto_reply", "auto-reply"))
_LIST_FIELDS = ("List-Id", "List-Unsubscribe", "List-Post")
# X-Auto-Response-Suppress is not among them: it asks not to be answered by a machine, and
# programs set it on mail that people wrote ([MS-OXCMAIL] section 2.2.3.2.14).
_REPLY_FIELDS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply-From")
_BOUNCE_FIELDS = ("X-Failed-Recipients", "X-Mailer-Daemon-Error")
_ROBOT = re.compile(
    r"(?:mailer[-_.]?daemon|postmaster|mail-?daemon|auto[-_.]?reply|bounces?|mdaemon|mmdf)(?:[+=-].*)?"
)
_UNANSWERABLE = re.compile(r"(?:no[-_.]?reply|do[-_.]?not[-_.]?reply)(?:[+=-].*)?")
# Gmail asks whoever owns the address that mail is to be forwarded to; its code is for a person.
_FORWARDING = re.compile(r"forwarding-noreply@google\.com")
_FORWARDING_SUBJECT = re.compile(r"\(?#?\d{6,12}\)?")
# Set by programs that ask an unknown writer to prove that he is a person.
_CHALLENGE_FIELDS = (
    "X-TMDA-Confirm",
    "X-ASK-Auth",
    "X-Spamarrest-Confirm",
    "X-ChoiceMail-Challenge",
)
_SUBJECT = re.compile(
    r"(?:automatic reply|automatische antwort|auto(?:matic)?[ -]?reply|out of (?:the )?office"
    r"|autoreply|réponse automatique|respuesta automática|risposta automatica|resposta automática"
    r"|automatisch antwoord|abwesenheitsnotiz|undeliver(?:able|ed)|mail delivery fail|returned mail"
    r"|delivery status notification|failure notice|delivery fail|delivery notification|mail could not be delivered"
    r"|abwesend: |automatisk svar|autosvar|automaattinen vastaus|automatyczna odpowied|automatická odpově"
    r"|automatikus válasz|otomatik yan\u0131t"
    r"|автоответ|автоматический ответ|автоматична відповідь|αυτόματη απάντηση"
    r"|自動応答|自动回复|自動回覆|자동 ?회신|răspuns automat|resposta automàtica|absence du bureau|fuera de la oficina"
    r"|please confirm your (?:message|e-?mail)|sender verification"
    r"|your (?:message|e-?mail) (?:requires|is awaiting) (?:confirmation|verification)"
    r"|read receipt|return receipt|lesebestätigung"
    r"|non[- ]?remis|unzustellbar|delayed mail|mail system error|nondeliverable)"
)


def reason_automatic(headers: Headers, from_address: str, from_name: str) -> str:
    """Why the mail counts as automatic, in plain words, or nothing when a person may have written it."""
    if is_forwarding_request(headers, from_address):
        return ""
    return (
        _by_submission(headers)
        or _by_report(headers)
        or _by_path(headers)
        or _by_list(headers)
        or _by_sender(headers, from_address, from_name)
        or _by_subject(headers)
    )


def is_forwarding_request(headers: Headers, from_address: str) -> bool:
    """Whether it asks to confirm that mail may be forwarded to us (Gmail), which only a person can do."""
    return bool(_FORWARDING.fullmatch(from_address.lower())) and bool(
        _FORWARDING_SUBJECT.search(headers.text("Subject"))
    )


def is_null_path(address: str) -> bool:
    """Whether this is the envelope sender of a bounce (RFC 5321 section 4.5.5)."""
    return "".join(address.split()) == "<>"


def _by_submission(headers: Headers) -> str:
    submitted = re.split(r"[\s;(]", headers.get("Auto-Submitted").lower(), maxsplit=1)[0]
    if submitted and submitted != "no":
        return f"Its header says Auto-Submitted: {submitted[:60]}."
    fields = (
        name
        for name in (*_REPLY_FIELDS, *_CHALLENGE_FIELDS)
        if headers.get(name).lower() not in {"", "no", "false"}
    )
    return next((f"Its header has {name}." for name in fields), "")


def _by_report(headers: Headers) -> str:
    content_type, details = parameters.parse(headers.get("Content-Type"))
    if content_type == "multipart/report" or "report-type" in details:
        return f"It is a report ({details.get('report-type', 'of a mail server')[:60]})."
    return next((f"Its header has {name}." for name in _BOUNCE_FIELDS if name in headers), "")


def _by_path(headers: Headers) -> str:
    return NULL_PATH if any(is_null_path(path) for path in headers.all("Return-Path")[:1]) else ""


def _by_list(headers: Headers) -> str:
    precedence = headers.get("Precedence").lower()
    if precedence in _PRECEDENCE:
        return f"Its header says Precedence: {precedence}."
    return next((f"It came over a list ({name})." for name in _LIST_FIELDS if name in headers), "")


def _by_sender(headers: Headers, address: str, name: str) -> str:
    """Portals pass on what people wrote under a no-reply address, with their name or Reply-To."""
    local = address.rpartition("@")[0].lower()
    nobody = not name and "Reply-To" not in headers and _UNANSWERABLE.fullmatch(local)
    return f"It was sent by {local[:60]}." if nobody or _ROBOT.fullmatch(local) else ""


def _by_subject(headers: Headers) -> str:
    subject = headers.text("Subject").lower()
    return f"Its subject is a machine's: {subject[:60]}." if _SUBJECT.match(subject) else ""
