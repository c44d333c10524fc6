"""The process that reads one file: bytes on its input, text on its output, within limits."""

import resource
import sys

from models.knowledge.readers import docx, html, pdf
from models.knowledge.readers.isolated import READ, REFUSED
from models.knowledge.readers.sniff import Format
from models.knowledge.readers.unreadable import Unreadable

_READERS = {Format.WORD: docx.read, Format.PDF: pdf.read, Format.HTML: html.read}
_MEMORY_BYTES = 1536 * 1024 * 1024
_CPU_SECONDS = 120


def main() -> int:
    """Read the file of the format named by the first argument; return how it went."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    try:
        text, end = _READERS[Format(sys.argv[1])](sys.stdin.buffer.read()), READ
    except Unreadable as refused:
        text, end = str(refused), REFUSED
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    return end


if __name__ == "__main__":
    sys.exit(main())
