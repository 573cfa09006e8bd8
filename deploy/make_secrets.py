"""What compose.yaml needs to know and nobody else: `python deploy/make_secrets.py deploy/secrets`, once.

The folder is readable by its owner alone; the files are mounted one by one into the containers that need them, whose
users have other numbers. Edit `mail_url` to send mail; it begins as `log:`.
"""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path


def made() -> dict[str, str]:
    """The content of each file, by name."""
    database, key, secret = secrets.token_urlsafe(24), secrets.token_hex(10), secrets.token_urlsafe(30)
    identity = {
        "name": "myplatform",
        "credentials": [{"accessKey": key, "secretKey": secret}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    return {
        "database_password": database,
        "database_url": f"postgresql+psycopg://myplatform:{database}@database/myplatform",
        "files_url": f"s3://{key}:{secret}@intranet/files?endpoint=http://files:8333&region=us-east-1",
        "cache_url": "redis://cache:6379/0",
        "jobs_url": "redis://queue:6379/0",
        "live_url": "redis://queue:6379/1",
        "mail_url": "log:",
        "operations_token": secrets.token_urlsafe(24),
        "s3_identities": json.dumps({"identities": [identity]}),
    }


def main() -> None:
    """Write what is not there; what is there stays."""
    if len(sys.argv) != 2:
        sys.exit("Usage: python make_secrets.py FOLDER")
    folder = Path(sys.argv[1])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        sys.exit(f"{folder} is not empty: secrets are made together, once.")
    for name, text in made().items():
        (folder / name).write_text(text + "\n", encoding="utf-8")
        (folder / name).chmod(0o444)


if __name__ == "__main__":
    main()
