"""One simulator: an HTTP server, an SMTP server and the world behind them."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from simulator.mail_api import MailApi
from simulator.options import Options
from simulator.page_api import PageApi
from simulator.phone_api import PhoneApi
from simulator.smtp_sink import SmtpSink
from simulator.twilio_api import TwilioApi
from simulator.world import World, build

MAX_BODY = 64 * 1024 * 1024  # attachments arrive inside JSON
BACKLOG = 512  # connections that may wait to be taken
SHUTDOWN = 0.5  # seconds a request may still take when the simulator stops


@dataclass(frozen=True)
class Running:
    """A simulator that listens. `page` is the address to open in a browser."""

    world: World
    url: str
    port: int
    smtp_port: int

    @property
    def page(self) -> str:
        """Where the page is."""
        return f"{self.url}{self.world.options.base_path}/"


@asynccontextmanager
async def start(options: Options) -> AsyncIterator[Running]:
    """Run a simulator inside this event loop until the context ends."""
    async with AsyncExitStack() as opened:
        listener = opened.enter_context(socket.create_server((options.host, options.port)))
        port = listener.getsockname()[1]
        world = build(options, f"http://{options.host}:{port}")
        opened.push_async_callback(world.close)
        runner = web.AppRunner(_application(world), access_log=None, shutdown_timeout=SHUTDOWN)
        opened.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.SockSite(runner, listener, backlog=BACKLOG).start()
        sink = SmtpSink(world.provider, world.faults, world.log)
        smtp = await sink.listen(options.host, options.smtp_port)
        opened.callback(smtp.close)
        world.carry_on()
        yield Running(world, world.url, port, smtp.sockets[0].getsockname()[1])


def _application(world: World) -> web.Application:
    application = web.Application(client_max_size=MAX_BODY)
    application.add_routes(TwilioApi(world).routes())
    application.add_routes(PhoneApi(world).routes())
    application.add_routes(MailApi(world).routes())
    application.add_routes(PageApi(world).routes())
    return application
