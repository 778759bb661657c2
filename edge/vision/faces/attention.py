"""Which faces of a stream are worth embedding and measuring now, and for how long.

A person who stands there is embedded a few times and then now and again, not in every frame. One whom the
nets have not found clearly alive yet is looked at in every frame, but not for ever.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from edge.decision import Cover
from edge.liveness import LONGEST_MEASURED, MOST_MEASURED, HeadPose, fused
from edge.vision.configuration import VisionConfiguration

_AGAIN_TURNED = 0.3
"""Seconds after which a head that has turned is embedded again: it may be a move that the gate asked for."""
_CLEARLY = 0.8
"""The fused measure from which on more frames are not worth their time."""
_NEARER = 1.5
"""How many times as high a face has to be as when it was measured, to be measured anew: it walked up."""
_FORGOTTEN_AFTER = 1.0


@dataclass(frozen=True)
class _Past:
    """What was done with a track: how often it was embedded, its pose and cover then, what was measured since
    it was so high (pixels).
    """

    first: float
    height: float
    since: float
    last: float = 0.0
    seen: float = 0.0
    embedded: int = 0
    pose: HeadPose | None = None
    covered: Cover | None = None
    measures: tuple[float, ...] = ()

    def is_measured_on(self, now: float) -> bool:
        """Whether it may become clearer that this face is alive."""
        count = len(self.measures)
        if not 0 < count < MOST_MEASURED or now - self.since > LONGEST_MEASURED:
            return False
        return fused(self.measures) < _CLEARLY

    def nearer(self, height: float, now: float) -> _Past:
        """The past of who has come nearer: what is not clear of a small face is measured anew of a large one.

        What it showed from afar counts on where all is fused: an edge of a print is in view there.
        """
        if height < _NEARER * self.height or not self.measures or fused(self.measures) >= _CLEARLY:
            return self
        return replace(self, height=height, since=now, embedded=0, measures=())


class Attention:
    """Remembers the tracks of one stream. Time comes with the frames."""

    def __init__(self, configuration: VisionConfiguration) -> None:
        self._configuration = configuration
        self._tracks: dict[int, _Past] = {}

    def wants(
        self,
        track: int,
        now: float,
        covered: Cover | None,
        pose: HeadPose | None,
        height: float,
        *,
        foremost: bool,
    ) -> bool:
        """Whether to embed the usable face of `track` in the frame of `now`; to be asked once a frame.

        The face is `height` pixels high.

        Only who stands `foremost` is measured on: a crowd must not cost a frame more than one person does.
        """
        past = self._tracks.get(track) or _Past(now, height, now)
        past = past.nearer(height, now)
        if covered is not past.covered:
            # A person who lowers a mask is embedded anew.
            past = replace(past, embedded=0, covered=covered)
        fresh = past.embedded < self._configuration.embeddings_per_track
        due = fresh or now - past.last >= self._configuration.embed_again_after
        turned = pose is not None and past.pose is not None and pose.turned_from(past.pose)
        wanted = (
            due or (turned and now - past.last >= _AGAIN_TURNED) or (foremost and past.is_measured_on(now))
        )
        if wanted:
            past = replace(past, pose=pose if due else past.pose, embedded=past.embedded + 1, last=now)
        self._tracks[track] = past
        return wanted

    def note(self, track: int, number: int, now: float, measure: float | None) -> None:
        """Note that the face of `track` was embedded at `now`, is now called `number`, and what was measured.

        Another face in a known place is a new one; a face that comes back has its own past.
        """
        past = self._tracks[track]
        if number != track:
            del self._tracks[track]
            known = self._tracks.get(number) or _Past(now, past.height, now)
            past = replace(
                past,
                first=known.first,
                height=known.height,
                since=known.since,
                embedded=1 + known.embedded,
                measures=known.measures,
            )
        measures = past.measures if measure is None else (*past.measures, measure)[-MOST_MEASURED:]
        self._tracks[number] = replace(past, measures=measures)

    def known_for(self, seconds: float, now: float) -> tuple[int, ...]:
        """The tracks whose first usable frame is so long ago."""
        return tuple(track for track, past in self._tracks.items() if now - past.first >= seconds)

    def keep(self, present: Collection[int], now: float) -> None:
        """Note who is in view at `now`. Who was gone is embedded anew; who is gone for long is forgotten."""
        self._tracks = {
            track: replace(past, seen=now) if track in present else replace(past, embedded=0)
            for track, past in self._tracks.items()
            if track in present or now - past.seen <= _FORGOTTEN_AFTER
        }
