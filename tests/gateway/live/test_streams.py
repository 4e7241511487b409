"""One stream by itself, and how many there may be."""

from __future__ import annotations

import asyncio

import pytest

from gateway.live.streams import HEARTBEAT, LOOK, Stream, Streams, TooManyOfOne, TooManyStreams
from gateway.live.visit import Visit


def stream(user_id: int = 1, beat: float = 60.0) -> Stream:
    return Stream(Visit(f"session-{user_id}", user_id, "hash", frozenset({"shop"})), beat)


def test_however_often_it_was_rung_a_page_looks_once() -> None:
    async def read() -> list[bytes]:
        rung = stream()
        chunks = rung.chunks()
        read = [await anext(chunks)]
        for _ in range(1000):
            rung.ring()
        read.append(await anext(chunks))
        rung.end()
        return read + [chunk async for chunk in chunks]

    opening, look = asyncio.run(read())
    assert opening.startswith(b"retry: ")
    assert look == LOOK


def test_an_ended_stream_tells_nothing_more() -> None:
    async def read() -> list[bytes]:
        ended = stream()
        ended.ring()
        ended.end()
        return [chunk async for chunk in ended.chunks()]

    assert len(asyncio.run(read())) == 1


def test_a_silent_stream_shows_that_it_lives() -> None:
    async def read() -> list[bytes]:
        chunks = stream(beat=0.01).chunks()
        return [await anext(chunks) for _ in range(3)]

    assert asyncio.run(read())[1:] == [HEARTBEAT, HEARTBEAT]


def test_a_process_has_so_many_streams_and_no_more() -> None:
    streams = Streams(most=2)
    first = stream(1)
    streams.add(first)
    streams.add(stream(2))
    with pytest.raises(TooManyStreams):
        streams.check()
    with pytest.raises(TooManyStreams):
        streams.add(stream(3))
    streams.discard(first)
    streams.add(stream(3))


def test_one_person_has_so_many_streams_and_others_theirs() -> None:
    streams = Streams(most_of_one=2)
    streams.add(stream(1))
    streams.add(stream(1))
    with pytest.raises(TooManyOfOne):
        streams.add(stream(1))
    streams.add(stream(2))
