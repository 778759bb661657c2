# Gatepost: `make demo` plays a morning at a gate, `make test` checks everything. Both set themselves up.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin

# How many processes share the tests, a file each; 0: this one alone. Of four on two cores, two may wait.
WORKERS ?= 4
# In the order of chance: where files of many tests came first, those that wait, each dear, were left for the end.
SHARED_OUT = --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

# What the tests and the second engines use of Debian; the product itself needs only python3-venv.
DEBIAN_NEEDED   := python3-venv
DEBIAN_FOR_TEST := libzbar0 strace chromium-headless-shell espeak-ng alsa-utils mosquitto nodejs postgresql systemd \
                   libpango-1.0-0 libpangoft2-1.0-0 fonts-liberation fonts-droid-fallback shellcheck

# Tests start some hundred processes: each would compile what it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help deb deb-test lock demo test test-long contracts types tests power-cuts bench lane-steps rules mutants protections starts chaos simulate gpio-sim systems man docs pictures schema drawings vectors clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    play a morning at a gate, with simulated hardware (CAMERA=0 uses the webcam, CONSOLE=1 opens the staff's pages)"
	@echo "make test    lint, types, import contracts and all tests (WORKERS=0: one process)"
	@echo "make test-long   what takes long: every example of a property, a month's absence from every phase"
	@echo "make bench   the measured figures, side by side"
	@echo "make power-cuts   2,000 cuts of the power while a journal is written (CUTS=n)"
	@echo "make lane-steps  a million random steps of the lane's machine, each held against its promises"
	@echo "make rules       a million random cases of the decision, each held against its laws (CASES=n)"
	@echo "make starts  start a gate with each of its files damaged, and 500 times with one byte changed"
	@echo "make mutants     break protections one at a time, and see whether a test notices (SAMPLE=n, SEED=n)"
	@echo "make protections  take away, one by one, the protections that a review took away, and see which test notices"
	@echo "make chaos   kill gates, sync, broker and centre at random, SECONDS=300 long; count what is left"
	@echo "make simulate    play worlds on a virtual clock, from the seed where it was left (SEEDS=n, HOURS=n, SEED=n: again)"
	@echo "make gpio-sim   the pins on chips that the kernel simulates (as root, modprobe gpio-sim first)"
	@echo "make man     docs/command-line.md, and man pages and shell completion in build/"
	@echo "make docs    the pages as a site in build/site, every link and the search checked; make pictures: its screenshots"
	@echo "make drawings  docs/drawings and firmware_config/boot/config.txt, from the board files"
	@echo "make schema  docs/protocol.cddl, from the structs; make vectors: docs/vectors, for other clients"
	@echo "make systems   demo and test in a fresh root folder of Debian 12 and of Debian 13 (as root)"
	@echo "make deb     dist/gatepost_VERSION_ARCH.deb and gatepost-central (DEBIAN=12|13 ARCH=amd64|arm64)"
	@echo "make deb-test    install, upgrade, remove and purge dist/ in booted Debian 12 and 13, without a network (as root)"
	@echo "make lock    debian/locks, from pyproject.toml and constraints.txt"
	@echo "make lab     the package in a real Debian in a virtual machine: a gate that stays alive (as root; LAB=words)"
	@echo "make lab-container PACKAGE=…  systemd alone, and updates that fail, in a container: ten minutes"
	@echo "make lab-cuts PACKAGE=…  pull the power of a container's disk while its gate writes (CUTS=n)"
	@echo "make lab-wheels  every library has wheels for aarch64; make lab-arm PACKAGE=…: the arm64 package, emulated"
	@echo "make cluster     three nodes of RabbitMQ and PostgreSQL with a standby on this machine, killed, cut and filled in turn; counts what is left (as root)"
	@echo "make clean   remove what these commands made"

demo: $(VENV)/product
	$(BIN)/gatepost models get
	$(BIN)/gatepost demo $(if $(CAMERA),--camera $(CAMERA)) $(if $(CONSOLE),--console)
	@echo "The same morning with the staff's pages open: $(BIN)/gatepost demo --console"
	@echo "A street of 24 sites at an operations centre: $(BIN)/pip install '.[central]'; $(BIN)/gatepost central demo"

# Where the tests' files lie, unless TMPDIR says it: in memory, where 4 GB of it are to spare and programs may lie
# there. A test that waits for the disk shows nothing more: where that is slow, a database's took three times as long.
SCRATCH := $(or $(TMPDIR),$(shell df --output=avail /dev/shm 2>/dev/null | awk 'END { exit !($$1 > 4000000) }' \
    && ! grep -q ' /dev/shm .*noexec' /proc/mounts && echo /dev/shm || echo /tmp))

test-long: export TMPDIR = $(SCRATCH)
# No package carries the nets of liveness: the tests' gates take them from the shared data, where these are.
test: $(VENV)/tests
	$(if $(wildcard ../shared/data/models),GATEPOST_MODEL_MIRROR=$(abspath ../shared/data/models)) $(BIN)/gatepost models get
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(MAKE) --no-print-directory --jobs=2 contracts types tests

# Side by side: these work in one process each, where the tests wait.
contracts: $(VENV)/tests
	$(BIN)/lint-imports

types: $(VENV)/tests
	$(BIN)/mypy

tests: export TMPDIR = $(SCRATCH)
tests: $(VENV)/compiled
	$(BIN)/pytest $(SHARED_OUT)

# Once a clone: else each of the processes that share the tests compiles every module, and rewrites every assert, at once.
$(VENV)/compiled: | $(VENV)/tests
	@echo "make: compiling the tests, once"
	@$(BIN)/pytest --collect-only -qqq > $@.said || { tail -n 40 $@.said; exit 1; }
	@rm $@.said; touch $@

# Of what has a short form in `make test`, the whole; no other test.
test-long: $(VENV)/tests
	LONG=1 $(BIN)/pytest $(SHARED_OUT) -m "long or longer or hypothesis"

power-cuts: $(VENV)/tests
	CUTS=$(or $(CUTS),2000) $(BIN)/pytest tests/faults/test_power_cuts.py

bench: $(VENV)/tests
	$(BIN)/gatepost models get
	@for script in tests/bench/bench_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

lane-steps: $(VENV)/tests
	$(BIN)/python -m tests.bench.lane_steps

rules: $(VENV)/tests
	$(BIN)/python -m tests.bench.rules $(or $(CASES),1000000)

protections: $(VENV)/tests
	$(BIN)/python -m tests.bench.protections

mutants: $(VENV)/tests
	$(BIN)/python -m tests.bench.mutants --sample $(or $(SAMPLE),50) --seed $(or $(SEED),1)

starts: $(VENV)/tests
	STARTS=$(or $(STARTS),500) $(BIN)/pytest tests/edge/runtime/test_starts.py

chaos: $(VENV)/tests
	$(BIN)/python -m tests.sync.chaos --seconds $(or $(SECONDS),60) $(CHAOS)

# SEED=n plays one world again. FAULTS names a preset (tests/simulation/presets.py).
simulate: $(VENV)/tests
	$(BIN)/python -m tests.simulation --hours $(or $(HOURS),24) --workers $(WORKERS) --shrink \
	    $(if $(SEED),--first $(SEED) --seeds 1,--seeds $(or $(SEEDS),100)) \
	    $(if $(FAULTS),--faults $(FAULTS)) $(if $(GATES),--gates $(GATES))

# No part of `make test`: few kernels have the module, and a test that mostly skips says little.
gpio-sim: $(VENV)/tests
	GPIO_SIM=1 $(BIN)/pytest tests/edge/devices/gpio

man: $(VENV)/tests
	$(BIN)/python -m sync.cli.manual

# The drawings of docs/wiring.md, and the boot settings that come with the software, from the board files.
drawings: $(VENV)/product
	for board in $$($(BIN)/gatepost board list | cut -d' ' -f1 | grep -v simulated); do \
	    $(BIN)/gatepost board draw $$board --out docs/drawings/$$board.svg || exit 1; done
	$(BIN)/gatepost boot show raspberry-pi-4 > firmware_config/boot/config.txt

# The pages as a site in build/site, from a folder too; then it is looked at in a browser.
docs: $(VENV)/tests
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --clean
	$(BIN)/python -m tests.site.check build/site

# The pictures in the pages, from the pages themselves.
pictures: $(VENV)/tests
	$(BIN)/python -m tests.edge.console.pictures
	$(BIN)/python -m tests.sync.central.web.pictures

schema: $(VENV)/tests
	$(BIN)/python -m tests.protocol

vectors: $(VENV)/tests
	$(BIN)/python -m tests.protocol.vectors.files

systems:
	@sh .ci/systems $(SYSTEMS)

# LEVEL: how hard xz tries; 1 is a third of the time for a quarter more bytes. UPDATE_ROOT: the publisher's 1.root.json.
deb: $(VENV)/packager
	$(BIN)/python -m sync.cli.manual
	$(BIN)/python -m debian.build $(if $(DEBIAN),--debian $(DEBIAN)) $(if $(ARCH),--arch $(ARCH)) $(if $(LEVEL),--level $(LEVEL)) $(if $(UPDATE_ROOT),--update-root $(UPDATE_ROOT))

# What is in dist/ for this processor, built by `make deb DEBIAN=12` and `make deb DEBIAN=13`. Ten minutes each.
deb-test:
	@sh .ci/deb-test dist $(SYSTEMS)

lock: $(VENV)/packager
	$(BIN)/python -m debian.locking

# As root, five minutes: docs/cluster.md. CLUSTER=words: python -m tests.cluster --help.
.PHONY: cluster
cluster: $(VENV)/tests
	$(BIN)/python -m tests.cluster $(CLUSTER)

# Minutes to hours, as root: docs/lab.md.
.PHONY: lab lab-container lab-cuts lab-wheels lab-arm
lab: $(VENV)/tests
	$(BIN)/python -m tests.lab $(LAB)

lab-container: $(VENV)/tests
	$(BIN)/python -m tests.lab.container $(PACKAGE)

lab-cuts: $(VENV)/tests
	$(BIN)/python -m tests.lab.container_cuts $(PACKAGE) $(or $(CUTS),20)

lab-wheels: $(VENV)/tests
	$(BIN)/python -m tests.lab.wheels

lab-arm: $(VENV)/tests
	$(BIN)/python -m tests.lab.arm $(PACKAGE)

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The two environments: what the gate needs, and on top of it what the tests need.
$(VENV)/product: pyproject.toml constraints.txt | $(VENV)/created
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/tests: pyproject.toml constraints.txt | $(VENV)/created
	@sh .ci/debian-packages $(DEBIAN_FOR_TEST) || echo "make: the tests that need them will skip, and say so" >&2
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	    --editable ".[dev,dlib,heic,pyzbar,report,central]"
	@# For a bench that compares with it. Without what it asks for: `dlib` compiles for a quarter of an hour.
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	    --no-deps face-recognition-ng
	@touch $@ $(VENV)/product

$(VENV)/packager: pyproject.toml constraints.txt | $(VENV)/product
	@# The centre's libraries too: man pages and completion are made from every command, the centre's among them.
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[deb,central]'
	@touch $@

$(VENV)/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "make: $(PYTHON) is older than 3.11; name a newer one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || sh .ci/debian-packages $(DEBIAN_NEEDED)
	$(PYTHON) -m venv $(VENV)
	@touch $@
