"""`myplatform live`: a process of its own, which serves until it is told to end."""

import signal
import subprocess
import sys
import urllib.request

from tests.servers import free_port

INI = """[app:main]
use = egg:myplatform
database.auto_migrate = true
files.url = file://%(here)s/files
database.url = sqlite:///%(here)s/site.sqlite
"""


def run(path, *arguments):
    code = "from myplatform.cli import main; main()"
    command = [sys.executable, "-c", code, "-c", str(path), "live", *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_it_listens_and_ends_when_it_is_told(tmp_path):
    path, port = tmp_path / "site.ini", free_port()
    path.write_text(INI)
    with run(path, "--listen", f"127.0.0.1:{port}") as process:
        assert any("listens" in line for line in process.stderr)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0


def test_it_says_where_to_name_its_address(tmp_path):
    path = tmp_path / "site.ini"
    path.write_text(INI)
    with run(path) as process:
        assert "live.listen is not set" in process.stderr.read()
        assert process.wait(15) == 1
