"""serverless-offline with the demo's application, under one of several Nodes (install-offline)."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import session

HTTP_PORT, INVOKE_PORT = 3000, 3002  # as the application's functions expect
DEMO = session.ROOT / "build" / "demo" / "app"
LIVE = session.ROOT / "build" / "live"


@dataclass
class Node:
    program: Path
    app: Path  # the application with packages that run there


def is_below_20(program):
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    return int(version.stdout.strip().lstrip("v").partition(".")[0]) < 20


def find_node(name="default"):
    if name == "default":
        folder = subprocess.run([session.ROOT / "tools/demo/node-path"], capture_output=True,
                                text=True, check=True).stdout.strip()
        return Node(Path(folder) / "node", DEMO)
    program = LIVE / "nodes" / name / "bin" / "node"
    return Node(program, LIVE / "offline-18" if is_below_20(program) else DEMO)


def command(node, *options):
    return [node.program, "node_modules/osls/bin/serverless.js", "offline", "start",
            "--host", "127.0.0.1", "--httpPort", HTTP_PORT, "--lambdaPort", INVOKE_PORT, *options]


def recording(node, folder, *options):
    return session.recording(command(node, *options), "Server ready", folder, cwd=node.app)
