"""Messages written to a file, for trying out without a provider."""

from staycourse.adapters.channels.file.lines import erase_lines, messages_to
from staycourse.adapters.channels.file.transport import FileChannel

__all__ = ["FileChannel", "erase_lines", "messages_to"]
