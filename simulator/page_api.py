"""The page itself, and its API for faults, settings, the log and starting anew."""

from dataclasses import asdict
from pathlib import Path

from aiohttp import web

from simulator.call_log import as_json
from simulator.faults import ALWAYS, SWITCHES, Switch, SwitchError
from simulator.fields import Fields, answered
from simulator.world import World

STATIC = Path(__file__).parent / "static"
LOG_LENGTH = 200
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}


class PageApi:
    """Everything of the page that is neither telephone nor mail."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._base = world.options.base_path

    def routes(self) -> list[web.AbstractRouteDef]:
        """Everything that is served."""
        api = f"{self._base}/api"
        return [
            web.get(self._base, self._to_page),
            web.get(f"{self._base}/", self._page),
            web.static(f"{self._base}/static", STATIC),
            web.get(f"{api}/revision", self._revision),
            web.get(f"{api}/config", self._config),
            web.get(f"{api}/faults", self._faults),
            web.put(f"{api}/faults", answered(self._turn)),
            web.delete(f"{api}/faults", answered(self._all_off)),
            web.get(f"{api}/settings", self._settings),
            web.put(f"{api}/settings", answered(self._change)),
            web.get(f"{api}/log", self._log),
            web.post(f"{api}/reset", answered(self._reset)),
        ]

    async def _to_page(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"{self._base}/")

    async def _page(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html", headers=PAGE_HEADERS)

    async def _revision(self, request: web.Request) -> web.StreamResponse:
        """A number that changes with everything that happens: cheap to ask for every second."""
        return web.json_response({"revision": self._world.state.revision})

    async def _config(self, request: web.Request) -> web.StreamResponse:
        """What the page has to know once."""
        options = self._world.options
        return web.json_response(
            {
                "business_numbers": options.business_numbers or options.numbers,
                "business_mail": options.business_mail,
                "owner_mail": options.owner_mail,
                "reply_domain": options.reply_domain,
            }
        )

    async def _faults(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({switch.name: self._switch_json(switch) for switch in SWITCHES})

    async def _turn(self, request: web.Request) -> web.StreamResponse:
        """Set the named switches, and no other: `{"create_busy": {"count": 2}}`."""
        for name, given in (await Fields.of(request)).values.items():
            if not isinstance(given, dict):
                raise SwitchError(f'{name} must be an object such as {{"count": 1}}.')
            values = {key: value for key, value in given.items() if key != "count"}
            self._world.faults.turn(name, given.get("count", 1), values)
        return await self._faults(request)

    async def _all_off(self, request: web.Request) -> web.StreamResponse:
        self._world.faults.off()
        return await self._faults(request)

    async def _settings(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(asdict(self._world.settings.current))

    async def _change(self, request: web.Request) -> web.StreamResponse:
        self._world.settings.change((await Fields.of(request)).values)
        return await self._settings(request)

    async def _log(self, request: web.Request) -> web.StreamResponse:
        """The newest requests to and from the gateway: `?kind=`, `?subject=`, `?limit=`."""
        limit = request.query.get("limit", "")
        calls = self._world.log.newest(
            limit=int(limit) if limit.isdecimal() else LOG_LENGTH,
            kind=request.query.get("kind", ""),
            subject=request.query.get("subject", ""),
        )
        return web.json_response({"calls": [as_json(call) for call in calls]})

    async def _reset(self, request: web.Request) -> web.StreamResponse:
        await Fields.of(request)  # only JSON may do this
        await self._world.reset()
        return web.json_response({})

    def _switch_json(self, switch: Switch) -> dict[str, object]:
        position = self._world.faults.position(switch.name)
        count = "always" if position.count == ALWAYS else position.count
        about = {"group": switch.group, "label": switch.label}
        return {**about, "count": count, "values": dict(position.values)}
