"""What a worker wrote last on standard error explains why it ended, and cannot harm its reader."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from edge.vision.worker.stderr_tail import StderrTail


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """The reading and the writing end of a pipe."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"", "ended with code 7"),
        (b"\n \n", "ended with code 7"),
        (b"first\nno space left\n\n", "ended with code 7; its last output: no space left"),
        (b"a\x1b[31mred\xff\n", "ended with code 7; its last output: a?[31mred\N{REPLACEMENT CHARACTER}"),
        (b"x" * 1000, "ended with code 7; its last output: " + "x" * 300),
        (b"first\n" + b"y" * 9000 + b"\nlast\n", "ended with code 7; its last output: last"),
    ],
)
def test_the_last_line_is_appended_bounded_and_printable(
    pipe: tuple[int, int], written: bytes, shown: str
) -> None:
    reading, writing = pipe
    tail = StderrTail()
    os.write(writing, written)
    tail.drain(reading)
    assert tail.append_to("ended with code 7") == shown


def test_a_line_may_come_in_pieces(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    tail = StderrTail()
    for piece in (b"cannot allo", b"cate memory\n"):
        os.write(writing, piece)
        assert tail.receive(reading)
    assert tail.append_to("died") == "died; its last output: cannot allocate memory"


def test_draining_does_not_wait_for_another_process_that_holds_the_other_end(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.write(writing, b"some")
    tail = StderrTail()
    tail.drain(reading)  # the writing end is open: a wait would never end
    assert tail.append_to("died").endswith("some")


def test_the_end_of_the_stream_is_told_from_silence() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    assert not StderrTail().receive(reading)
    os.close(reading)
