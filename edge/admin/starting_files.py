"""The files that `gatepost site init` writes for people to read and change."""

from __future__ import annotations

POLICY = """\
# The rules of this site. docs/policy.md explains every key; `gatepost registry build` checks and signs it.

time_zone = "{time_zone}"

# A holiday is its own kind of day ("holiday"), no longer the weekday it falls on.
[holidays]
# 2026-10-01 = "National Day"
# 12-25 = "Christmas"                # every year

# What each gate asks for: face, code, face_or_code, face_and_code, staffed, free or locked.
# face_and_code is the safest: the pass names the person, the face confirms it.
{gates}
# A face opens only where it is seen to be a living one, and not a picture of one: passive (two nets look at
# it) or active (people move as they are asked, too). With off, a photograph of a resident opens a gate for
# faces. Anyone who is taken for a picture is asked for their pass, and else goes to the staff. The nets are
# fetched once, by `gatepost models get`; a gate without them asks for moves, or for the pass.
[face.liveness]
mode = "passive"

# Who may pass. A passage needs one rule that covers it; nobody is covered by default.
[[access]]
id = "residents"
groups = ["resident"]

[[access]]
id = "staff"
groups = ["staff"]

[[access]]
id = "visitors"            # people with a visitor pass
groups = ["visitor"]

# What each state of the health code means, each way: grant, refer (to the staff) or deny.
[statuses.green]
entry = "grant"
exit = "grant"

[statuses.yellow]
entry = "refer"
exit = "grant"

[statuses.red]
entry = "deny"
exit = "grant"

[statuses.expired]
entry = "deny"
exit = "grant"

[statuses.absent]
entry = "refer"
exit = "grant"

[statuses.failed]
entry = "refer"
exit = "grant"

[statuses.timeout]
entry = "refer"
exit = "grant"
"""

GATE_OF_POLICY = """\
[gates.{id}]
mode = "{mode}"
"""

GATE = """\
# One gate. docs/configuration.md explains every key; `gatepost gate check --config` looks for mistakes.

[gate]
id = "{id}"
site = "{site}"
direction = "{direction}"
language = "{language}"

[vision]
camera = "v4l2:0"          # or /dev/video0, picamera2, rtsp://…, http://…, file:PATH, folder:PATH,
                           # or none: a gate with a [[scanner]] alone, docs/scanners.md
faces = "sface"            # or dlib, or none
codes = "zxing-cpp"        # or pyzbar

[registry]
inbox = "{inbox}"
folder = "state/registry"
lists = "{lists}"   # of certificate issuers and revocations: gatepost trust
root_key = "root.pub"
template_key = "template.key"

[journal]
path = "state/journal.sqlite"
when_full = "deny"         # or open: what becomes of a grant that cannot be written down

[lane]
board = "simulated"        # or a shipped board's name, or the path of a board file: docs/wiring.md
pins = "simulated"         # gpio for real pins
"""
