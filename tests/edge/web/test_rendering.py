"""Templates: each is compiled once, and says what it says in the language that is asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from jinja2 import Environment
from markupsafe import escape

from edge.console.rendering import RENDERING
from edge.web.rendering import CompiledTemplates, Rendering
from edge.web.texts import Language


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the templates that are compiled, of which none was before."""
    names: list[str] = []
    compile_, held = Environment.compile, CompiledTemplates()

    def noted(self: Environment, source: str, name: str, *more: Any) -> Any:
        names.append(name)
        return compile_(self, source, name, *more)

    monkeypatch.setattr(Environment, "compile", noted)
    monkeypatch.setattr("edge.web.rendering.compiled_templates", lambda _: held)
    return names


@pytest.fixture
def pages(request: pytest.FixtureRequest) -> Rendering:
    """The console's pages, of which none was rendered before."""
    return replace(RENDERING, words={**RENDERING.words, "of": request.node.name})


def test_a_template_is_compiled_once_for_all_languages(compiled: list[str], pages: Rendering) -> None:
    said = {
        language: pages.rendered(language, "session_ended.html", {"address": "/now?<b>"})
        for language in Language
    }
    assert "session_ended.html" in compiled
    assert len(compiled) == len({*compiled})
    assert [language for language in Language if "Your session has ended" in said[language]] == [Language.EN]
    assert "<b>" not in "".join(said.values())


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("word", ["<img onerror=x>", "rtsp://a/ch%201 does not answer", "%(y)s", "100 %"])
def test_a_word_that_is_none_of_ours_is_no_markup_and_no_format(
    pages: Rendering, language: Language, word: str
) -> None:
    """A device's detail, or what a newer version wrote."""
    said = pages.environment(language).from_string("{{ _(word) }} {{ _('Sign in') }}").render(word=word)
    assert said == f"{escape(word)} {pages.texts.translations(language).gettext('Sign in')}"


def test_browsers_that_come_together_have_each_template_compiled_once(
    compiled: list[str], pages: Rendering
) -> None:
    together = Barrier(6)

    def load(number: int) -> None:
        together.wait()
        made = pages.environment([*Language][number % 2])
        for name in ("now/parts.html", "now/page.html"):
            made.get_template(name)

    with ThreadPoolExecutor(together.parties) as browsers:
        list(browsers.map(load, range(together.parties)))
    assert sorted(compiled) == ["now/page.html", "now/parts.html"]


def test_all_can_be_compiled_before_anybody_comes(compiled: list[str], pages: Rendering) -> None:
    pages.compile_all(Language.ZH)
    before = len(compiled)
    assert before > 30
    pages.compile_all(Language.EN)
    pages.rendered(Language.EN, "session_ended.html", {"address": "/now"})
    assert len(compiled) == before
