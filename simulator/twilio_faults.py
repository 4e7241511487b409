"""How creating a message goes wrong on demand."""

import asyncio
import socket
import struct

from aiohttp import web

from simulator.faults import Faults
from simulator.twilio_errors import refuse

RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER of zero seconds sends RST, not FIN
READ_CODES = {401: 20003, 429: 20429}
UNAVAILABLE = 20503
UNREADABLE = {
    "create_empty": ("", "application/json"),
    "create_html": ("<!doctype html><title>OK</title><h1>It works</h1>", "text/html"),
    "create_object": ("{}", "application/json"),
}


def before_recording(faults: Faults, request: web.Request) -> web.Response | None:
    """The answer to a create that is not even recorded, or None. May raise RefusalError."""
    refused = faults.take("create_refuse")
    if refused:
        raise refuse(refused["code"], status=refused["status"])
    busy = faults.take("create_busy")
    if busy:
        error = refuse(20429)
        headers = {"Retry-After": str(busy["retry_after"])}
        return web.json_response(error.as_json(), status=429, headers=headers)
    broken = faults.take("create_error")
    if broken:
        return web.Response(status=broken["status"], text="upstream unavailable")
    if not faults.position("create_reset").values["recorded"] and faults.take("create_reset"):
        return reset(request)
    return None


async def after_recording(faults: Faults, request: web.Request) -> web.Response | None:
    """What comes instead of the answer to a create that was recorded, or None."""
    slow = faults.take("create_slow")
    if slow:
        await asyncio.sleep(slow["ms"] / 1000)
    hang = faults.take("create_hang")
    if hang:
        await asyncio.sleep(hang["seconds"])
        return reset(request)
    broken = faults.take("create_error_recorded")
    if broken:
        return web.Response(status=broken["status"], text="upstream unavailable")
    for name, (body, content_type) in UNREADABLE.items():
        if faults.strikes(name):
            return web.Response(status=201, text=body, content_type=content_type)
    if faults.take("create_reset"):
        return reset(request)
    return None


def refuse_reading(faults: Faults) -> None:
    """Raises RefusalError where the switch says that texts cannot be asked for."""
    broken = faults.take("read_error")
    if broken:
        status = broken["status"]
        raise refuse(READ_CODES.get(status, UNAVAILABLE), status=status)


def reset(request: web.Request) -> web.Response:
    """Cut the connection; the response answered here reaches nobody."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        transport.abort()
    return web.Response(status=500)
