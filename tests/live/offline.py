"""serverless-offline with the demo's application, under one of several versions of Node."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import session

HTTP_PORT, INVOKE_PORT = 3000, 3002  # as the application's functions expect
DEMO = session.ROOT / "build" / "demo" / "app"
DEMO_18 = session.ROOT / "build" / "live" / "offline-18"


@dataclass
class Node:
    name: str  # of install-nodes, or "default": what the demo uses
    program: Path
    app: Path


def install_demo():
    installed = subprocess.run([session.ROOT / "tools/demo/run", "--install-only"], text=True)
    if installed.returncode:
        sys.exit("the demo's application could not be installed")


def default_node():
    install_demo()
    folder = subprocess.run([session.ROOT / "tools/demo/node-path"], capture_output=True, text=True,
                            check=True).stdout.strip()
    return Node("default", Path(folder) / "node", DEMO)


def is_below_20(program):
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return int(version.stdout.strip().lstrip("v").partition(".")[0]) < 20


def install_nodes(names):
    """(the nodes that are there, why others are not)"""
    install_demo()
    done = subprocess.run([session.HERE / "install-nodes", *names], capture_output=True, text=True)
    if done.returncode not in (0, 77):
        sys.exit(f"install-nodes failed:\n{done.stderr[-2000:]}")
    nodes = []
    for line in done.stdout.splitlines():
        name, program = line.split(" ", 1)
        nodes.append(Node(name, Path(program), DEMO_18 if is_below_20(program) else DEMO))
    if any(node.app == DEMO_18 for node in nodes):
        session.install("install-offline-18")
    return nodes, [line.removeprefix("SKIP: ") for line in done.stderr.splitlines()]


def command(node, *options):
    return [node.program, "node_modules/osls/bin/serverless.js", "offline", "start",
            "--host", "127.0.0.1", "--httpPort", HTTP_PORT, "--lambdaPort", INVOKE_PORT, *options]


def recording(node, folder, *options):
    return session.recording(command(node, *options), "Server ready", folder, cwd=node.app)
