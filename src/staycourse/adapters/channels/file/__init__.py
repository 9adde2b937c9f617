"""Messages written to a file, for trying out without a provider."""

from staycourse.adapters.channels.file.transport import FileChannel

__all__ = ["FileChannel"]
