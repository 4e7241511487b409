"""The text of an error as it may be kept and logged: without what a database quotes of a row."""

from __future__ import annotations

import re

GONE = "***"
# PostgreSQL adds to an error what the row holds (`DETAIL:  Failing row contains (...)`), what it was at (`CONTEXT:`)
# and the statement (`LINE 1:`), in which psycopg writes the values. What is quoted may run over many lines. It cuts
# each column after 64 bytes, so no column holds the words with which Python goes on in a traceback.
_QUOTED = re.compile(
    r"(DETAIL:|CONTEXT:|LINE \d{1,9}:)\s.*?"
    r"(?=\n\n(?:The above exception was the direct cause of the following exception"
    r"|During handling of the above exception, another exception occurred):\n\nTraceback|\Z)",
    re.DOTALL,
)


def without_rows(text: str) -> str:
    """An error's text, its `repr` or a whole traceback, which keeps all errors but nothing of a row."""
    return _QUOTED.sub(rf"\1 {GONE}", text)
