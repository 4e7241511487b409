"""The switches that make the outside world misbehave, each for the next few times or always."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from simulator.state import State

ALWAYS = -1


@dataclass(frozen=True)
class Switch:
    """One fault that can be switched on; its parameters are whole numbers with defaults."""

    name: str
    group: str
    label: str
    defaults: Mapping[str, int] = field(default_factory=dict)


CREATE, STATUS, CALLBACK = (
    "Taking a text from the gateway",
    "What becomes of it",
    "Status callbacks",
)
INBOUND, READ, MAIL = "The customer's texts", "Asking for texts by REST", "Mail"

SWITCHES = (
    Switch("create_refuse", CREATE, "Refuse with an error", {"status": 400, "code": 21211}),
    Switch("create_busy", CREATE, "Too many requests (429)", {"retry_after": 1}),
    Switch("create_error", CREATE, "Server error, nothing recorded", {"status": 503}),
    Switch("create_error_recorded", CREATE, "Server error after recording", {"status": 503}),
    Switch("create_hang", CREATE, "Record, then never answer", {"seconds": 60}),
    Switch("create_slow", CREATE, "Answer slowly", {"ms": 2000}),
    Switch("create_empty", CREATE, "201 with an empty body"),
    Switch("create_html", CREATE, "201 with an HTML page"),
    Switch("create_object", CREATE, "201 with {}"),
    Switch("create_reset", CREATE, "Reset the connection", {"recorded": 1}),
    Switch("final_failed", STATUS, "Ends as failed", {"code": 30008}),
    Switch("final_undelivered", STATUS, "Ends as undelivered", {"code": 30003}),
    Switch("callback_duplicate", CALLBACK, "Send each again", {"times": 2, "together": 1}),
    Switch("callback_shuffle", CALLBACK, "Last status first"),
    Switch("callback_delay", CALLBACK, "Late", {"ms": 2000}),
    Switch("callback_drop", CALLBACK, "Never sent"),
    Switch("callback_inside", CALLBACK, "Sent before the create is answered"),
    Switch("inbound_duplicate", INBOUND, "Posted again", {"times": 2, "together": 1}),
    Switch("inbound_delay", INBOUND, "Posted late", {"ms": 2000}),
    Switch("inbound_drop", INBOUND, "Never posted (error 30039)"),
    Switch("media_error", INBOUND, "Pictures cannot be fetched", {"status": 404}),
    Switch("read_error", READ, "Answered by an error", {"status": 503}),
    Switch("smtp_temporary", MAIL, "SMTP answers: try later", {"code": 451}),
    Switch("smtp_permanent", MAIL, "SMTP answers: refused", {"code": 550}),
    Switch("smtp_close", MAIL, "SMTP takes the mail, closes without a word"),
    Switch("mail_duplicate", MAIL, "Inbound mail posted again", {"times": 2, "together": 0}),
)
BY_NAME = {switch.name: switch for switch in SWITCHES}


class SwitchError(ValueError):
    """A switch, a parameter or a value that does not exist; the text says what to do."""


@dataclass(frozen=True)
class Position:
    """How a switch stands: 0 is off, `ALWAYS` stays on, else it works that many times."""

    count: int
    values: Mapping[str, int]


class Faults:
    """All switches; they survive a restart."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._on: dict[str, Position] = {}
        for name, (count, values) in (state.setting("faults") or {}).items():
            self._on[name] = Position(count, values)

    def take(self, name: str) -> Mapping[str, int] | None:
        """The parameters of a switch that is on, using it up once; None where it is off."""
        position = self._on.get(name)
        if position is None:
            return None
        if position.count != ALWAYS:
            self._place(name, replace(position, count=position.count - 1))
            self._keep()
        return position.values

    def strikes(self, name: str) -> bool:
        """`take` for a switch that has no parameters."""
        return self.take(name) is not None

    def position(self, name: str) -> Position:
        """How a switch stands now."""
        return self._on.get(name) or Position(0, BY_NAME[name].defaults)

    def turn(self, name: str, count: object, values: Mapping[str, object]) -> None:
        """Set a switch. `count` is a number, or "always". Raises SwitchError."""
        switch = BY_NAME.get(name)
        if switch is None:
            raise SwitchError(f"There is no switch {name!r}; there are: {', '.join(BY_NAME)}.")
        unknown = sorted(set(values) - set(switch.defaults))
        if unknown:
            allowed = ", ".join(switch.defaults) or "none"
            raise SwitchError(f"{name} has no parameter {unknown[0]!r}; it has: {allowed}.")
        numbers = {key: _whole(f"{name}.{key}", value) for key, value in values.items()}
        times = ALWAYS if count == "always" else _whole(f"{name}.count", count)
        self._place(name, Position(times, {**switch.defaults, **numbers}))
        self._keep()

    def off(self) -> None:
        """Turn every switch off."""
        self._on.clear()
        self._keep()

    def _place(self, name: str, position: Position) -> None:
        if position.count == 0:
            self._on.pop(name, None)
        else:
            self._on[name] = position

    def _keep(self) -> None:
        stored = {name: (one.count, dict(one.values)) for name, one in self._on.items()}
        self._state.keep_setting("faults", stored)


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SwitchError(f"{name} must be a whole number from 0 up, not {value!r}.")
    return value
