"""How the Debian packages are made: `gatepost`, and `gatepost-central` on top of it.

Enter by `debian.build` (`make deb`) and `debian.locking` (`make lock`). The folders beside hold what goes in
as it is: `gatepost/` and `gatepost-central/` with the scripts that dpkg runs, `locks/` with every library by
version and hash. Nothing of this is installed.
"""
