"""Secrets made at the first start and kept in DATA_DIR, readable by the owner of the process only."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path


class GeneratedSecrets:
    """The secrets of one DATA_DIR, by name. Makes them where there are none yet.

    Raises OSError where the folder cannot be used, and ValueError where the file holds no secrets.
    """

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "secrets.json"
        self._values: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if not self._values:
            self._values = self._load()
        return self._values[name]

    def _load(self) -> dict[str, str]:
        if not self.path.exists():
            self._make()
        values = json.loads(self.path.read_text())
        if not isinstance(values, dict) or not _fresh().keys() <= values.keys():
            raise ValueError(f"{self.path} lacks a secret")
        return values

    def _make(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, fresh = tempfile.mkstemp(dir=self.path.parent, prefix=".secrets-")  # mode 0600
        try:
            with os.fdopen(handle, "w") as file:
                json.dump(_fresh(), file, indent=1)
                file.flush()
                os.fsync(
                    file.fileno()
                )  # reply addresses given out today must work after a power cut
            with suppress(FileExistsError):  # the first of several starting processes wins
                os.link(fresh, self.path)
        finally:
            os.unlink(fresh)


def _fresh() -> dict[str, str]:
    return {
        "secret_key": secrets.token_urlsafe(50),
        "token_key": secrets.token_urlsafe(32),
        "twilio_auth_token": secrets.token_hex(16),
        "anymail_webhook_secret": f"gateway:{secrets.token_urlsafe(24)}",
    }
