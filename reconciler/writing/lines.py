"""Lines of a text: where they begin and end, and how far what stands on them reaches."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

# The line breaks of YAML 1.1, which the parser goes by.
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_LINE_ENDS = ("\r\n", "\n", "\r")


class Lines:
    """The lines of one text; positions are offsets in characters."""

    def __init__(self, text: str) -> None:
        self.text = text
        breaks = list(_BREAK.finditer(text))
        # A separator that was pasted into a comment (U+2028) is no line end to YAML 1.2, nor to any editor.
        self.newline = next((found[0] for found in breaks if found[0] in _LINE_ENDS), "\n")
        self._starts = [0, *(found.end() for found in breaks)]

    def start(self, position: int) -> int:
        """Return where the line begins that *position* is on."""
        return self._starts[bisect_right(self._starts, position) - 1]

    def next(self, position: int) -> int:
        """Return where the line after that of *position* begins; the end of the text where there is none.

        A position at the beginning of a line is at the end of the line before it.
        """
        found = bisect_left(self._starts, position)
        return self._starts[found] if found < len(self._starts) else len(self.text)

    def before(self, position: int) -> int:
        """Return where the line above that of *position* begins."""
        return self.start(self.start(position) - 1)

    def end_of(self, position: int, column: int) -> int:
        """Return where what ends at *position* is over: after its line, and comments indented deeper than *column*."""
        end = self.next(position)
        while end < len(self.text):
            line = self.text[end : self.next(end + 1)]
            content = line.lstrip(" ")
            if not content.startswith("#") or len(line) - len(content) <= column:
                break
            end = self.next(end + 1)
        return end

    def block(self, lines: list[str], position: int) -> str:
        """Return *lines* as they are put in at *position*, where a line begins or the text ends."""
        if not lines:
            return ""
        text = "".join(line + self.newline for line in lines)
        ends_open = position == len(self.text) and position not in self._starts
        return self.newline + text if ends_open else text
