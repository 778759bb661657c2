"""The keys that central's messages are signed with: by the newest root, as soon as one names some."""

from __future__ import annotations

from collections.abc import Callable

from edge.registry.format import Root
from edge.registry.keys import read_anchor, read_public_keys
from edge.signing.cose import Keys, MessageRefused, keys_of
from sync.agent.configuration import SyncConfiguration
from sync.agent.held_roots import held_roots, trust_of
from sync.wire import Channel, RegistryRoot, read_unverified

RootIn = Callable[[bytes], Root | None]
"""A chain of roots → its last root, verified; None if it does not count."""


class CentralKeys:
    """`configured` are the keys in sync.toml: they count until a root names acknowledgement keys.

    `root` returns the newest verified root; `root_in` verifies a chain that arrives.
    """

    def __init__(self, configured: Keys, root: Callable[[], Root | None], root_in: RootIn) -> None:
        self._configured = configured
        self._root = root
        self._root_in = root_in
        self._known: tuple[Root, Keys] | None = None

    def now(self) -> Keys:
        """The keys that count now."""
        root = self._root()
        if root is None or not root.acknowledgement_keys:
            return self._configured
        if self._known is None or self._known[0] is not root:
            self._known = root, keys_of(root.acknowledgement_keys)
        return self._known[1]

    def for_message(self, device: str, channel: Channel, data: bytes) -> Keys:
        """The keys for a message of central, which may be a root that names the key that signed it.

        The holders of the root keys signed that root: so a gate that was away while central's key was
        replaced learns the new one.
        """
        keys = self.now()
        if channel is not Channel.REGISTRY_ROOT:
            return keys
        try:
            carried = read_unverified(channel.of(device), data)
        except MessageRefused:
            return keys
        root = self._root_in(carried.signed) if isinstance(carried, RegistryRoot) else None
        return keys if root is None else {**keys, **keys_of(root.acknowledgement_keys)}


def configured_keys(configuration: SyncConfiguration) -> Keys:
    """The keys of central that sync.toml names. Raises RegistryError."""
    return keys_of(key for path in configuration.central.keys for key in read_public_keys(path))


def keys_at_rest(configuration: SyncConfiguration) -> Keys:
    """The keys of central that count by what the sync process holds on disk. Raises RegistryError."""
    section, root = configuration.registry, None
    if section is not None:
        trust = trust_of(section.site, section.gate, read_anchor(section.root_key))
        root = held_roots(section.spool, trust)[1]
    return CentralKeys(configured_keys(configuration), lambda: root, lambda _: None).now()
