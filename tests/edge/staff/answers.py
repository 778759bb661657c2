"""Answers as a console reads them."""

from __future__ import annotations

from edge.staff.protocol import Answer
from edge.support.decoding import msgpack_decoder

answer_of = msgpack_decoder(Answer)
