"""The event log on NATS JetStream, where several machines take in events. Loads nats-py (`staycourse[nats]`)."""

from staycourse.adapters.jetstream.address import StreamAddress, read_address
from staycourse.adapters.jetstream.place import JetStreamPlace

__all__ = ["JetStreamPlace", "StreamAddress", "read_address"]
