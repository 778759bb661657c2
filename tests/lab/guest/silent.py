"""A mirror that takes connections and says nothing: `silent.py PORT`."""

import signal
import socket
import sys

with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    signal.pause()
