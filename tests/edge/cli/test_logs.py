"""What is logged of a failure: where it was, and no value of a variable."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import structlog

from edge.cli.logs import log_to_stderr, quiet_logs


@pytest.fixture
def configured() -> Iterator[None]:
    """Logging is as it was when the test ends."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def sign_in(password: str) -> None:
    raise ValueError(len(password))


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize(
    "configure", [lambda: log_to_stderr(json=False), lambda: log_to_stderr(json=True), quiet_logs]
)
def test_the_log_of_a_failure_tells_no_values(
    configure: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    configure()
    secret = "correct horse"
    try:
        sign_in(secret)
    except ValueError as error:
        structlog.get_logger("console").error("page_failed", exc_info=error)
    said = capsys.readouterr().err
    assert "in sign_in" in said
    assert "ValueError: 13" in said
    assert secret not in said
