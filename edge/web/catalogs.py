"""The texts of packages in each language, read from their `locale/*/*.po`."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from edge.web.texts import Language


@dataclass(frozen=True)
class Texts:
    """The texts of some packages: the files of all in one."""

    packages: tuple[str, ...]

    def parts_of(self, language: Language) -> dict[str, Catalog]:
        """The texts of `language` as each part has them, by the name of its file."""
        return {name: part for package in self.packages for name, part in _parts(package, language).items()}

    def catalog_of(self, language: Language) -> Catalog:
        """Every text of `language`."""
        merged = Catalog(locale=language.value)
        for part in self.parts_of(language).values():
            _merge(merged, part)
        return merged

    def known(self) -> frozenset[str]:
        """The texts that are said: those which some language translates."""
        return _known(self)

    def translations(self, language: Language) -> NullTranslations:
        """What turns English into `language`."""
        return _translations(self, language)


SHARED = Texts(("edge.web",))
"""What is said by this package itself."""


@cache
def _translations(texts: Texts, language: Language) -> NullTranslations:
    catalog = texts.catalog_of(language)
    if not len(catalog):
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def _known(texts: Texts) -> frozenset[str]:
    ids = (message.id for language in Language for message in texts.catalog_of(language) if message.id)
    return frozenset(id_ if isinstance(id_, str) else id_[0] for id_ in ids)


def _parts(package: str, language: Language) -> dict[str, Catalog]:
    folder = files(package) / "locale" / language.value
    found = (file for file in folder.iterdir() if file.name.endswith(".po")) if folder.is_dir() else ()
    return {
        f"{package}/{file.name}": read_po(io.StringIO(file.read_text("utf-8")), locale=language.value)
        for file in sorted(found, key=lambda item: item.name)
    }


def _merge(into: Catalog, part: Catalog) -> None:
    """Add what is new. Where two parts translate one text, the first stays; a test names it."""
    for message in part:
        if message.id and message.string and into.get(message.id, message.context) is None:
            into.add(message.id, message.string, context=message.context)
