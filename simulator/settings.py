"""What can be changed while the simulator runs, beside the faults."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace

from simulator.messages import Button
from simulator.state import State
from simulator.templates import Template


class SettingError(ValueError):
    """A setting that does not exist or has the wrong form; the text says what to do."""


@dataclass(frozen=True)
class Settings:
    """`numbers`: those the account owns (none: every number); templates by ContentSid, beside the account's own."""

    numbers: tuple[str, ...] = ()
    advanced_opt_out: bool = False
    templates: Mapping[str, Template] = field(default_factory=dict)


class SettingsStore:
    """The settings in force; a change survives a restart."""

    def __init__(self, state: State, at_start: Settings) -> None:
        self._state = state
        self._at_start = at_start
        self.current = at_start
        self.change(state.setting("settings") or {})

    def change(self, given: Mapping[str, object]) -> None:
        """Change the named settings and keep the others. Raises SettingError."""
        settings = self.current
        for name, value in given.items():
            settings = _with(settings, name, value)
        self.current = settings
        if given:
            self._state.keep_setting("settings", asdict(settings))

    def reset(self) -> None:
        """Back to what the start said."""
        self.current = self._at_start


def _with(settings: Settings, name: str, value: object) -> Settings:
    match name, value:
        case "numbers", list() as numbers if all(isinstance(number, str) for number in numbers):
            return replace(settings, numbers=tuple(numbers))
        case "advanced_opt_out", bool() as advanced:
            return replace(settings, advanced_opt_out=advanced)
        case "templates", dict() as templates:
            return replace(settings, templates={sid: _template(t) for sid, t in templates.items()})
    raise SettingError(
        f"{name} cannot be {value!r}. Settings are numbers (a list of strings), advanced_opt_out"
        " (true or false) and templates (ContentSid: {body, buttons: [{text, payload}]})."
    )


def _template(given: object) -> Template:
    match given:
        case {"body": str() as body, "buttons": list() | tuple() as buttons}:
            return Template(body, tuple(_button(button) for button in buttons))
        case {"body": str() as body, **rest} if "buttons" not in rest:
            return Template(body)
    raise SettingError(f"A template needs a body, and may have buttons; this is {given!r}.")


def _button(given: object) -> Button:
    match given:
        case {"text": str() as text, "payload": str() as payload, **rest}:
            return Button(text, payload, in_list=bool(rest.get("in_list")))
    raise SettingError(f"A button needs a text and a payload; this is {given!r}.")
