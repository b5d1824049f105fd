"""Bytes of text files: their hash, encoding and line ends, and a mended copy where DuckDB could misread them.

Belongs here: what must be known of the bytes before a parser sees them. Does not belong here: fields and types.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO, cast

CHUNK = 1 << 22


@dataclass(frozen=True)
class ByteScan:
    """What one pass over a file's (decompressed) bytes found."""

    encoding: str  # utf-8, utf-16 or cp1252
    line_ends_mixed: bool
    is_empty: bool

    @property
    def needs_copy(self) -> bool:
        """True where DuckDB's reader must be given a mended copy."""
        return self.encoding != "utf-8" or self.line_ends_mixed


def content_hash(path: Path) -> str:
    """sha256 of a file's bytes as they lie on disk, hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes, decompressed where its name ends in .gz."""
    return cast("BinaryIO", gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb"))


def scan(path: Path) -> ByteScan:
    """Read all bytes once: is it UTF-8, are line ends of one kind.

    Raises:
        OSError, EOFError, zlib.error: the file is not readable (a damaged .gz among others).

    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = True
    n_lf = n_cr = n_crlf = 0
    first = b""
    previous = b""
    with open_bytes(path) as handle:
        while chunk := handle.read(CHUNK):
            first = first or chunk[:2]
            n_lf += chunk.count(b"\n")
            if b"\r" in chunk or previous == b"\r":
                n_cr += chunk.count(b"\r")
                n_crlf += chunk.count(b"\r\n") + (previous == b"\r" and chunk[:1] == b"\n")
            previous = chunk[-1:]
            if is_utf8 and (not chunk.isascii() or decoder.getstate()[0]):
                is_utf8 = _decodes(decoder, chunk)
    is_utf8 = is_utf8 and _decodes(decoder, b"", final=True)
    kinds = (n_crlf > 0) + (n_cr > n_crlf) + (n_lf > n_crlf)
    utf16 = first in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return ByteScan(
        encoding="utf-16" if utf16 else "utf-8" if is_utf8 else "cp1252",
        line_ends_mixed=kinds > 1,
        is_empty=not first,
    )


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _cp1252_or_latin1(error: UnicodeError) -> tuple[str, int]:
    """Decode the five bytes that cp1252 leaves undefined as the control characters that browsers make of them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("plumbline_cp1252", _cp1252_or_latin1)


def open_text(path: Path, encoding: str) -> TextIO:
    """The file as text with line ends as they are, without a byte order mark."""
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    errors = "plumbline_cp1252" if encoding == "cp1252" else "strict"
    reader = codecs.getreader(name)(open_bytes(path), errors)
    return cast("TextIO", reader)


def lines_of(text: TextIO) -> Iterator[str]:
    r"""Lines with `\n`, `\r\n` or a lone `\r` as their end, the end kept."""
    rest = ""
    while chunk := text.read(CHUNK):
        rest += chunk
        held = ""
        if rest.endswith("\r"):  # a \n may follow in the next chunk
            rest, held = rest[:-1], "\r"
        pieces = _split(rest)
        rest = pieces.pop() + held
        yield from pieces
    if rest:
        yield from (p for p in _split(rest) if p)


def _split(text: str) -> list[str]:
    """Split after each line end; the last piece has none (it may be empty)."""
    pieces = [part + "\n" for part in text.split("\n")]
    pieces[-1] = pieces[-1][:-1]
    finished: list[str] = []
    for piece in pieces:
        body = piece.removesuffix("\r\n") if piece.endswith("\r\n") else piece.removesuffix("\n")
        if "\r" not in body:
            finished.append(piece)
            continue
        ending = piece[len(body) :]
        parts = body.split("\r")
        finished.extend(p + "\r" for p in parts[:-1])
        finished.append(parts[-1] + ending)
    return finished


def write_mended_copy(path: Path, encoding: str, quote: str | None, to: Path) -> None:
    r"""Write the file as UTF-8 with `\n` at the end of each record and no blank records; text inside quotes is kept.

    Args:
        path: the file, .gz or not.
        encoding: as `scan` found it.
        quote: the character that quotes fields; None where lines are records whatever they hold (jsonl).
        to: the copy.

    """
    inside = False
    with open_text(path, encoding) as text, to.open("w", encoding="utf-8", newline="") as copy:
        for line in lines_of(text):
            starts_inside = inside
            if quote and line.count(quote) % 2:
                inside = not inside
            if inside:
                copy.write(line)
                continue
            body = line.rstrip("\r\n")
            if body or starts_inside:
                copy.write(body + "\n")
