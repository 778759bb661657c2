"""The command line as pages: docs/command-line.md, man pages and shell completion, made from the commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cyclopts

from edge.cli.main import told_default
from edge.cli.words import KEYS, NOUNS, VERBS

SHELLS = {"bash": "gatepost", "zsh": "_gatepost", "fish": "gatepost.fish"}
"""The file that each shell looks for."""
_EXAMPLE = "Example: "


@dataclass(frozen=True)
class ArgumentPage:
    """One argument: as it is spelled, what it means, what it may be, and what it is by default."""

    names: tuple[str, ...]
    negatives: tuple[str, ...]
    text: str
    choices: tuple[str, ...]
    default: str
    required: bool
    flag: bool
    positional: bool
    repeated: bool

    @property
    def usage(self) -> str:
        value = "" if self.flag else f" {self.names[0].lstrip('-').upper()}"
        text = self.names[0] if self.positional else f"{self.names[0]}{value}"
        text += "…" if self.repeated and self.positional else ""
        return text if self.required else f"[{text}]"

    @property
    def meaning(self) -> str:
        parts = [self.text.rstrip(".")]
        if self.choices:
            parts.append(f"one of {', '.join(self.choices)}")
        if self.default:
            parts.append(f"by default {self.default}")
        return "; ".join(parts)


@dataclass(frozen=True)
class CommandPage:
    """One command: its words, its sentence, what else there is to say, an example, its arguments."""

    words: tuple[str, ...]
    sentence: str
    paragraphs: tuple[str, ...]
    example: str
    arguments: tuple[ArgumentPage, ...]

    @property
    def name(self) -> str:
        return " ".join(("gatepost", *self.words))

    @property
    def usage(self) -> str:
        ordered = sorted(self.arguments, key=lambda item: (not item.positional, not item.required))
        return " ".join([self.name, *(item.usage for item in ordered)])


def pages(
    app: cyclopts.App, default: cyclopts.Parameter | None, words: tuple[str, ...] = ()
) -> Iterator[CommandPage]:
    """Every command below `app`, in the order in which help shows them; `default` holds for all arguments."""
    for name, below in sorted(app.resolved_commands().items()):
        if name.startswith("-"):
            continue
        path = (*words, name)
        if below.default_command is not None:
            yield _page(path, below, default)
        yield from pages(below, default, path)


def _page(words: tuple[str, ...], app: cyclopts.App, default: cyclopts.Parameter | None) -> CommandPage:
    blocks = [" ".join(block.split()) for block in (app.help or "").strip().split("\n\n")]
    example = next((block.removeprefix(_EXAMPLE) for block in blocks if block.startswith(_EXAMPLE)), "")
    rest = tuple(block for block in blocks[1:] if not block.startswith(_EXAMPLE))
    found = app.assemble_argument_collection(default_parameter=default, parse_docstring=True)
    return CommandPage(words, blocks[0], rest, example, tuple(map(_argument, found)))


def _argument(argument: Any) -> ArgumentPage:
    count, repeated = argument.token_count()
    return ArgumentPage(
        names=tuple(name for name in argument.names if name not in argument.negatives),
        negatives=tuple(argument.negatives),
        text=argument.parameter.help or "",
        choices=tuple(argument.get_choices() or ()),
        default=told_default(argument.field_info.default),
        required=bool(argument.required),
        flag=count == 0,
        positional=not argument.names[0].startswith("-"),
        repeated=bool(repeated),
    )


def markdown(commands: Sequence[CommandPage]) -> str:
    """docs/command-line.md."""
    groups = list(dict.fromkeys(page.words[0] for page in commands))
    lines = [_HEAD]
    lines += [
        "| noun | what it is |",
        "|---|---|",
        *(f"| `{word}` | {text} |" for word, text in NOUNS.items()),
    ]
    lines += ["", "| verb | what it does |", "|---|---|"]
    lines += [f"| `{word}` | {text} |" for word, text in VERBS.items()]
    lines += [
        "",
        "| key | what it is |",
        "|---|---|",
        *(f"| `{key}` | {text} |" for key, text in KEYS.items()),
    ]
    for group in groups:
        lines += ["", f"## {group}"]
        for page in commands:
            if page.words[0] == group:
                lines += _entry(page)
    return "\n".join(lines) + "\n"


def _entry(page: CommandPage) -> list[str]:
    lines = ["", f"### {page.name}", "", page.sentence]
    for paragraph in page.paragraphs:
        lines += ["", paragraph]
    lines += ["", "```", page.example, "```"]
    shown = [item for item in page.arguments if item.names[0] != "--json"]
    if shown:
        lines += ["", *(f"- `{item.usage}` {item.meaning}" for item in shown)]
    return lines


_HEAD = """# The command line

Made by `make man` from the commands themselves; a test holds it to them. `gatepost … --help` says it too.

A command is one or more nouns and a verb: `gatepost subject status set li-na yellow`.

- **`--json`** makes every answer JSON, one object a line, on standard output; for `run` it is the log.
  The same things have the same keys (below). A problem is an object on standard error: `error`, `where`,
  `remedy`; so are a `warning` and a `note`, which are no part of the answer.
- **Exit codes**: 0 done; 1 a problem that the answer names; 2 wrong words, a file to read that they name and
  that is not there among them (but of many pictures that are judged one by one: 1), or a file that a person
  wrote and that says what cannot be. 130: interrupted.
- **Files**: `--config` is by default the file of that name in the current folder, else the one that the
  systemd units take (`/etc/gatepost/gate.toml`, `/etc/gatepost/sync.toml`,
  `/etc/gatepost-central/central.toml`). `--folder` of a site's commands is by default `$GATEPOST_FOLDER`,
  else the current folder; of `device` and `central ca` it is where the units look.
- **`--site`** is always a site's id, **`--actor`** always the name of the person who acts. Modes, states and
  commands are spelled as in the files: `face_or_code`, `open_once`.
- **Completion**: `gatepost --install-completion` for your shell. For a package `make man` writes the scripts
  of bash, zsh and fish, and man pages, to `build/`.
"""


def man_pages(commands: Sequence[CommandPage], version: str) -> dict[str, str]:
    """File name → man page: one of the whole, and one for each group."""
    found: dict[str, list[CommandPage]] = {}
    for page in commands:
        found.setdefault(page.words[0], []).append(page)
    made = {f"gatepost-{group}.1": _man(f"gatepost-{group}", own, version) for group, own in found.items()}
    return {"gatepost.1": _man("gatepost", commands, version, brief=True), **made}


def _man(name: str, commands: Sequence[CommandPage], version: str, *, brief: bool = False) -> str:
    lines = [f'.TH {name.upper()} 1 "" "gatepost {version}"', ".SH NAME"]
    lines += [_roff(f"{name} - the software of a residential gate"), ".SH COMMANDS"]
    for page in commands:
        lines += [".TP", rf"\fB{_roff(page.name)}\fR" if brief else rf"\fB{_roff(page.usage)}\fR"]
        lines.append(_roff(page.sentence))
        if brief:
            continue
        for paragraph in (*page.paragraphs, f"{_EXAMPLE}{page.example}"):
            lines += [".IP", _roff(paragraph)]
        for item in page.arguments:
            lines += [".IP", rf"\fB{_roff(', '.join(item.names))}\fR: {_roff(item.meaning)}"]
    lines += [".SH EXIT STATUS", "0 done; 1 a problem that the answer names; 2 wrong words or configuration."]
    return "\n".join(lines) + "\n"


def _roff(text: str) -> str:
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    escaped = "".join(letter if letter.isascii() else rf"\[u{ord(letter):04X}]" for letter in escaped)
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
