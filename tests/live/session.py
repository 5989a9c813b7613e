"""One live recording: starts something under `idletax record`, lets the caller drive it, stops it,
reads the report and compares it with the truth. Used by the test-* programs beside it.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
IDLETAX = os.environ.get("IDLETAX", str(ROOT / "build" / "idletax"))


def skip(reason):
    print(f"SKIP: {reason}")
    sys.exit(77)


def need_root():
    if os.geteuid() != 0:
        skip("recording needs root")


def why_not(part, *arguments):
    """Installs a real part; None, or why it cannot be had."""
    done = subprocess.run([HERE / part, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True)
    if done.returncode == 77:
        return done.stderr.strip().splitlines()[-1].removeprefix("SKIP: ")
    if done.returncode:
        sys.exit(f"{part} failed:\n{done.stderr[-2000:]}")
    return None


def install(part, *arguments):
    """Installs a real part; skips with its reason where that cannot be."""
    reason = why_not(part, *arguments)
    if reason:
        skip(reason)


def install_emulator():
    """AWS's emulator; where it cannot be had its stand-in is what start-rie starts, and that is said."""
    reason = why_not("install-rie")
    if reason:
        print(f"  without AWS's emulator: {reason}; rie-stand-in takes its place")


def wait_for_line(log, text, process, seconds=90):
    end = time.monotonic() + seconds
    while text not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > end:
            sys.exit(f"not ready:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.1)


def descendants(root):
    listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    parents = [tuple(map(int, line.split())) for line in listing.stdout.splitlines()]
    found = [root]
    for ancestor in found:
        found.extend(pid for pid, parent in parents if parent == ancestor)
    return found[1:]


def stop(recorder, pid_to_interrupt):
    """SIGINT to what is recorded; the recorder ends with it. Insists by id where it does not."""
    leftovers = descendants(recorder.pid)
    try:
        os.kill(pid_to_interrupt or recorder.pid, signal.SIGINT)
        recorder.wait(40)
    except (subprocess.TimeoutExpired, ProcessLookupError):
        print("the recorder did not end in time", file=sys.stderr)
    for pid in [recorder.pid, *leftovers]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    recorder.wait()


@contextmanager
def recording(command, ready, folder, cwd=None, env=None, options=()):
    """Yields (trace, log) while @command runs under `idletax record` with @options."""
    trace, log = Path(folder) / "live.trace", Path(folder) / "live.log"
    with open(log, "w", encoding="utf-8") as output:
        recorder = subprocess.Popen(
            [IDLETAX, "record", "-o", trace, *options, "--", *map(str, command)], cwd=cwd, env=env,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True)
    try:
        wait_for_line(log, ready, recorder)
        yield trace, log
    finally:
        children = descendants(recorder.pid)
        stop(recorder, children[0] if children else None)
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("idletax: "):
                print("  " + line)


# A test may not fail because the machine is busy: counts, links and sums stay as strict as they are,
# of the times only the medians are held, so loosely that nothing but a wrong border or a wait given to
# the wrong one (80 % of a pair) breaks them. `--strict` (tests/bench/bench-borders) holds them to the goals.
TOLERANT = [
    "--max-duration-median-ms", "100", "--max-duration-p99-ms", "none",
    "--max-clock-median-ms", "50", "--max-clock-p99-ms", "none",
    "--max-pair-own-percent", "50", "--max-pair-double-percent", "30",
    "--max-pair-overhead-outside", "none",
]


def report_text(trace):
    """The trace's report as JSON text, with its invocations."""
    done = subprocess.run([IDLETAX, "report", "-i", trace, "--json", "--invocations"],
                          capture_output=True, text=True)
    if done.returncode not in (0, 3):
        sys.exit(f"report failed with {done.returncode}: {done.stderr}")
    if done.returncode == 3:
        print("  the recording has losses:", done.stderr.strip())
    return done.stdout


def report(trace):
    return json.loads(report_text(trace))


def check_text(text, truth, *arguments):
    """Compares a report with the truth; False where a limit is broken. What @arguments say of a
    limit counts."""
    if "--strict" not in sys.argv:
        arguments = [*TOLERANT, *arguments]
    compared = subprocess.run([HERE / "compare", truth, "-", *map(str, arguments)], input=text,
                              text=True)
    return compared.returncode == 0


def check(trace, truth, *arguments):
    return check_text(report_text(trace), truth, *arguments)


def drive(program, *arguments):
    """@program is one of those beside this file."""
    subprocess.run([HERE / program, *map(str, arguments)], check=True, timeout=900)


def scratch():
    """A folder for one recording; kept and named with KEEP=1."""
    if os.environ.get("KEEP"):
        folder = tempfile.mkdtemp(prefix="idletax-live-")
        print("kept:", folder)
        return folder
    return tempfile.TemporaryDirectory(prefix="idletax-live-")


@contextmanager
def folder():
    place = scratch()
    if isinstance(place, str):
        yield place
    else:
        with place as name:
            yield name
