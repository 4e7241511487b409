"""Letters of 100 kB that somebody wrote to keep a reader busy. Shows how long the reply alone takes in them:
`python -m tests.webhooks.mail.hostile [HOW_MANY]`.

Each is made of one to three stretches, each of which repeats a few pieces: nesting first and filling it then
is what a pattern alone does not do.
"""

from __future__ import annotations

import random
import sys
import time

from gateway.marker import ENGLISH, MARKERS
from webhooks.mail.parse import parse

MARKER = MARKERS[ENGLISH]

LENGTH = 100_000
TEXT = (
    *(" ", "\n", "> ", ">", ">\n", "-", "_", "*", ":", "(", "x", "1\n", "x\n", "x \n", " x\n", "\n\nx"),
    *("wrote:\n", "On ", "On 1 x\n", "On 1.1.2026 10:00 a@b.example wrote:\n", "Am 1.1.2026 schrieb "),
    *("From: a@b\n", "Subject: x\n", "From: x\nSent: 1\n", "x: y\n", "a@b", "2026 10:00\n", "写道", "\u2028"),
    *("> x\n", "> > ", "-----Original Message-----\n", "---- Forwarded message ----\n", "_" * 30 + "\n"),
    *("-- \n", "Sent from my iPhone\n", MARKER, "x" * 70 + " ", "x" * 997 + "\n", " " * 200 + "\n", "\t"),
)  # fmt: skip
HTML = (
    *("<div>", "</div>", "<b>x", "<i><b>", "<p>", "<p>x</p>", "<br>", " <br>\n", "<hr>", "<", "<x>", "</x>"),
    *("<blockquote>", "</blockquote>", "<blockquote>x</blockquote>y", "&gt; x<br>", "<pre>x\n", "\n", "x "),
    *("<ul><li>", "<ol>", "<li>x</li>", "<table><tr><td>", "</table>", "<tr><td>x", "<td>" + "x" * 300),
    *("<div class=gmail_quote>", "<span class=moz-cite-prefix>", "<div id=appendonsend>", "<!--", "<![CDATA["),
    *("<a href='http://x'>", "</a>", "<a><div>", "<a href=http://x>y</a>", "<img src=cid:x>", "&amp;", "&#x"),
    *("<div style='padding-left:99em;margin:99em'>", "<div style='display:none'>", "<svg>", "<script>"),
    *("<select><option>", "<font size=1>", "<style>", "<title>", "<x y='", "<form><input>", "&nbsp;", "\u2028"),
    *("<p", "<a@b", "<http", "<script", "</script", "<style>x</style>", "<textarea", "</", "<!", "<?x", "<!-->"),
    *("<p a=1 ", "<p a=", "<p/", "</p", "&#", "&", "</html>", "</body></html><html>", "<p \xa0=", "\""),
    *("<div>On 1.1.2026 10:00 a@b.example wrote:</div>", "From: a@b<br>", "<p>---- Forwarded message ----</p>"),
)  # fmt: skip


def crafted(pieces: tuple[str, ...], chance: random.Random) -> str:
    """A letter of LENGTH characters."""
    stretches = chance.choice((1, 1, 2, 3))
    patterns = ["".join(chance.choices(pieces, k=chance.randint(1, 4))) for _ in range(stretches)]
    size = LENGTH // stretches
    return "".join((pattern * size)[:size] for pattern in patterns)


def raw_mail(letter: str, kind: str) -> bytes:
    """The letter as a mail; `kind` is plain, flowed or html."""
    form = "plain; format=flowed" if kind == "flowed" else kind
    head = f"From: a@b.example\nContent-Type: text/{form}; charset=utf-8\n\n"
    return (head + letter).encode("utf-8", "replace")


def seconds(raw: bytes) -> float:
    """The processor's time for reading a mail."""
    started = time.process_time()
    parse(raw)
    return time.process_time() - started


def main() -> None:
    """Prints the slowest of many, of each form."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    for kind, pieces in (("plain", TEXT), ("flowed", TEXT), ("html", HTML)):
        letters = [crafted(pieces, random.Random(seed)) for seed in range(count)]
        # The least of three, so that it is the letter's time and not that of other work here.
        taken = [
            (min(seconds(raw_mail(letter, kind)) for _ in range(3)), letter) for letter in letters
        ]
        slowest, letter = max(taken)
        typical = sorted(taken)[count // 2][0]
        sys.stdout.write(
            f"{count} crafted letters of {LENGTH // 1000} kB, {kind}: "
            f"the slowest takes {slowest:.3f} s ({letter[:40]!r} ...), half of them under {typical:.3f} s\n"
        )


if __name__ == "__main__":
    main()
