"""The words of a file, by which it is known not to name something; kept by the content's name in git.

A word is kept as 32 bits. That two words share them means that a file is looked into in vain,
once in a hundred runs over 5,000 files, and never that one is left out.
"""

from __future__ import annotations

import hashlib
import string
import sys
from array import array
from collections.abc import Collection, Iterable, Mapping
from zlib import crc32

from reconciler.cache.store import Store

# Small letters for large ones, and a space for all that is in no word: three times as fast as a pattern.
_SIGNS = (string.digits + string.ascii_lowercase + "-").encode()
_SPLIT = bytes(sign if sign in _SIGNS else ord(" ") for sign in bytes(range(256)).lower())
# What the value of an entry follows from, beside the content itself.
_KIND = hashlib.sha256(b"words 32 " + _SPLIT + sys.byteorder.encode()).digest()[:8]


def words_of(source: bytes) -> frozenset[bytes] | None:
    """Return every word of a file that a value of one word could be; None where a backslash may hide one."""
    return None if b"\\" in source else frozenset(source.translate(_SPLIT).split())


class KnownWords:
    """The words of files, as far as they are kept: *objects* are the git ids of the files' contents, by name."""

    def __init__(self, store: Store, objects: Mapping[str, bytes]) -> None:
        self._store = store
        self._objects = objects
        self._kept = store.get(_KIND + content for content in objects.values())
        self._new: dict[bytes, bytes] = {}

    def lacks(self, name: str, wanted: Collection[int]) -> bool:
        """Say whether it is known that a file has none of the *wanted* words, by their ``bits``."""
        kept = self._kept.get(_KIND + self._objects.get(name, b""))
        return kept is not None and frozenset(wanted).isdisjoint(array("I", kept))

    def learn(self, name: str, source: bytes, words: Iterable[bytes]) -> None:
        """Keep the words of what was read, if that is what git has: the file may have changed meanwhile."""
        content = self._objects.get(name)
        if content is None or _KIND + content in self._kept:
            return
        if content == _object_id(source, len(content)):
            self._new[_KIND + content] = array("I", sorted(bits(words))).tobytes()

    def keep(self) -> None:
        """Put down what was learned."""
        self._store.put(self._new)


def bits(words: Iterable[bytes]) -> frozenset[int]:
    """Return what is kept of *words*."""
    return frozenset(map(crc32, words))


def _object_id(source: bytes, length: int) -> bytes:
    """Return what git calls a file of these bytes; another one where a filter of git's is set up for it."""
    made = hashlib.new("sha256" if length == 32 else "sha1", usedforsecurity=False)
    made.update(b"blob %d\0" % len(source) + source)
    return made.digest()
