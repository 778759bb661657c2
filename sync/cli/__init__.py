"""The whole command line of Gatepost: the gate's commands, and those that need a network."""
