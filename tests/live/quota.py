"""Cgroups with a CPU quota, as Lambda's sizes have one: made, and removed again. Cgroup v2 where it has the CPU
controller, else v1: the kernel's quota is the same."""

import os
from contextlib import contextmanager
from pathlib import Path

PERIOD_US = 20000
MB_PER_CPU = 1769


def find_root():
    """The folder in which groups can be made, and whether it is v2's; None: there is none."""
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, folder, kind, options = line.split()[:4]
        if kind == "cgroup" and "cpu" in options.split(","):
            return Path(folder), False
        if kind == "cgroup2":
            shared = Path(folder, "cgroup.subtree_control")
            if shared.exists() and "cpu" in shared.read_text(encoding="ascii").split():
                return Path(folder), True
    return None


def why_not():
    if not find_root():
        return "no cgroup here has the CPU controller"
    if not os.access(find_root()[0], os.W_OK):
        return "no cgroup can be made here"
    return None


@contextmanager
def groups(sizes_mb):
    """Yields the file that takes a process into the group, by size. All go before whatever else the machine does:
    what they do not get is kept from them by their quota."""
    root, is_v2 = find_root()
    folders = {}
    try:
        for size in sizes_mb:
            folder = root / f"idletax-test-{os.getpid()}-{size}"
            folder.mkdir()
            folders[size] = folder
            quota_us = PERIOD_US * size // MB_PER_CPU
            if is_v2:
                (folder / "cpu.weight").write_text("10000")
                (folder / "cpu.max").write_text(f"{quota_us} {PERIOD_US}")
            else:
                (folder / "cpu.shares").write_text("262144")
                (folder / "cpu.cfs_period_us").write_text(str(PERIOD_US))
                (folder / "cpu.cfs_quota_us").write_text(str(quota_us))
        yield {size: folder / "cgroup.procs" for size, folder in folders.items()}
    finally:
        for folder in folders.values():
            folder.rmdir()
