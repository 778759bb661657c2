"""The lab: a real Debian in a virtual machine, the package installed in it, and a gate that stays alive.

A machine has the kernel of `kernel.config`, built once, with simulated hardware of a gate: a header of GPIO
lines, a camera that shows what the lab feeds it, a scanner on a serial line, a watchdog. The lab stands
outside: it scans, presses, pulls the power, and reads the relay's line. Enter by `python -m tests.lab` (`make
lab`); `python -m tests.lab.wheels` and `python -m tests.lab.arm` are the checks for aarch64.
"""
