"""What `manage.py run` would start in this environment, as JSON: `python -m tests.large_programs`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import django


def main() -> None:
    django.setup()
    from config.environment import read_environment
    from config.management.commands.run import programs

    composed = programs(read_environment(simulate=True))
    json.dump([asdict(program) for program in composed], sys.stdout)


if __name__ == "__main__":
    main()
