"""Templates: each is compiled once, and says what it says in the language that is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from jinja2 import Environment

from edge.console.rendering import RENDERING
from edge.web.rendering import CompiledTemplates
from edge.web.texts import Language


def test_a_template_is_compiled_once_for_all_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_, held = Environment.compile, CompiledTemplates()

    def noted(self: Environment, source: str, name: str, *more: Any) -> Any:
        compiled.append(name)
        return compile_(self, source, name, *more)

    monkeypatch.setattr(Environment, "compile", noted)
    monkeypatch.setattr("edge.web.rendering.compiled_templates", lambda _: held)
    pages = replace(RENDERING, words={**RENDERING.words, "of": "this test"})  # none was rendered before
    said = {
        language: pages.rendered(language, "session_ended.html", {"address": "/now?<b>"})
        for language in Language
    }
    assert "session_ended.html" in compiled
    assert len(compiled) == len({*compiled})
    assert [language for language in Language if "Your session has ended" in said[language]] == [Language.EN]
    assert "<b>" not in "".join(said.values())
