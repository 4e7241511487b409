"""drf-spectacular as a host project gets it that has no description of an API of its own."""

from drf_spectacular.apps import SpectacularConfig


class UncheckedSpectacular(SpectacularConfig):
    """Without its check for deployment: that calls it an error when the host's own views have DRF's schema class."""

    default = False

    def ready(self) -> None:
        """Registers nothing."""
