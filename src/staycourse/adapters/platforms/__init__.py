"""Learning platforms on the network: their public keys, fetched from the address that an operator registered."""

from staycourse.adapters.platforms.keysets import KeysFault, fetch_keys

__all__ = ["KeysFault", "fetch_keys"]
