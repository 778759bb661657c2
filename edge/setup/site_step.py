"""The first step: whose gate this is."""

from __future__ import annotations

from msgspec.structs import replace

from edge.errors import ConfigurationError
from edge.setup.core import Draft, Question, gate_question, site_question
from edge.setup.material import SiteMaterial, offered_at, read_material
from edge.setup.steps import ask_way
from edge.setup.talk import Talk, absolute


def ask_site(talk: Talk, draft: Draft) -> tuple[Draft, SiteMaterial | None]:
    """The site and the gate, with what its administration left; None: what is installed stays."""
    if draft.site and talk.answers.site is None:
        talk.asker.tell(f"this is gate {draft.gate} of site {draft.site}")
        if not talk.asker.confirm("renew_site", "Take the site's files anew?", default=False):
            return ask_way(talk, draft), None
    material = talk.again(lambda: _material(talk, draft))
    talk.asker.tell(material.about)
    return ask_way(talk, of_site(draft, material), known=knows_way(draft, material)), material


def of_site(draft: Draft, material: SiteMaterial) -> Draft:
    """The draft of a gate of that site. Raises ConfigurationError where it is another site's gate already."""
    if draft.site and (draft.site, draft.gate) != (material.site, material.gate):
        raise ConfigurationError(
            f"it is for gate {material.gate} of site {material.site}, and this is gate {draft.gate} of "
            f"{draft.site}",
            where="site",
            remedy=f"take what {draft.site} left for {draft.gate}; one that goes to another site is set up "
            "anew: move gate.toml and the journal away first",
        )
    if not draft.site:
        direction, language = material.direction or draft.direction, material.language or draft.language
        draft = replace(draft, direction=direction, language=language)
    return replace(draft, site=material.site, gate=material.gate, device=material.device)


def knows_way(draft: Draft, material: SiteMaterial) -> bool:
    """Whether somebody has said which way people pass: this gate before, or who gave the site's part."""
    return bool(draft.site) or material.direction is not None


def _material(talk: Talk, draft: Draft) -> SiteMaterial:
    place = absolute(talk.asker.choose(site_question(talk.found.sites)), "site")
    offered = offered_at(place) if place.is_dir() else None
    gate = draft.gate
    if offered is not None:
        gate = talk.asker.choose(gate_question(offered, draft.gate))
    elif not gate:
        gate = talk.asker.choose(Question("gate", "This gate's id in the policy", free=True))
    material = read_material(place, offered, gate, draft.site)
    of_site(draft, material)  # refuses another site's before anything else is asked
    return material
