from channels_out.models.circuit import Circuit
from channels_out.models.delivery import Delivery, DeliveryAttempt
from channels_out.models.sender import Sender
from channels_out.models.status_event import StatusEvent
from channels_out.models.suppression import Suppression

__all__ = ["Circuit", "Delivery", "DeliveryAttempt", "Sender", "StatusEvent", "Suppression"]
