"""Why a broker cannot be reached, or refuses: each cause with what to do. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LinkCause(StrEnum):
    """A cause by its name, for programs."""

    NO_SUCH_NAME = "no_such_name"
    NOBODY_LISTENS = "nobody_listens"
    NO_ROUTE = "no_route"
    NO_ANSWER = "no_answer"
    HUNG_UP = "hung_up"
    LOST = "lost"
    FILES = "files"
    BROKER_UNKNOWN = "broker_unknown"
    BROKER_EXPIRED = "broker_expired"
    BROKER_TOO_YOUNG = "broker_too_young"
    BROKER_NAME = "broker_name"
    BROKER_CERTIFICATE = "broker_certificate"
    OWN_UNKNOWN = "own_unknown"
    OWN_EXPIRED = "own_expired"
    OWN_TOO_YOUNG = "own_too_young"
    OWN_REVOKED = "own_revoked"
    OWN_MISSING = "own_missing"
    OWN_CERTIFICATE = "own_certificate"
    NO_TLS_THERE = "no_tls_there"
    TLS_VERSION = "tls_version"
    TLS = "tls"
    MQTT_VERSION = "mqtt_version"
    NO_MQTT = "no_mqtt"
    NO_AMQP = "no_amqp"
    QUEUE = "queue"
    QUEUE_TYPE = "queue_type"
    SAME_ID = "same_id"
    BLOCKED = "blocked"
    NO_CONFIRM = "no_confirm"
    CANCELLED = "cancelled"
    PASSWORD = "password"
    ACCESS_LIST = "access_list"
    CLIENT_ID = "client_id"
    BUSY = "busy"
    TAKEN_OVER = "taken_over"
    TOO_LARGE = "too_large"
    TOO_MUCH = "too_much"
    NO_RETAIN = "no_retain"
    SILENT = "silent"
    ENDED_THERE = "ended_there"
    OTHER = "other"


@dataclass(frozen=True)
class Named:
    """What happened, in words, and what to do about it."""

    cause: LinkCause
    text: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.text} ({self.remedy})" if self.remedy else self.text

    def because(self, detail: str) -> Named:
        """The same with a detail of this one time."""
        return Named(self.cause, f"{self.text}: {detail}", self.remedy) if detail else self


_PORTS = "8883 is for devices, 8884 for the centre's services, and 5671 for them at RabbitMQ"
_WAS_AHEAD = (
    "if both are right, the authority's was ahead: gatepost device renew --now on a gate, "
    "gatepost central ca renew --now at the centre"
)

_WORDS: dict[LinkCause, tuple[str, str]] = {
    LinkCause.NO_SUCH_NAME: ("no name service knows the broker's name", "check host, and the name service"),
    LinkCause.NOBODY_LISTENS: (
        "connection refused: nothing listens at the broker's address and port",
        f"start the broker (systemctl status mosquitto, or rabbitmq-server), or correct its place: {_PORTS}",
    ),
    LinkCause.NO_ROUTE: (
        "the network does not reach the broker's address",
        "check cable, address and routes",
    ),
    LinkCause.NO_ANSWER: (
        "the broker's address does not answer in time",
        "check host and port, and what firewall lies between",
    ),
    LinkCause.HUNG_UP: (
        "the broker hung up before it answered",
        f"its log says why; is this end's certificate for this port? {_PORTS}",
    ),
    LinkCause.LOST: (
        "the connection broke",
        "it is tried again; if it breaks again and again, another client may use this identity",
    ),
    LinkCause.FILES: (
        "TLS: the certificate, its key or the CA cannot be used",
        "check that the key is the certificate's, and that this user can read all three",
    ),
    LinkCause.BROKER_UNKNOWN: (
        "TLS: the broker's certificate is of an authority that this end does not know",
        "ca has to be services-ca.pem of the site's authority",
    ),
    LinkCause.BROKER_EXPIRED: (
        "TLS: the broker's certificate has expired",
        "gatepost central ca renew at the centre; or this computer's clock is wrong",
    ),
    LinkCause.BROKER_TOO_YOUNG: (
        "TLS: the broker's certificate is not valid yet: one of the two clocks is wrong",
        "set this computer's clock",
    ),
    LinkCause.BROKER_NAME: (
        "TLS: the broker's certificate names another host",
        "use the name that it was issued for, or issue it anew: gatepost central ca issue broker --host NAME",
    ),
    LinkCause.BROKER_CERTIFICATE: ("TLS: the broker's certificate does not verify", "issue it anew"),
    LinkCause.OWN_UNKNOWN: (
        "TLS: the broker does not know the authority of this end's certificate",
        f"is it for this port? {_PORTS}",
    ),
    LinkCause.OWN_EXPIRED: (
        "TLS: this end's certificate has expired",
        "gatepost device renew on a gate, gatepost central ca renew at the centre; or a clock is wrong",
    ),
    LinkCause.OWN_TOO_YOUNG: (
        "TLS: this end's certificate is not valid yet: a clock is wrong",
        f"set this computer's clock (timedatectl), or the broker's; {_WAS_AHEAD}",
    ),
    LinkCause.OWN_REVOKED: (
        "TLS: this end's certificate was revoked",
        "if it should come back, enrol it again: gatepost central ca code create",
    ),
    LinkCause.OWN_MISSING: ("TLS: the broker wants a certificate and got none", "set certificate and key"),
    LinkCause.OWN_CERTIFICATE: (
        "TLS: the broker does not take this end's certificate",
        "it has to be a client's, of this port's authority, valid by the broker's clock: its log says more",
    ),
    LinkCause.NO_TLS_THERE: (
        "TLS: what listens there speaks no TLS",
        f"correct the port: {_PORTS}; plain = true goes without TLS, on one machine",
    ),
    LinkCause.TLS_VERSION: ("TLS: the two ends have no version in common", "the broker has to speak TLS 1.3"),
    LinkCause.TLS: ("TLS: the handshake failed", "the broker's log says why"),
    LinkCause.MQTT_VERSION: (
        "the broker does not speak MQTT 5",
        "take Mosquitto 2.0 or RabbitMQ 4, or newer",
    ),
    LinkCause.NO_MQTT: (
        "what listens there does not speak MQTT 5, or wants TLS",
        f"correct the port: {_PORTS}; and take plain = true away where the broker has TLS",
    ),
    LinkCause.NO_AMQP: (
        "what listens there does not speak AMQP 0-9-1",
        "RabbitMQ listens for centres at 5671; its plug-ins and files are in docs/cluster.md",
    ),
    LinkCause.QUEUE: (
        "the broker lacks a queue or an exchange, or cannot reach most of its nodes",
        "gatepost central broker apply makes what is missing; gatepost central check says which nodes are",
    ),
    LinkCause.QUEUE_TYPE: (
        "a queue, or what was asked of it, is not as it has to be",
        "gatepost central broker show says what differs; docs/cluster.md",
    ),
    LinkCause.SAME_ID: (
        "another process of a centre has this id",
        "give each process a [central] id of its own; one that was killed is forgotten within a minute",
    ),
    LinkCause.BLOCKED: (
        "the broker takes nothing: it lacks space on disk or memory",
        "gatepost central check says which node; free some space there: nothing is lost meanwhile",
    ),
    LinkCause.NO_CONFIRM: (
        "the broker did not take the message: its queue is full or cannot be written",
        "gatepost central check says which queue, and who should consume from it",
    ),
    LinkCause.CANCELLED: (
        "the broker took a queue away",
        "it was deleted, or has no majority of its nodes; it is tried again",
    ),
    LinkCause.PASSWORD: ("the broker does not take the user or the password", "check user and password"),
    LinkCause.ACCESS_LIST: (
        "the broker's access list refuses it",
        "is the certificate's name the device's id, and for this port? docs/broker.md",
    ),
    LinkCause.CLIENT_ID: ("the broker does not take the client id", "check the id: 1 to 63 of a-z 0-9 . _ -"),
    LinkCause.BUSY: ("the broker is busy, or has too many connections", "docs/scaling.md: more brokers"),
    LinkCause.TAKEN_OVER: (
        "session taken over: another client connected with this identity",
        "two processes, or a copied card, use one certificate: stop one, and enrol it under an id of its own",
    ),
    LinkCause.TOO_LARGE: (
        "a packet is larger than the other end takes",
        "compare max_packet_size: docs/broker.md",
    ),
    LinkCause.TOO_MUCH: ("a quota or a limit of the broker is reached", "the broker's log says which"),
    LinkCause.NO_RETAIN: (
        "the broker retains no messages",
        "so it should for gates; Home Assistant needs one that does: docs/home-assistant.md",
    ),
    LinkCause.SILENT: ("the broker heard nothing for longer than the keep-alive", "it is tried again"),
    LinkCause.ENDED_THERE: (
        "the broker ended the connection",
        "it shuts down, or was told to; it is tried again",
    ),
    LinkCause.OTHER: ("the broker refuses", "the broker's log says why"),
}

_CODES: dict[int, LinkCause] = {
    0x01: LinkCause.MQTT_VERSION,  # of MQTT 3.1.1: unacceptable protocol version
    0x81: LinkCause.NO_MQTT,
    0x82: LinkCause.NO_MQTT,
    0x84: LinkCause.MQTT_VERSION,
    0x85: LinkCause.CLIENT_ID,
    0x86: LinkCause.PASSWORD,
    0x87: LinkCause.ACCESS_LIST,
    0x88: LinkCause.BUSY,
    0x89: LinkCause.BUSY,
    0x8A: LinkCause.ACCESS_LIST,
    0x8B: LinkCause.ENDED_THERE,
    0x8C: LinkCause.PASSWORD,
    0x8D: LinkCause.SILENT,
    0x8E: LinkCause.TAKEN_OVER,
    0x8F: LinkCause.ACCESS_LIST,
    0x90: LinkCause.ACCESS_LIST,
    0x93: LinkCause.TOO_MUCH,
    0x95: LinkCause.TOO_LARGE,
    0x96: LinkCause.TOO_MUCH,
    0x97: LinkCause.TOO_MUCH,
    0x98: LinkCause.ENDED_THERE,
    0x9A: LinkCause.NO_RETAIN,
    0x9C: LinkCause.ENDED_THERE,
    0x9D: LinkCause.ENDED_THERE,
    0x9F: LinkCause.TOO_MUCH,
    0xA0: LinkCause.ENDED_THERE,
}
"""MQTT 5, section 2.4."""
_AMQP_CODES: dict[int, LinkCause] = {
    311: LinkCause.TOO_LARGE,
    312: LinkCause.QUEUE,
    320: LinkCause.ENDED_THERE,
    402: LinkCause.QUEUE,
    403: LinkCause.ACCESS_LIST,
    404: LinkCause.QUEUE,
    405: LinkCause.SAME_ID,
    406: LinkCause.QUEUE_TYPE,
    501: LinkCause.NO_AMQP,
    503: LinkCause.NO_AMQP,
    506: LinkCause.TOO_MUCH,
    530: LinkCause.ACCESS_LIST,
    541: LinkCause.ENDED_THERE,
}
"""AMQP 0-9-1, section 1.5 (constants)."""
_SAYS_NOTHING = 0x80
"""Its name is "Unspecified error", which is also what the library calls a socket that closed."""


def named(cause: LinkCause) -> Named:
    """A cause in words."""
    return Named(cause, *_WORDS[cause])


def named_code(code: int, name: str) -> Named:
    """What an MQTT reason code, and its name, say."""
    if code == _SAYS_NOTHING:
        return named(LinkCause.OTHER).because("it gives no reason (0x80)")
    return named(_CODES.get(code, LinkCause.OTHER)).because(f"{name} (0x{code:02X})")


def named_amqp(code: int, text: str) -> Named:
    """What AMQP's reply code, and the broker's text with it, say."""
    return named(_AMQP_CODES.get(code, LinkCause.OTHER)).because(f"{text} ({code})")


_OF_CERTIFICATE: dict[int, LinkCause] = {
    2: LinkCause.BROKER_UNKNOWN,
    9: LinkCause.BROKER_TOO_YOUNG,
    10: LinkCause.BROKER_EXPIRED,
    18: LinkCause.BROKER_UNKNOWN,
    19: LinkCause.BROKER_UNKNOWN,
    20: LinkCause.BROKER_UNKNOWN,
    21: LinkCause.BROKER_UNKNOWN,
    62: LinkCause.BROKER_NAME,
    64: LinkCause.BROKER_NAME,
}
"""OpenSSL's X509_V_ERR_…."""
_OF_TLS: tuple[tuple[str, LinkCause], ...] = (
    ("CERTIFICATE_EXPIRED", LinkCause.OWN_EXPIRED),
    ("CERTIFICATE_REVOKED", LinkCause.OWN_REVOKED),
    ("CERTIFICATE_REQUIRED", LinkCause.OWN_MISSING),
    ("UNKNOWN_CA", LinkCause.OWN_UNKNOWN),
    ("BAD_CERTIFICATE", LinkCause.OWN_CERTIFICATE),
    ("UNSUPPORTED_CERTIFICATE", LinkCause.OWN_CERTIFICATE),
    ("CERTIFICATE_UNKNOWN", LinkCause.OWN_CERTIFICATE),
    ("DECRYPT_ERROR", LinkCause.OWN_CERTIFICATE),
    ("ACCESS_DENIED", LinkCause.OWN_CERTIFICATE),
    ("PROTOCOL_VERSION", LinkCause.TLS_VERSION),
    ("UNSUPPORTED_PROTOCOL", LinkCause.TLS_VERSION),
    ("WRONG_VERSION_NUMBER", LinkCause.NO_TLS_THERE),
    ("UNEXPECTED_EOF", LinkCause.NO_TLS_THERE),
)
"""Parts of the names of OpenSSL's errors: their beginnings differ from version to version."""


def cause_of_certificate(code: int) -> LinkCause:
    """Why the other end's certificate does not verify, by OpenSSL's number."""
    return _OF_CERTIFICATE.get(code, LinkCause.BROKER_CERTIFICATE)


def cause_of_tls(name: str) -> LinkCause:
    """What OpenSSL's name for an error, or for the other end's alert, says."""
    return next((cause for part, cause in _OF_TLS if part in name.upper()), LinkCause.TLS)
