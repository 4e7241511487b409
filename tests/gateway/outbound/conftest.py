from __future__ import annotations

from collections.abc import Iterator

import pytest

from channels_out.adapters.memory import Memory
from channels_out.adapters.registry import adapter_for
from channels_out.channel import Channel


@pytest.fixture
def memory(settings) -> Iterator[Memory]:
    """The in-memory adapter under every channel."""
    path = "channels_out.adapters.memory.Memory"
    settings.CHANNEL_ADAPTERS = {str(channel): path for channel in Channel}
    adapter = adapter_for(Channel.EMAIL)
    assert isinstance(adapter, Memory)
    adapter.clear()
    yield adapter
    adapter.clear()
