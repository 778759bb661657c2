"""The mark of the centre that keeps a RabbitMQ: a parameter of the whole cluster, on each of its nodes."""

from __future__ import annotations

from dataclasses import dataclass

from sync.transport.rabbitmq.management import ManagementApi

_PATH = ("global-parameters", "gatepost-centre")
_LONGEST = 64


@dataclass(frozen=True)
class BrokerMark:
    """Who keeps the broker: the fingerprint of the `centre`'s key, and the `run` of its process that does, ""
    after that ended as it should; `beat` rises while it lives.
    """

    centre: str
    run: str = ""
    beat: int = 0


def read_mark(api: ManagementApi) -> BrokerMark | None:
    """Who keeps the broker; None where nobody has said so. Raises ManagementError."""
    values = (api.one(*_PATH) or {}).get("value")
    if not isinstance(values, dict) or not isinstance(values.get("centre"), str):
        return None
    run, beat = values.get("run"), values.get("beat")
    return BrokerMark(
        values["centre"][:_LONGEST],
        run[:_LONGEST] if isinstance(run, str) else "",
        beat if isinstance(beat, int) else 0,
    )


def write_mark(api: ManagementApi, mark: BrokerMark) -> None:
    """Say who keeps the broker. Raises ManagementError."""
    api.put(*_PATH, values={"value": {"centre": mark.centre, "run": mark.run, "beat": mark.beat}})
