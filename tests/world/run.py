"""The large run: `python -m tests.world.run`. Regions without common people or numbers, several at once.

WORLD_MESSAGES says how many messages at least for each set-up, WORLD_SEED which world it is, WORLD_SET_UPS
which set-ups, WORLD_AT_ONCE how many processes. Ctrl-C ends it early, with the table of what is done.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from tests.world import report
from tests.world.score import Score

A_REGION = 5_000  # messages
# How many messages a customer writes is by chance: a little more than was asked for.
MARGIN = 1.06
SET_UPS = ("dedicated", "pool", "single")
MEMORY = Path("/dev/shm")  # noqa: S108  a file system in memory, where there is one
Task = tuple[str, int, int, str]


def main() -> None:
    """Runs all regions, prints the table and puts it into the page."""
    messages = int(os.environ.get("WORLD_MESSAGES", "50000"))
    seed = int(os.environ.get("WORLD_SEED", "1"))
    set_ups = os.environ.get("WORLD_SET_UPS", ",".join(SET_UPS)).split(",")
    regions = max(1, round(messages / A_REGION))
    each = round(messages * MARGIN / regions)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        tasks = [
            (set_up, seed * 1000 + region, each, folder)
            for region in range(regions)
            for set_up in set_ups
        ]
        results = _run(tasks, folder)
    _report(set_ups, seed, results, time.monotonic() - began)


def _run(tasks: list[Task], folder: str) -> list[tuple[str, dict[str, Score]]]:
    at_once = int(os.environ.get("WORLD_AT_ONCE", "2"))
    # A process for each region: the settings of a process name one database.
    processes = multiprocessing.get_context("spawn")
    results = []
    with ProcessPoolExecutor(at_once, mp_context=processes, max_tasks_per_child=1) as pool:
        pool.submit(_make_template, folder).result()
        regions = [pool.submit(_region, task) for task in tasks]
        try:
            for region in as_completed(regions):
                results.append(region.result())
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
    return results


def _make_template(folder: str) -> None:
    _django(f"{folder}/template.sqlite3")
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _region(task: Task) -> tuple[str, dict[str, Score]]:
    set_up, seed, messages, folder = task
    database = f"{folder}/{set_up}-{seed}.sqlite3"
    shutil.copy(f"{folder}/template.sqlite3", database)
    _django(database)
    from tests.world.referee import judge, judge_rival
    from tests.world.world import World

    gc.set_threshold(100_000)  # a message leaves thousands of objects, and nothing to be found
    began = time.monotonic()
    world = World(seed, set_up, messages)
    world.run()
    scores = {"ours": judge(world)} | {
        rival.name: judge_rival(world, rival) for rival in world.rivals
    }
    seconds, ours = time.monotonic() - began, scores["ours"]
    wrong = [case for case in ours.cases if not case.startswith(("marked", "unmarked"))]
    sys.stderr.write(
        "\n".join([f"{set_up} {seed}: {ours.messages} messages in {seconds:.0f} s", *wrong, ""])
    )
    Path(database).unlink()
    return set_up, scores


def _django(database: str) -> None:
    os.environ |= {"WORLD_DATABASE": database, "DJANGO_SETTINGS_MODULE": "tests.world.settings"}
    import django

    django.setup()
    logging.disable(logging.WARNING)  # a line for each message says nothing here
    from django.conf import settings

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def _report(
    set_ups: list[str], seed: int, results: list[tuple[str, dict[str, Score]]], seconds: float
) -> None:
    done = {set_up for set_up, _ in results}
    scores: report.Scores = {set_up: {} for set_up in set_ups if set_up in done}
    for set_up, by_rule in results:
        for rule, score in by_rule.items():
            scores[set_up].setdefault(rule, Score()).add(score)
    said = f"Seed {seed}, {len(results)} regions, {seconds / 60:.0f} minutes."
    table = f"{report.table(scores)}\n\n{said}"
    sys.stdout.write(f"{report.details(scores)}\n\n{table}\n")
    if tuple(scores) == SET_UPS and report.PAGE.exists():
        parts = {"table": table, "happenings": report.happenings(scores), "shares": report.shares()}
        report.put_into_page(parts)


if __name__ == "__main__":
    main()
