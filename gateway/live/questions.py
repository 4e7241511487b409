"""Questions to the database from a process that keeps streams open, and no connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connections

# As many database connections as a process has at once, however many pages come back after a restart.
MOST_AT_ONCE = 4

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

_threads = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="live")


async def ask(
    question: Callable[Given, Answer], *args: Given.args, **kwargs: Given.kwargs
) -> Answer:
    """The question's answer, from a thread that holds no database connection afterwards."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, lambda: _asked(question, *args, **kwargs))


def _asked(question: Callable[Given, Answer], *args: Given.args, **kwargs: Given.kwargs) -> Answer:
    try:
        return question(*args, **kwargs)
    finally:
        connections.close_all()
