"""Checks what a gate can do to see that a face is a living one, and what is lost where it cannot."""

from __future__ import annotations

from collections.abc import Iterator

import models
from edge.configuration import GateConfiguration
from edge.decision import LivenessMeans, LivenessMode, Policy
from edge.diagnostics.check_result import CheckResult, Verdict
from edge.runtime.living_faces import liveness_means
from edge.vision.configuration import FaceEngineName, LivenessName
from edge.vision.liveness.factory import MESH, MODELS, VETO, LivenessMeasures, means

_GET = "gatepost models get"
_ASK_WITH = "name a screen or a voice in [prompts] of gate.toml"


def check_liveness(configuration: GateConfiguration) -> Iterator[CheckResult]:
    """The nets and the mesh; what a policy asks for that needs them is said with the policy."""
    name = configuration.vision.liveness
    faces = configuration.vision.engine is not FaceEngineName.NONE
    nets = next(_missing(MODELS), "")
    if not faces or name is LivenessName.OFF:
        yield CheckResult(Verdict.GOOD, "liveness", "is not measured here")
    elif nets and name is LivenessName.MINIFASNET:
        text = f"the vision worker will not start: {nets}"
        yield CheckResult(Verdict.BAD, "liveness", text, f"{_GET} {' '.join(MODELS)}")
    elif nets:
        text = f"is not measured: {nets}"
        yield CheckResult(Verdict.WARNING, "liveness", text, f"{_GET} {' '.join(MODELS)}")
    else:
        yield CheckResult(Verdict.GOOD, "liveness", "MiniFASNet V2 and V1SE are here")
    for mesh in _missing((MESH,) if faces else ()):
        text = f"nobody can be asked to close their eyes, only to turn their heads: {mesh}"
        yield CheckResult(Verdict.WARNING, "liveness", text, f"{_GET} {MESH}")


def check_liveness_asked(configuration: GateConfiguration, policy: Policy) -> Iterator[CheckResult]:
    """What of the policy this gate cannot do, what it does instead, and what is lost by that."""
    if configuration.vision.engine is FaceEngineName.NONE:
        return
    rule, measures = policy.face.liveness, means(configuration.vision)
    if rule.mode is LivenessMode.OFF:
        text = "face.liveness is off: a photograph of a resident is as good as their face"
        yield CheckResult(Verdict.WARNING, "policy", text, 'write mode = "passive" below [face.liveness]')
        return
    match liveness_means(configuration, measures):
        case LivenessMeans.NETS:
            yield from _with_nets(configuration, policy, measures)
        case LivenessMeans.MOVES:
            moves = "turn their head or close their eyes" if measures.mesh else "turn their head"
            text = (
                f"asks for {rule.mode} liveness, which is not measured here ({_why(configuration)}): whoever "
                f"comes with their face alone is asked to {moves}, some five seconds long; films on a "
                "telephone, and people who cannot, are told apart less well"
            )
            yield CheckResult(Verdict.WARNING, "policy", text, _get_nets(configuration))
        case LivenessMeans.PASS:
            text = (
                f"asks for {rule.mode} liveness, which is not measured here ({_why(configuration)}), and "
                "there is neither screen nor voice to ask for a move: no face opens this gate, passes do"
            )
            remedy = f"{_get_nets(configuration)}; or {_ASK_WITH}"
            yield CheckResult(Verdict.BAD, "policy", text, remedy)


def _with_nets(
    configuration: GateConfiguration, policy: Policy, measures: LivenessMeasures
) -> Iterator[CheckResult]:
    rule = policy.face.liveness
    if rule.veto and not measures.veto:
        why = next(_missing((VETO,)), "")
        text = f"asks for the veto net, which is not here ({why}): no face opens this gate, passes do"
        remedy = f"{_GET} {VETO}; or write veto = false below [face.liveness]"
        yield CheckResult(Verdict.BAD, "policy", text, remedy)
    if rule.mode is LivenessMode.ACTIVE and not configuration.prompts.can_ask:
        text = "asks for moves, and there is neither screen nor voice: no face opens this gate, passes do"
        yield CheckResult(Verdict.BAD, "policy", text, _ASK_WITH)


def _why(configuration: GateConfiguration) -> str:
    if configuration.vision.liveness is LivenessName.OFF:
        return 'gate.toml says liveness = "off"'
    return next(_missing(MODELS), "")


def _get_nets(configuration: GateConfiguration) -> str:
    if configuration.vision.liveness is LivenessName.OFF:
        return 'write liveness = "auto" below [vision]'
    return f"{_GET} {' '.join(MODELS)}"


def _missing(names: tuple[str, ...]) -> Iterator[str]:
    """What is the matter with each model file that cannot be used."""
    for name in names:
        try:
            models.path_of(name)
        except models.ModelError as error:
            yield f"{error.where}: {error.what}"
