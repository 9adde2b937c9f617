"""The only place where adapters meet rooms: a home, opened, and the works done on it."""
