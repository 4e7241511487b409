"""Content templates: what the simulated account has, and how their {{places}} are filled in.

Sources: Twilio docs, "twilio/quick-reply", "twilio/list-picker" and "Using Variables with Content Templates".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from simulator.messages import Button

PLACE = re.compile(r"\{\{(\w+)\}\}")
MOST_REPLIES = 3
MOST_ITEMS = 10


@dataclass(frozen=True)
class Template:
    """A WhatsApp template: its text with {{1}} places, and its buttons, or the items of its list."""

    body: str
    buttons: tuple[Button, ...] = ()

    def render(self, variables: Mapping[str, str]) -> str:
        """The text with its places filled in; a place without a value stays as it is."""
        return _filled(self.body, variables)

    def render_buttons(self, variables: Mapping[str, str]) -> tuple[Button, ...]:
        """The buttons, likewise."""
        return tuple(
            replace(
                button,
                text=_filled(button.text, variables),
                payload=_filled(button.payload, variables),
            )
            for button in self.buttons
        )


def _filled(text: str, variables: Mapping[str, str]) -> str:
    return PLACE.sub(lambda place: variables.get(place[1], place[0]), text)


def _with_options(count: int) -> Template:
    buttons = [
        Button(f"{{{{title{place}}}}}", f"{{{{id{place}}}}}", in_list=count > MOST_REPLIES)
        for place in range(1, count + 1)
    ]
    return Template("{{body}}", tuple(buttons))


# What WhatsApp has approved: one that carries an answer, and one that asks for a word first.
_APPROVED = {
    f"HX{21:032d}": Template(
        "Hello {{1}}, {{2}} has answered you: {{3}} You can write back right here."
    ),
    f"HX{22:032d}": Template(
        "Hello {{1}}, {{2}} has an answer for you. Write back here, and you get it."
    ),
}
# And a question with that many options: quick replies for three, else a list.
OF_THE_ACCOUNT = _APPROVED | {
    f"HX{count:032d}": _with_options(count) for count in range(MOST_REPLIES, MOST_ITEMS + 1)
}
