"""Where the console's routes lead in the small site: one line for each with parameters, and for each that is
for everybody.
"""

from __future__ import annotations

ADDRESSES: dict[tuple[str, str], str] = {
    ("GET", "/find/{subject}"): "/find/xu",
    ("POST", "/find/{subject}/appeal"): "/find/xu/appeal",
    ("GET", "/enrol/receipt/{request}"): "/enrol/receipt/0123",
    ("GET", "/withdraw/{subject}"): "/withdraw/xu",
    ("GET", "/installer/scene/{scene}"): "/installer/scene/grant",
    ("GET", "/now/sheet/{act}"): "/now/sheet/let_in",
    ("POST", "/press/{press}"): "/press/1",
}
"""An address for each route with parameters."""

PUBLIC_PAGES = {
    ("GET", "/"),
    ("GET", "/health"),
    ("GET", "/metrics"),
    ("GET", "/screen"),
    ("GET", "/sign-in"),
    ("GET", "/stream"),
    ("POST", "/language"),
    ("POST", "/screen/language"),
    ("POST", "/sign-in"),
    ("POST", "/sign-in/passkey"),
    ("POST", "/sign-in/passkey/options"),
    ("POST", "/sign-out"),
}
"""What anybody may ask for; `/stream` asks for the rights of its topics."""

ASKED_ELSEWHERE = {
    ("POST", "/shift/end"),  # ends the session: test_signing_in
}
"""What those who may do it would do to the others here."""

NO_PAGES = {
    ("GET", "/"),  # leads to Now
    ("GET", "/health"),
    ("GET", "/metrics"),  # for Prometheus
    ("GET", "/stream"),
    ("GET", "/enrol/picture"),
    # Of somebody who is enrolled: test_enrolment
    ("GET", "/enrol/run"),
    ("GET", "/enrol/receipt/{request}"),
}
"""What answers GET and is no page to be looked at."""
