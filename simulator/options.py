"""How one simulator is started: the command line and its environment, typed."""

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Options:
    """Everything a simulator is told at its start. Ports of 0 pick a free one."""

    account_sid: str
    auth_token: str
    webhook_url: str
    mail_auth: str = ""
    reply_domain: str = "reply.localhost"
    base_path: str = "/simulator"
    host: str = "127.0.0.1"
    port: int = 0
    smtp_port: int = 0
    state: Path | None = None
    numbers: tuple[str, ...] = ()
    business_numbers: tuple[str, ...] = ()
    business_mail: str = ""
    owner_mail: str = ""
    status_step: float = 0.4
    retry_step: float = 1.0
    parent_pid: int | None = field(default=None, compare=False)

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> Self:
        """Read the command line; each option falls back to `SIMULATOR_<NAME>` in the environment.

        Ends the process with a usage message where something is missing or wrong.
        """
        given = vars(_parser().parse_args(arguments))
        given["webhook_url"] = given["webhook_url"].rstrip("/")
        given["base_path"] = "/" + given["base_path"].strip("/")
        return cls(**given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    _option(parser, "--host", "address to listen on", default=Options.host)
    _option(parser, "--port", "HTTP port, 0 picks one", kind=int, default=Options.port)
    _option(parser, "--smtp-port", "SMTP port, 0 picks one", kind=int, default=Options.smtp_port)
    _option(parser, "--state", "SQLite file that keeps everything; none: memory", kind=Path)
    _option(parser, "--account-sid", "account that the gateway signs in with", required=True)
    _option(parser, "--auth-token", "its token, which also signs webhooks", required=True)
    _option(parser, "--webhook-url", "public base of the gateway", required=True)
    _option(parser, "--mail-auth", "user:password for inbound mail", default=Options.mail_auth)
    _option(parser, "--reply-domain", "mail to it goes to the gateway", default="reply.localhost")
    _option(parser, "--base-path", "path of the page", default=Options.base_path)
    _option(parser, "--numbers", "owned numbers, by comma; none: all", kind=_numbers, default=())
    _option(parser, "--business-numbers", "numbers the page offers", kind=_numbers, default=())
    _option(parser, "--business-mail", "address the page offers to write to", default="")
    _option(parser, "--owner-mail", "owner's mailbox the page opens", default="")
    _option(parser, "--status-step", "seconds between statuses", kind=float, default=0.4)
    _option(parser, "--retry-step", "seconds to the first retry", kind=float, default=1.0)
    _option(parser, "--parent-pid", "stop when this process is gone", kind=int)
    return parser


def _option(
    parser: argparse.ArgumentParser,
    flag: str,
    purpose: str,
    *,
    kind: Callable[[str], object] | None = None,
    default: object = None,
    required: bool = False,
) -> None:
    variable = "SIMULATOR_" + flag.removeprefix("--").replace("-", "_").upper()
    from_environment = os.environ.get(variable)
    parser.add_argument(
        flag,
        type=kind or str,
        default=default if from_environment is None else from_environment,
        required=required and from_environment is None,
        help=f"{purpose} ({variable})",
    )


def _numbers(text: str) -> tuple[str, ...]:
    return tuple(number.strip() for number in text.split(",") if number.strip())
