"""The BPF programs that a process holds: those of other recorders on this machine are no business of a test."""

import json
import re
import subprocess
from pathlib import Path


def held_by(pid):
    """The ids of the programs that process @pid has descriptors of, or of links to them."""
    found = set()
    for descriptor in Path(f"/proc/{pid}/fdinfo").iterdir():
        try:
            found |= {int(id_) for id_ in re.findall(r"^prog_id:\s*(\d+)", descriptor.read_text(), re.M)}
        except OSError:  # it was closed meanwhile
            pass
    return found


def names(ids):
    """Of those of @ids that the kernel still has."""
    listed = subprocess.run(["bpftool", "-j", "prog", "show"], stdout=subprocess.PIPE, check=True).stdout
    return {program.get("name", "") for program in json.loads(listed) if program["id"] in ids}
