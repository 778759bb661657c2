"""Arguments whose values are words of the decision: apart, since few commands need those."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from edge.cli.arguments import AsInFiles
from edge.decision import Mode, Status

StatusWord = Annotated[Status, AsInFiles, Parameter(help="The state of the health code.")]
ModeWord = Annotated[Mode, AsInFiles, Parameter(help="What the gates ask for.")]
