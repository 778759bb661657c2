"""stamps.json: what central makes of hellos and health that come one after another.

`stories`: what a centre does that has heard nothing of the device, in this order. `refusal`: the code
(older), or null; `welcome`: the `epoch` of its answer to a hello; `state`: what it then believes of the
device (empty: nothing).
"""

from __future__ import annotations

import sys
from typing import Any

from edge.signing.cose import LATEST, Stamp, encode_value
from sync.wire import SCHEMA, SPEAKS, DeviceState, Health, Hello, seal_message
from tests.protocol.vectors.notation import about, decoded, public, secret
from tests.sync.wire.examples import AT, DEVICE, KEY, NONCE

_KEY = 0
_FIRST, _LATER = AT, AT + 60_000_000


def vectors() -> dict[str, Any]:
    return {
        "about": about(sys.modules[__name__]),
        "device": DEVICE,
        "secret": secret(_KEY),
        "public": public(_KEY).hex(),
        "stories": [{"name": name, "steps": steps} for name, steps in _stories().items()],
    }


def _stories() -> dict[str, list[dict[str, Any]]]:
    online, stopped, gone = DeviceState.ONLINE, DeviceState.STOPPED, DeviceState.GONE
    return {
        "a link, to its end": [
            _hello(_FIRST, 1, welcome=0),
            _health(online, _FIRST, 1, state="online"),
            _health(stopped, _FIRST, 2, state="stopped"),
        ],
        "a report that somebody recorded and sends again": [
            _hello(_FIRST, 1, welcome=0),
            _health(online, _FIRST, 1, state="online"),
            _health(stopped, _FIRST, 2, state="stopped"),
            _health(online, _FIRST, 1, state="stopped", refusal="older"),
        ],
        "a report of an earlier link": [
            _health(online, _FIRST, 7, state="online"),
            _hello(_LATER, 1, welcome=_FIRST, state="online"),
            _health(stopped, _FIRST, 8, state="online", refusal="older"),
            _health(stopped, _LATER, 1, state="stopped"),
        ],
        "each topic counts for itself": [
            _hello(_FIRST, 5, welcome=0),
            _health(online, _FIRST, 1, state="online"),
            _hello(_FIRST, 6, welcome=_FIRST, state="online"),
            _hello(_FIRST, 6, welcome=_FIRST, state="online", refusal="older"),
        ],
        "the will of the link": [
            _health(online, _FIRST, 1, state="online"),
            _health(gone, _FIRST, 0, state="gone"),
        ],
        "the will of an earlier link, that the broker publishes late": [
            _health(online, _FIRST, 1, state="online"),
            _health(online, _LATER, 1, state="online"),
            _health(gone, _FIRST, 0, state="online"),
        ],
        "a clock that was set back: the welcome tells, though the hello is older": [
            _hello(_LATER, 1, welcome=0),
            _hello(_FIRST, 1, welcome=_LATER, refusal="older"),
            _hello(_LATER + 1, 1, welcome=_LATER),
        ],
        "a link out of reach, which would leave no number for a later one": [
            _hello(_LATER, 1, welcome=0),
            _hello(2**63 - 1, 1, welcome=_LATER, refusal="older"),
            _hello(LATEST + 2**24 + 1, 1, welcome=_LATER, refusal="older"),
            _hello(_LATER, 2, welcome=_LATER),
        ],
    }


def _hello(
    epoch: int, counter: int, *, welcome: int, state: str = "", refusal: str | None = None
) -> dict[str, Any]:
    hello = Hello(NONCE, Stamp(epoch, counter), SPEAKS, SCHEMA)
    return _step(hello, {"refusal": refusal, "welcome": welcome, "state": state})


def _health(
    said: DeviceState, epoch: int, counter: int, *, state: str, refusal: str | None = None
) -> dict[str, Any]:
    health = Health(said, AT, stamp=Stamp(epoch, counter))
    return _step(health, {"refusal": refusal, "welcome": None, "state": state})


def _step(message: Hello | Health, expect: dict[str, Any]) -> dict[str, Any]:
    out = seal_message(message, DEVICE, KEY)
    value = decoded(encode_value(message))
    return {"topic": out.topic, "value": value, "message": out.data.hex(), "expect": expect}
