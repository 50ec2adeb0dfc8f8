"""Customers' files as text: a new one, or changes in one that keep everything else byte for byte.

Pure: documents and what is wanted go in, bytes come out. Every text that comes out
was read again, and says what was wanted and nothing else.
"""

from reconciler.writing.editing import Edit, edited, opened, within_limit
from reconciler.writing.entries import Entry, bought_entry, entry_of
from reconciler.writing.naming import aliases_for, name_for
from reconciler.writing.newfile import NewFile, new_file
from reconciler.writing.starting import Start, ignoring, schema_files, starting_files

__all__ = [
    "Edit",
    "Entry",
    "NewFile",
    "Start",
    "aliases_for",
    "bought_entry",
    "edited",
    "entry_of",
    "ignoring",
    "name_for",
    "new_file",
    "opened",
    "schema_files",
    "starting_files",
    "within_limit",
]
