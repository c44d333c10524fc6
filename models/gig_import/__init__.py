"""Gig registrations and postings from a bureau's spreadsheet.

A hall keeps lists of its own; here they become the same records that people make by chat. The
columns are found by their Chinese headings, the cells are read by the field types of the services,
so a spreadsheet is held to the rules of the chat, with words of its own for a mistake.
"""

from models.gig_import.importing import Came, Counts, Importing, Landed
from models.gig_import.lines import Line, read_line
from models.gig_import.sheet import Sheet, SheetUnreadableError, read_sheet

__all__ = [
    "Came",
    "Counts",
    "Importing",
    "Landed",
    "Line",
    "Sheet",
    "SheetUnreadableError",
    "read_line",
    "read_sheet",
]
