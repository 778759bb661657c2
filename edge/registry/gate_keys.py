"""The template keys of one gate: what it was set up with, what came since, and its own sealing key.

A manifest may bring another key, sealed to this gate. It is on disk before anything that it seals, beside the
keys so far, so that a cut at any moment leaves a gate that opens what it holds. What was replaced is erased
once the registry in force names it no more, or its time is over.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec import UNSET

from edge.errors import RegistryError
from edge.registry.configuration import RegistrySection
from edge.registry.format import (
    MOST_EARLIER,
    BundleRefusal,
    BundleRefused,
    EarlierKey,
    KeyRing,
    Offered,
    TemplateKeyOffer,
    id_of_template_key,
    seal_ring_of,
)
from edge.registry.key_offers import key_in
from edge.registry.keys import (
    key_ring_file,
    make_sealing_key,
    read_sealing_key,
    read_template_keys,
)
from edge.support.counted import counted
from edge.support.files import Durability, make_folder, write_aside

RING = "template.keys"
"""In the registry's folder: the keys that came since, and those still read."""
SEALING_KEY = "sealing.key"
"""Beside the template key, unless gate.toml says where: what new template keys are sealed to."""


class GateKeys:
    """What opens the registry of one gate. One thread uses it.

    `given` is the file that it was set up with; `ring` is where it keeps what comes, None: nowhere.
    """

    def __init__(
        self,
        keys: KeyRing,
        *,
        given: Path | None = None,
        ring: Path | None = None,
        sealing_key: X25519PrivateKey | None = None,
    ) -> None:
        self._keys = keys
        self._given = given
        self._ring = ring
        self._sealing_key = sealing_key
        self._seals = _seal_keys(keys)

    @property
    def every(self) -> tuple[bytes, ...]:
        """All template keys, the newest first."""
        return self._keys.every

    @property
    def earlier(self) -> tuple[EarlierKey, ...]:
        """Those that another has replaced, and until when they are read."""
        return self._keys.earlier

    @property
    def seal_keys(self) -> tuple[bytes, ...]:
        """The seal keys that follow from them, the newest first."""
        return self._seals

    @property
    def can_take(self) -> bool:
        """Whether another key could be given to this gate."""
        return self._sealing_key is not None

    def sealing_with(self, offered: Offered) -> bytes:
        """The key by which this gate seals while the registry in force says `offered`."""
        if offered is UNSET:
            return self.every[-1]
        return self._named(offered.id) or self.every[0]

    def take(self, offered: Offered, site: str) -> None:
        """Read the key that a verified manifest names, from now on and over every cut of the power.

        Raises BundleRefused where this gate has no such key and is given none, RegistryError where it cannot
        be kept.
        """
        if offered is UNSET or self._named(offered.id) is not None:
            return
        found = None if self._sealing_key is None else key_in(offered, site, self._sealing_key)
        if found is None:
            raise BundleRefused(BundleRefusal.OTHER_KEY, _missed(offered, self.can_take), remedy=_ADOPT)
        if len(self.every) > MOST_EARLIER:
            raise BundleRefused(
                BundleRefusal.OTHER_KEY,
                f"this gate reads {counted(len(self.every), 'template key')} already, and "
                f"forgets none meanwhile",
                remedy=_RETIRE,
            )
        self._keep(self._keys.exchanged(found, offered.until))

    def settle(self, offered: Offered, now: datetime | None) -> tuple[str, ...]:
        """Forget what the registry in force does not name, or whose time is over; what was not erased.

        `now` is None where the clock is not to be trusted: then no time is over. Raises RegistryError.
        """
        current = None if offered is UNSET else self._named(offered.id)
        if offered is UNSET or current is None:
            return ()
        over = now is not None and now >= offered.until
        named = () if over else offered.earlier
        others = [key for key in self.every if key != current and id_of_template_key(key) in named]
        kept = KeyRing(current, tuple(EarlierKey(key, offered.until) for key in others))
        if kept.every == self.every:
            return ()
        self._keep(kept)
        return self._give_again()

    # --- inside ----------------------------------------------------------------------------

    def _named(self, name: bytes) -> bytes | None:
        return next((key for key in self.every if id_of_template_key(key) == name), None)

    def _keep(self, keys: KeyRing) -> None:
        if self._ring is not None:
            try:
                make_folder(self._ring.parent)
                write_aside(self._ring, key_ring_file(keys), durability=Durability.LASTING)
            except OSError as error:
                raise RegistryError(
                    f"the template key could not be kept: {error.strerror or error}", where=str(self._ring)
                ) from None
        self._keys, self._seals = keys, _seal_keys(keys)

    def _give_again(self) -> tuple[str, ...]:
        """Put the present keys in the place of the file that the gate was set up with."""
        if self._given is None:
            return ()
        try:
            write_aside(self._given, key_ring_file(self._keys), durability=Durability.LASTING)
        except OSError as error:
            why = error.strerror or error
            return (f"{self._given}: the earlier template key is in it ({why}): replace it by {self._ring}",)
        return ()


def gate_keys_of(section: RegistrySection, folder: Path | None = None, *, keep: bool = True) -> GateKeys:
    """The keys of the gate that `[registry]` describes; with another `folder`, or without `keep`, it writes
    nothing in the gate's own. Raises RegistryError where one cannot be read.
    """
    ring, given = section.folder / RING, section.template_key
    keys = read_template_keys(ring) if ring.exists() else None
    if keys is None or not given.exists():
        keys = keys or read_template_keys(given)
    else:
        keys = _with(keys, read_template_keys(given))
    sealing_key = None
    with suppress(FileNotFoundError):
        sealing_key = read_sealing_key(section.sealing_key_file)
    if folder is not None and folder != section.folder:
        return GateKeys(keys, ring=folder / RING, sealing_key=sealing_key)
    if not keep:
        return GateKeys(keys, sealing_key=sealing_key)
    return GateKeys(keys, given=given, ring=ring, sealing_key=sealing_key)


def sealing_key_of(section: RegistrySection) -> bytes:
    """The public half (32 bytes) of the gate's sealing key, which is made where there is none. Raises
    RegistryError.
    """
    path = section.sealing_key_file
    key = read_sealing_key(path) if path.exists() else make_sealing_key(path)
    return key.public_key().public_bytes_raw()


def _with(ring: KeyRing, given: KeyRing) -> KeyRing:
    """The ring, and behind it what the gate was set up with: by a newer adoption, say."""
    more = tuple(EarlierKey(key, _NEVER) for key in given.every if key not in ring.every)
    return KeyRing(ring.current, (*ring.earlier, *more))


def _seal_keys(keys: KeyRing) -> tuple[bytes, ...]:
    return seal_ring_of(keys).every


def _missed(offered: TemplateKeyOffer, can_take: bool) -> str:
    why = "it was not given to this gate" if can_take else "this gate has no sealing key to be given it"
    return f"the site's template key was exchanged for {offered.id.hex()}, and {why}"


_NEVER = datetime.max.replace(tzinfo=UTC)
_ADOPT = (
    "it goes on by what it holds; adopt it anew (gatepost central gate invite SITE/GATE --replace), or give "
    "it its folder of the site again"
)
_RETIRE = "end the changes so far: gatepost central template-key retire, or gatepost site template-key retire"
