"""Why a broker cannot be reached, or refuses: each cause with what to do. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
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

    cause: Cause
    text: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.text} ({self.remedy})" if self.remedy else self.text

    def because(self, detail: str) -> Named:
        """The same with a detail of this one time."""
        return Named(self.cause, f"{self.text}: {detail}", self.remedy) if detail else self


_PORTS = "8883 is for devices, 8884 for the centre's services, and 5671 for them at RabbitMQ"

_WORDS: dict[Cause, tuple[str, str]] = {
    Cause.NO_SUCH_NAME: ("no name service knows the broker's name", "check host, and the name service"),
    Cause.NOBODY_LISTENS: (
        "connection refused: nothing listens at the broker's address and port",
        f"start the broker (systemctl status mosquitto), or correct host and port: {_PORTS}",
    ),
    Cause.NO_ROUTE: ("the network does not reach the broker's address", "check cable, address and routes"),
    Cause.NO_ANSWER: (
        "the broker's address does not answer in time",
        "check host and port, and what firewall lies between",
    ),
    Cause.HUNG_UP: (
        "the broker hung up before it answered",
        f"its log says why; is this end's certificate for this port? {_PORTS}",
    ),
    Cause.LOST: (
        "the connection broke",
        "it is tried again; if it breaks again and again, another client may use this identity",
    ),
    Cause.FILES: (
        "TLS: the certificate, its key or the CA cannot be used",
        "check that the key is the certificate's, and that this user can read all three",
    ),
    Cause.BROKER_UNKNOWN: (
        "TLS: the broker's certificate is of an authority that this end does not know",
        "ca has to be services-ca.pem of the site's authority",
    ),
    Cause.BROKER_EXPIRED: (
        "TLS: the broker's certificate has expired",
        "gatepost central ca renew at the centre; or this computer's clock is wrong",
    ),
    Cause.BROKER_TOO_YOUNG: (
        "TLS: the broker's certificate is not valid yet: one of the two clocks is wrong",
        "set this computer's clock",
    ),
    Cause.BROKER_NAME: (
        "TLS: the broker's certificate names another host",
        "use the name that it was issued for, or issue it anew: gatepost central ca issue broker --host NAME",
    ),
    Cause.BROKER_CERTIFICATE: ("TLS: the broker's certificate does not verify", "issue it anew"),
    Cause.OWN_UNKNOWN: (
        "TLS: the broker does not know the authority of this end's certificate",
        f"is it for this port? {_PORTS}",
    ),
    Cause.OWN_EXPIRED: (
        "TLS: this end's certificate has expired",
        "gatepost device renew on a gate, gatepost central ca renew at the centre; or a clock is wrong",
    ),
    Cause.OWN_REVOKED: (
        "TLS: this end's certificate was revoked",
        "if it should come back, enrol it again: gatepost central ca code create",
    ),
    Cause.OWN_MISSING: ("TLS: the broker wants a certificate and got none", "set certificate and key"),
    Cause.OWN_CERTIFICATE: (
        "TLS: the broker does not take this end's certificate",
        "it has to be a client's, of the authority for this port; the broker's log says what is wrong",
    ),
    Cause.NO_TLS_THERE: (
        "TLS: what listens there speaks no TLS",
        f"correct the port: {_PORTS}; plain = true goes without TLS, on one machine",
    ),
    Cause.TLS_VERSION: ("TLS: the two ends have no version in common", "the broker has to speak TLS 1.3"),
    Cause.TLS: ("TLS: the handshake failed", "the broker's log says why"),
    Cause.MQTT_VERSION: (
        "the broker does not speak MQTT 5",
        "take Mosquitto 2.0 or RabbitMQ 4, or newer",
    ),
    Cause.NO_MQTT: (
        "what listens there does not speak MQTT 5, or wants TLS",
        f"correct the port: {_PORTS}; and take plain = true away where the broker has TLS",
    ),
    Cause.NO_AMQP: (
        "what listens there does not speak AMQP 0-9-1",
        "RabbitMQ listens for centres at 5671; its plug-ins and files are in docs/cluster.md",
    ),
    Cause.QUEUE: (
        "the broker lacks a queue or an exchange, or cannot reach most of its nodes",
        "gatepost central broker apply makes what is missing; gatepost central check says which nodes are",
    ),
    Cause.QUEUE_TYPE: (
        "a queue, or what was asked of it, is not as it has to be",
        "gatepost central broker show says what differs; docs/cluster.md",
    ),
    Cause.SAME_ID: (
        "another process of a centre has this id",
        "give each process a [central] id of its own; one that was killed is forgotten within a minute",
    ),
    Cause.BLOCKED: (
        "the broker takes nothing: it lacks space on disk or memory",
        "gatepost central check says which node; free some space there: nothing is lost meanwhile",
    ),
    Cause.NO_CONFIRM: (
        "the broker did not take the message: its queue is full or cannot be written",
        "gatepost central check says which queue, and who should consume from it",
    ),
    Cause.CANCELLED: (
        "the broker took a queue away",
        "it was deleted, or has no majority of its nodes; it is tried again",
    ),
    Cause.PASSWORD: ("the broker does not take the user or the password", "check user and password"),
    Cause.ACCESS_LIST: (
        "the broker's access list refuses it",
        "is the certificate's name the device's id, and for this port? docs/broker.md",
    ),
    Cause.CLIENT_ID: ("the broker does not take the client id", "check the id: 1 to 63 of a-z 0-9 . _ -"),
    Cause.BUSY: ("the broker is busy, or has too many connections", "docs/scaling.md: more brokers"),
    Cause.TAKEN_OVER: (
        "session taken over: another client connected with this identity",
        "two processes, or a copied card, use one certificate: stop one, and enrol it under an id of its own",
    ),
    Cause.TOO_LARGE: (
        "a packet is larger than the other end takes",
        "compare max_packet_size: docs/broker.md",
    ),
    Cause.TOO_MUCH: ("a quota or a limit of the broker is reached", "the broker's log says which"),
    Cause.NO_RETAIN: (
        "the broker retains no messages",
        "so it should for gates; Home Assistant needs one that does: docs/home-assistant.md",
    ),
    Cause.SILENT: ("the broker heard nothing for longer than the keep-alive", "it is tried again"),
    Cause.ENDED_THERE: (
        "the broker ended the connection",
        "it shuts down, or was told to; it is tried again",
    ),
    Cause.OTHER: ("the broker refuses", "the broker's log says why"),
}

_CODES: dict[int, Cause] = {
    0x01: Cause.MQTT_VERSION,  # of MQTT 3.1.1: unacceptable protocol version
    0x81: Cause.NO_MQTT,
    0x82: Cause.NO_MQTT,
    0x84: Cause.MQTT_VERSION,
    0x85: Cause.CLIENT_ID,
    0x86: Cause.PASSWORD,
    0x87: Cause.ACCESS_LIST,
    0x88: Cause.BUSY,
    0x89: Cause.BUSY,
    0x8A: Cause.ACCESS_LIST,
    0x8B: Cause.ENDED_THERE,
    0x8C: Cause.PASSWORD,
    0x8D: Cause.SILENT,
    0x8E: Cause.TAKEN_OVER,
    0x8F: Cause.ACCESS_LIST,
    0x90: Cause.ACCESS_LIST,
    0x93: Cause.TOO_MUCH,
    0x95: Cause.TOO_LARGE,
    0x96: Cause.TOO_MUCH,
    0x97: Cause.TOO_MUCH,
    0x98: Cause.ENDED_THERE,
    0x9A: Cause.NO_RETAIN,
    0x9C: Cause.ENDED_THERE,
    0x9D: Cause.ENDED_THERE,
    0x9F: Cause.TOO_MUCH,
    0xA0: Cause.ENDED_THERE,
}
"""MQTT 5, section 2.4."""
_AMQP_CODES: dict[int, Cause] = {
    311: Cause.TOO_LARGE,
    312: Cause.QUEUE,
    320: Cause.ENDED_THERE,
    402: Cause.QUEUE,
    403: Cause.ACCESS_LIST,
    404: Cause.QUEUE,
    405: Cause.SAME_ID,
    406: Cause.QUEUE_TYPE,
    501: Cause.NO_AMQP,
    503: Cause.NO_AMQP,
    506: Cause.TOO_MUCH,
    530: Cause.ACCESS_LIST,
    541: Cause.ENDED_THERE,
}
"""AMQP 0-9-1, section 1.5 (constants)."""
_SAYS_NOTHING = 0x80
"""Its name is "Unspecified error", which is also what the library calls a socket that closed."""


def named(cause: Cause) -> Named:
    """A cause in words."""
    return Named(cause, *_WORDS[cause])


def named_code(code: int, name: str) -> Named:
    """What an MQTT reason code, and its name, say."""
    if code == _SAYS_NOTHING:
        return named(Cause.OTHER).because("it gives no reason (0x80)")
    return named(_CODES.get(code, Cause.OTHER)).because(f"{name} (0x{code:02X})")


def named_amqp(code: int, text: str) -> Named:
    """What AMQP's reply code, and the broker's text with it, say."""
    return named(_AMQP_CODES.get(code, Cause.OTHER)).because(f"{text} ({code})")


_OF_CERTIFICATE: dict[int, Cause] = {
    2: Cause.BROKER_UNKNOWN,
    9: Cause.BROKER_TOO_YOUNG,
    10: Cause.BROKER_EXPIRED,
    18: Cause.BROKER_UNKNOWN,
    19: Cause.BROKER_UNKNOWN,
    20: Cause.BROKER_UNKNOWN,
    21: Cause.BROKER_UNKNOWN,
    62: Cause.BROKER_NAME,
    64: Cause.BROKER_NAME,
}
"""OpenSSL's X509_V_ERR_…."""
_OF_TLS: tuple[tuple[str, Cause], ...] = (
    ("CERTIFICATE_EXPIRED", Cause.OWN_EXPIRED),
    ("CERTIFICATE_REVOKED", Cause.OWN_REVOKED),
    ("CERTIFICATE_REQUIRED", Cause.OWN_MISSING),
    ("UNKNOWN_CA", Cause.OWN_UNKNOWN),
    ("BAD_CERTIFICATE", Cause.OWN_CERTIFICATE),
    ("UNSUPPORTED_CERTIFICATE", Cause.OWN_CERTIFICATE),
    ("CERTIFICATE_UNKNOWN", Cause.OWN_CERTIFICATE),
    ("DECRYPT_ERROR", Cause.OWN_CERTIFICATE),
    ("ACCESS_DENIED", Cause.OWN_CERTIFICATE),
    ("PROTOCOL_VERSION", Cause.TLS_VERSION),
    ("UNSUPPORTED_PROTOCOL", Cause.TLS_VERSION),
    ("WRONG_VERSION_NUMBER", Cause.NO_TLS_THERE),
    ("UNEXPECTED_EOF", Cause.NO_TLS_THERE),
)
"""Parts of the names of OpenSSL's errors: their beginnings differ from version to version."""


def cause_of_certificate(code: int) -> Cause:
    """Why the other end's certificate does not verify, by OpenSSL's number."""
    return _OF_CERTIFICATE.get(code, Cause.BROKER_CERTIFICATE)


def cause_of_tls(name: str) -> Cause:
    """What OpenSSL's name for an error, or for the other end's alert, says."""
    return next((cause for part, cause in _OF_TLS if part in name.upper()), Cause.TLS)
