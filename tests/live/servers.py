"""Starting and stopping servers on fixed ports of 127.0.0.1: what the start-* programs share."""

import socket
import subprocess
import sys
import time


def wait_until_listening(port, child, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if child.poll() is not None:
            sys.exit(f"the emulator on port {port} ended with status {child.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


def count_clients(port):
    """Connections that are open to @port, by this network namespace's table."""
    count = 0
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as lines:
            for fields in map(str.split, lines):
                count += fields[2].endswith(f":{port:04X}") and fields[3] == "01"
    return count


def wait_for_clients(port, wanted, seconds=60):
    """Until as many ask there as shall: an emulator refuses what finds nobody waiting for it."""
    end = time.monotonic() + seconds
    while count_clients(port) < wanted:
        if time.monotonic() > end:
            sys.exit(f"{count_clients(port)} of {wanted} clients came to port {port}")
        time.sleep(0.1)


def check_free(port):
    """Somebody else's emulator on our port would answer in our place."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            sys.exit(f"port {port} is taken: end what listens there (ss -ltnp 'sport = :{port}')")


def stop_all(children):
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
