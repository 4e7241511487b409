"""Who opted out of which number or messaging service, and the words that do it."""

from simulator.state import State

# Twilio's default keywords for messages in English (docs: "Twilio support for opt-out keywords").
STOP_WORDS = frozenset(
    {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "optout", "revoke"}
)
START_WORDS = frozenset({"start", "yes", "unstop"})
HELP_WORDS = frozenset({"help", "info"})
ANSWERS = {
    "STOP": "You are unsubscribed and will get no more messages from this number. "
    "Reply START to get them again.",
    "START": "You get messages from this number again. Reply HELP for help, STOP to end them.",
    "HELP": "Reply STOP to end messages from this number. Msg & data rates may apply.",
}


def keyword_of(text: str) -> str:
    """`STOP`, `START` or `HELP` where the whole text is such a keyword, else an empty string."""
    word = text.strip().lower()
    if word in STOP_WORDS:
        return "STOP"
    if word in START_WORDS:
        return "START"
    return "HELP" if word in HELP_WORDS else ""


class Consent:
    """The provider's block list; a number inside a messaging service is blocked with all of it."""

    def __init__(self, state: State) -> None:
        self.state = state

    def join_service(self, number: str, service_sid: str) -> None:
        """Learn that a number sends for a messaging service."""
        if self.service_of(number) != service_sid:
            self.state.write(
                "INSERT OR REPLACE INTO service_numbers VALUES (?, ?)", number, service_sid
            )

    def service_of(self, number: str) -> str | None:
        """The messaging service of a number, or None."""
        row = self.state.row("SELECT service_sid FROM service_numbers WHERE number = ?", number)
        return None if row is None else str(row["service_sid"])

    def is_blocked(self, number: str, address: str) -> bool:
        """Whether the address opted out of what this number sends."""
        sql = "SELECT 1 FROM opt_outs WHERE scope = ? AND address = ?"
        return self.state.row(sql, self._scope(number), address) is not None

    def apply(self, keyword: str, number: str, address: str) -> None:
        """Block on STOP, unblock on START; HELP changes nothing."""
        scope = self._scope(number)
        if keyword == "STOP":
            self.state.write("INSERT OR IGNORE INTO opt_outs VALUES (?, ?)", scope, address)
        if keyword == "START":
            self.state.write("DELETE FROM opt_outs WHERE scope = ? AND address = ?", scope, address)

    def _scope(self, number: str) -> str:
        return self.service_of(number) or number
