"""DuckDB's sums over idletax' exports against the report's own, for test-duckdb and bench-duckdb."""

import json
import re
import subprocess
import tempfile
from pathlib import Path

import session

FUNCTION_KEYS = ("name",)
EDGE_KEYS = ("caller", "callee", "service", "mode")
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")  # what may command a terminal: none is in CSV


def run(*command, output=subprocess.PIPE):
    done = subprocess.run([str(word) for word in command], stdout=output, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(map(str, command))}: {done.returncode}: {done.stderr}")
    return done.stdout


def report(trace):
    return json.loads(run(session.IDLETAX, "report", "-i", trace, "--json"))


def export(trace, folder, name):
    """Both exports of a trace; the set that duckdb-totals takes."""
    files = {kind: Path(folder) / f"{name}.{kind}" for kind in ("ndjson", "invocations", "calls")}
    run(session.IDLETAX, "export", "-i", trace, "-f", "ndjson", "-o", files["ndjson"])
    for rows in ("invocations", "calls"):
        run(session.IDLETAX, "export", "-i", trace, "-f", "csv", "--rows", rows, "-o", files[rows])
    return {kind: str(path) for kind, path in files.items()}


def ask(sets):
    """What duckdb-totals says of each."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(sets, file)
        file.flush()
        return json.loads(run(session.HERE / "duckdb-totals", file.name))


def differences(what, keys, wanted, found):
    """Rows that are there once, and figures of DuckDB's that the report tells otherwise."""
    wanted = {tuple(row[key] for key in keys): row for row in wanted}
    found = {tuple(row[key] for key in keys): row for row in found}
    for key in sorted(wanted.keys() ^ found.keys()):
        yield f"{what} {key}: only {'the report' if key in wanted else 'DuckDB'} has it"
    for key in sorted(wanted.keys() & found.keys()):
        for name, value in found[key].items():
            if name not in keys and int(value) != wanted[key][name]:
                yield f"{what} {key}: {name} is {value}, the report says {wanted[key][name]}"


def as_csv_has_it(rows, keys):
    return [{**row, **{key: UNPRINTABLE.sub("\ufffd", row[key]) for key in keys}} for row in rows]


def problems(told, answer):
    # A function that had environments and no invocation has a row in the report alone.
    functions = [row for row in told["functions"] if row["invocations"]]
    for what, keys, rows in (("function", FUNCTION_KEYS, functions), ("edge", EDGE_KEYS, told["edges"])):
        yield from differences(f"ndjson: {what}", keys, rows, answer["ndjson"][what + "s"])
        yield from differences(f"csv: {what}", keys, as_csv_has_it(rows, keys), answer["csv"][what + "s"])
