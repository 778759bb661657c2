"""Turns templates into answers: one environment for each language, with what every template may say."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import cache
from gettext import NullTranslations
from importlib.resources import files
from threading import RLock
from types import CodeType
from typing import Any, Final
from urllib.parse import quote

from jinja2 import BytecodeCache, ChoiceLoader, Environment, PackageLoader, StrictUndefined, Template
from jinja2.bccache import Bucket
from markupsafe import escape

from edge.web.catalogs import Texts
from edge.web.texts import Language
from edge.web.times import FILTERS

SHARED_PACKAGE = "edge.web"


@dataclass(frozen=True)
class Rendering:
    """The templates and static files of `package`, and behind them what all pages share. `words` are values
    that every template may name.
    """

    package: str
    texts: Texts
    words: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def packages(self) -> tuple[str, ...]:
        """Where templates and static files are looked for, in this order."""
        return self.package, SHARED_PACKAGE

    def environment(self, language: Language) -> Environment:
        """The templates in `language`. An unknown name in a template is an error, never an empty place."""
        with _COMPILING:  # `cache` makes one for each of those who ask at once
            return _environment(self, language)

    def compile_all(self, language: Language) -> None:
        """Compile every template now: else whoever opens a page first waits for it."""
        made = self.environment(language)
        for name in made.list_templates(extensions=["html"]):
            made.get_template(name)

    def rendered(self, language: Language, template: str, values: Mapping[str, Any]) -> str:
        """The text of a template."""
        return self.environment(language).get_template(template).render(values)

    def static(self, name: str) -> str:
        """The address of a static file; with another content it is another address: browsers may keep it."""
        return _static(self.packages, name)


_COMPILING: Final = RLock()


class PageEnvironment(Environment):
    """An environment that compiles one template at a time.

    Jinja2's own compiles it for each of those who ask at once: after a start, two dozen browsers that came
    back together kept a console busy for six seconds.
    """

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - as Jinja2 names it
    ) -> Template:
        """As Jinja2's, by which extended, included and imported templates are got too."""
        with _COMPILING:
            return super().get_template(name, parent, globals)


class CompiledTemplates(BytecodeCache):
    """Keeps what templates were compiled to: they are the same in every language."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._compiled[bucket.key, bucket.checksum] = bucket.code


@cache
def compiled_templates(packages: tuple[str, ...]) -> BytecodeCache:  # noqa: ARG001 - one for each
    """What the templates of these packages were compiled to, for all languages."""
    return CompiledTemplates()


@cache
def _environment(rendering: Rendering, language: Language) -> Environment:
    made = PageEnvironment(
        bytecode_cache=compiled_templates(rendering.packages),
        loader=ChoiceLoader([PackageLoader(package, "templates") for package in rendering.packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    spoken = rendering.texts.translations(language)
    i18n: Any = made
    i18n.install_gettext_callables(
        _gettext(rendering.texts, spoken),
        spoken.ngettext,
        newstyle=True,
        pgettext=spoken.pgettext,
        npgettext=spoken.npgettext,
    )
    made.filters |= {**FILTERS, "path": path}
    made.globals |= {"static": rendering.static, "language": language, "languages": tuple(Language)}
    made.globals |= rendering.words
    return made


def _gettext(texts: Texts, spoken: NullTranslations) -> Callable[[str], str]:
    """`gettext` for templates, which take what it returns for markup, and for a format. That is true of our
    own texts alone: a word that no language has is a device's, or a newer version's.
    """
    known = texts.known()

    def said(text: str) -> str:
        return spoken.gettext(text) if text in known else str(escape(text)).replace("%", "%%")

    return said


@cache
def _static(packages: tuple[str, ...], name: str) -> str:
    found = (files(package) / "static" / name for package in packages)
    content = next(file.read_bytes() for file in found if file.is_file())
    return f"/static/{name}?{hashlib.sha256(content).hexdigest()[:12]}"


def path(part: object) -> str:
    """One part of an address: whatever a site or a person is called, it stays one part."""
    return quote(str(part), safe="")
