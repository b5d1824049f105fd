"""Bytes of text files: encoding, line ends, and what a mended copy holds."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.ingestion import encoding


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    def write(content: bytes, name: str = "x.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz"])
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"a,b\n1,2\n", "utf-8"),
        ("ä€👩‍💻".encode(), "utf-8"),
        (codecs.BOM_UTF8 + b"a", "utf-8"),
        ("ä€".encode("cp1252"), "cp1252"),
        ("ä".encode()[:1], "cp1252"),
        (b"\x81\xff", "cp1252"),
        ("aä".encode("utf-16"), "utf-16"),
        ("\ufeffaä".encode("utf-16-be"), "utf-16"),
        (b"a\0b", "utf-8"),
    ],
)
def test_the_encoding_is_found(put: Callable[..., Path], content: bytes, found: str, name: str) -> None:
    assert encoding.scan(put(content, name)).encoding == found


@pytest.mark.parametrize(
    ("content", "mixed"),
    [
        (b"a\nb\n", False), (b"a\r\nb\r\n", False), (b"a\rb\r", False), (b"a", False),
        (b"a\r\nb\n", True), (b"a\rb\n", True), (b"a\r\nb\r", True), (b'"a\r\n"\n', True),
    ],
)  # fmt: skip
def test_mixed_line_ends_are_found(put: Callable[..., Path], content: bytes, mixed: bool) -> None:
    assert encoding.scan(put(content)).line_ends_mixed is mixed


@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_character_or_line_end_across_chunks_is_found_whole(put: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(encoding, "CHUNK", size)
    assert encoding.scan(put("a€👩‍💻b\r\nä\r\n".encode())) == encoding.ByteScan("utf-8", line_ends_mixed=False, is_empty=False)
    assert encoding.scan(put("ab\r\nä".encode("cp1252"))).encoding == "cp1252"


def test_an_empty_file_is_empty(put: Callable[..., Path]) -> None:
    assert encoding.scan(put(b"")).is_empty
    assert encoding.scan(put(b"", "x.csv.gz")).is_empty
    assert not encoding.scan(put(b"\n")).is_empty


def mended(path: Path, to: Path, quote: str | None = '"') -> str:
    encoding.write_mended_copy(path, encoding.scan(path).encoding, quote, to)
    return to.read_bytes().decode()


def test_a_mended_copy_is_utf8_with_one_kind_of_line_end_and_no_blank_records(put: Callable[..., Path], tmp_path: Path) -> None:
    content = '\r\na,ä\r\n\n\nb,"x\r\ny\n\nz\r",c\rd\n\r\n'.encode("cp1252")
    assert mended(put(content), tmp_path / "to") == 'a,ä\nb,"x\r\ny\n\nz\r",c\nd\n'


def test_a_mended_copy_of_jsonl_takes_quotes_for_characters(put: Callable[..., Path], tmp_path: Path) -> None:
    assert mended(put(b'{"a": "\r\n{}\n'), tmp_path / "to", None) == '{"a": "\n{}\n'


def test_a_mended_copy_ends_a_last_record_without_line_end(put: Callable[..., Path], tmp_path: Path) -> None:
    assert mended(put(b"a\r\nb\nc"), tmp_path / "to") == "a\nb\nc\n"


@given(text=st.text(alphabet='a",\r\né', max_size=40), size=st.integers(1, 7))
def test_a_mended_copy_holds_the_records_whatever_the_chunks(tmp_path_factory: pytest.TempPathFactory, text: str, size: int) -> None:
    """Against a reading character by character: outside quotes any line end ends a record, inside it is kept."""
    records, record, inside, i = [], "", False, 0
    while i < len(text):
        character = text[i]
        if character == '"':
            inside = not inside
        if character in "\r\n" and not inside:
            i += text[i : i + 2] == "\r\n"
            records.append(record)
            record = ""
        else:
            record += character
        i += 1
    expected = "".join(r + "\n" for r in [*records, record] if r)
    folder = tmp_path_factory.getbasetemp()
    (folder / "from").write_bytes(text.encode())
    with mock.patch.object(encoding, "CHUNK", size):
        encoding.write_mended_copy(folder / "from", "utf-8", '"', folder / "to")
    assert (folder / "to").read_bytes().decode().rstrip("\r\n") == expected.rstrip("\r\n")


def test_the_content_hash_is_of_the_bytes_on_disk(put: Callable[..., Path]) -> None:
    assert encoding.content_hash(put(b"abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
