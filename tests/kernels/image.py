"""Makes the guest's root file system: an initramfs (cpio, newc) with the recorder, python3, curl, node and the
libraries that they are linked with, all where they lie on this machine, and the guest's own programs.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Of Python's library what no program of the guest can need, and what is large.
NOT_NEEDED = {"test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "site-packages",
              "dist-packages", "__pycache__", "pydoc_data", "distutils", "unittest"}


class Missing(Exception):
    pass


class Archive:
    """A cpio archive in the making; folders are added as they are needed."""

    def __init__(self, path):
        self.file = open(path, "wb")
        self.names = set()
        self.count = 0

    def entry(self, name, mode, data=b"", device=(0, 0)):
        name = name.strip("/")
        if not name or name in self.names:
            return
        self.folder(os.path.dirname(name))
        self.names.add(name)
        self.write(name, mode, data, device)

    def write(self, name, mode, data, device):
        self.count += 1
        fields = (self.count, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
        self.file.write(b"070701" + b"".join(b"%08x" % field for field in fields))
        self.pad(name.encode() + b"\0", 110)
        self.pad(data, 0)

    def pad(self, data, before):
        self.file.write(data + bytes(-(before + len(data)) % 4))

    def folder(self, name):
        self.entry(name, stat.S_IFDIR | 0o755)

    def program(self, path, name=None):
        """A file as it is, executable; where @path is a link, what it leads to."""
        self.entry(str(name or path), stat.S_IFREG | 0o755, Path(path).read_bytes())

    def link(self, name, target):
        self.entry(name, stat.S_IFLNK | 0o777, str(target).encode())

    def close(self):
        self.write("TRAILER!!!", 0, b"", (0, 0))
        self.file.close()


def command(name):
    path = shutil.which(name)
    if not path:
        raise Missing(f"there is no {name}")
    return path


def libraries(path):
    """The files that the loader maps for @path, and the loader."""
    listed = subprocess.run(["ldd", path], capture_output=True, text=True).stdout
    return re.findall(r"(?:=> |^\s*)(/\S+) \(0x", listed, re.M)


def add_linked(archive, path, name=None):
    archive.program(path, name)
    for library in libraries(path):
        archive.program(library)


def add_python(archive):
    """Returns its path. Modules that are shared objects bring their libraries."""
    library = Path(sysconfig.get_path("stdlib"))
    executable = os.path.realpath(sys.executable)
    add_linked(archive, executable)
    for folder, folders, files in os.walk(library):
        folders[:] = [name for name in folders if name not in NOT_NEEDED and not name.startswith("config-")]
        for name in files:
            path = os.path.join(folder, name)
            if name.endswith(".py"):
                archive.program(path)
            elif name.endswith(".so") and "test" not in name:
                add_linked(archive, path)
    return executable


def node():
    found = subprocess.run([ROOT / "tools" / "demo" / "node-path"], capture_output=True, text=True)
    if found.returncode:
        raise Missing(f"node: {found.stderr.strip()}")
    return os.path.realpath(found.stdout.strip() + "/node")


def leave():
    program = ROOT / "build" / "kernels" / "leave"
    program.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["gcc", "-Wall", "-O2", "-o", program, HERE / "guest" / "leave.c"], check=True)
    return program


def make(path, idletax, requests):
    """Writes the archive."""
    archive = Archive(path)
    for name in ("proc", "sys", "dev", "tmp", "bin", "guest"):
        archive.folder(name)
    archive.entry("dev/console", stat.S_IFCHR | 0o600, device=(5, 1))
    archive.program(command("busybox"), "bin/busybox")
    add_linked(archive, command("curl"))
    python, node_path = add_python(archive), node()
    archive.link("usr/bin/python3", python)
    archive.link("usr/bin/env", "/bin/busybox")
    add_linked(archive, node_path)
    add_linked(archive, idletax, "bin/idletax")
    for program in (HERE / "guest").iterdir():
        if program.is_file() and program.name not in ("init", "leave.c"):
            archive.program(program, f"guest/{program.name}")
    archive.program(ROOT / "tests" / "live" / "rie-stand-in", "guest/rie-stand-in")
    add_linked(archive, leave(), "guest/leave")
    main = f"{python} main /bin/idletax /guest/rie-stand-in {node_path} {requests}"
    init = (HERE / "guest" / "init").read_text().replace("MAIN", main)
    archive.entry("init", stat.S_IFREG | 0o755, init.encode())
    archive.close()
