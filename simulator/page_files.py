"""Files of strangers, answered so that a browser cannot run them."""

from urllib.parse import quote

from aiohttp import web

# Shown in the page; everything else is offered as a download.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
INERT = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox"


def file_response(name: str, content_type: str, content: bytes) -> web.Response:
    """A picture to show, or any other file to download."""
    is_picture = content_type in PICTURES
    kind = "inline" if is_picture else "attachment"
    return web.Response(
        body=content,
        headers={
            "Content-Type": content_type if is_picture else "application/octet-stream",
            "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": INERT,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, max-age=3600",
        },
    )


def mail_page(body: str) -> web.Response:
    """The HTML of a mail for a frame: no scripts, nothing from elsewhere, links in a new window."""
    return web.Response(
        text=f"<!doctype html><html lang='en'><title>Mail</title>{body}</html>",
        content_type="text/html",
        headers={
            "Content-Security-Policy": f"{INERT} allow-popups allow-popups-to-escape-sandbox",
            # The page that shows it is of the same origin.
            "X-Frame-Options": "SAMEORIGIN",
            "X-Content-Type-Options": "nosniff",
        },
    )
