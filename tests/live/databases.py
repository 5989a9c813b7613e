"""Servers that handlers wait for, on fixed ports of 127.0.0.1 with data of their own in a temporary folder:
PostgreSQL, Redis, MariaDB. All want a password. Used by test-databases.
"""

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path

import servers
import session

POSTGRES_PORT, REDIS_PORT, MYSQL_PORT = 25432, 26379, 23306
USER, PASSWORD, DATABASE = "carol", "hunter2zq-password", "orders_db"
POSTGRES_BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def why_not():
    """None, or what is missing."""
    if not POSTGRES_BIN:
        return "PostgreSQL is not here (tools/setup live)"
    for program in ("redis-server", "mariadbd", "mariadb-install-db", "openssl"):
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            return f"{program} is not here (tools/setup live)"
    return None


def nobody():
    """Who runs PostgreSQL, which refuses root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return session.skip("there is no user postgres, nor nobody")


def run(command, **options):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


def make_certificate(folder):
    """A self-signed one for db.example.com: (certificate, key)."""
    certificate, key = Path(folder) / "tls.crt", Path(folder) / "tls.key"
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-days", "2", "-subj", "/CN=db.example.com", "-keyout", key, "-out", certificate])
    return certificate, key


def start(command, port, log, **options):
    servers.check_free(port)
    with open(log, "w", encoding="utf-8") as output:
        child = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                 stdout=output, stderr=subprocess.STDOUT, **options)
    servers.wait_until_listening(port, child, 60)
    return child


def start_postgres(folder):
    data, user, binaries = Path(folder) / "postgres", nobody(), POSTGRES_BIN[-1]
    data.mkdir()
    password, certificate, key = data / "password", *make_certificate(data)
    password.write_text(PASSWORD, encoding="ascii")
    os.chmod(folder, 0o755)
    for path in (data, password, certificate, key):
        os.chown(path, user.pw_uid, user.pw_gid)
    identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": data}
    run([binaries / "initdb", "-D", data / "db", "-U", USER, "--pwfile", password, "-A",
         "scram-sha-256", "--no-sync", "--locale=C", "-E", "UTF8"], **identity)
    child = start([binaries / "postgres", "-D", data / "db", "-p", POSTGRES_PORT, "-c", "fsync=off",
                   "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={data}",
                   "-c", "ssl=on", "-c", f"ssl_cert_file={certificate}",
                   "-c", f"ssl_key_file={key}"], POSTGRES_PORT, data / "log", **identity)
    wait_for_postgres(binaries)
    run([binaries / "createdb", "-h", "127.0.0.1", "-p", POSTGRES_PORT, "-U", USER, DATABASE],
        env={**os.environ, "PGPASSWORD": PASSWORD})
    return child


def wait_for_postgres(binaries, seconds=60):
    """Until it takes connections: it listens before it has started up."""
    end = time.monotonic() + seconds
    while subprocess.run([binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(POSTGRES_PORT)],
                         check=False).returncode:
        if time.monotonic() > end:
            raise RuntimeError("PostgreSQL does not take connections")
        time.sleep(0.1)


def start_redis(folder):
    data = Path(folder) / "redis"
    data.mkdir()
    return start(["redis-server", "--bind", "127.0.0.1", "--port", REDIS_PORT, "--save", "", "--dir",
                  data, "--requirepass", PASSWORD], REDIS_PORT, data / "log")


def start_mysql(folder):
    data = Path(folder) / "mysql"
    data.mkdir()
    environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    user = pwd.getpwuid(os.getuid()).pw_name
    first = data / "first.sql"
    first.write_text(f"CREATE DATABASE {DATABASE};\n"
                     f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}';\n"
                     f"GRANT ALL ON {DATABASE}.* TO '{USER}'@'%';\n", encoding="ascii")
    run(["mariadb-install-db", "--no-defaults", f"--datadir={data}/db", f"--user={user}",
         "--skip-test-db", "--auth-root-authentication-method=normal"], env=environment)
    return start(["mariadbd", "--no-defaults", f"--datadir={data}/db", f"--user={user}",
                  f"--port={MYSQL_PORT}", "--bind-address=127.0.0.1", f"--socket={data}/socket",
                  f"--pid-file={data}/pid", f"--init-file={first}", "--skip-name-resolve",
                  "--innodb-flush-log-at-trx-commit=0"], MYSQL_PORT, data / "log", env=environment)


def has_greeting(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as probe:
            return probe.recv(5)[4:] == b"\n"
    except OSError:
        return False


def wait_for_mysql(port=MYSQL_PORT, seconds=60):
    """Until its greeting comes: it listens before it serves."""
    end = time.monotonic() + seconds
    while not has_greeting(port):
        if time.monotonic() > end:
            raise RuntimeError("MariaDB does not greet")
        time.sleep(0.1)
