"""The files of deploy/ by the rules of their makers, and by what the site has: settings, commands, routes, ports."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from myplatform import metrics
from myplatform.cli import main
from myplatform.jobs.measuring import figures as job_figures
from myplatform.queries.figures import figures as core_figures
from myplatform.settings import load
from myplatform.settings.ini import read_ini
from tests.conftest import ON_ONE_DATABASE
from tests.deploy.test_behind_nginx import DEPLOY, ROOT

KUBERNETES = DEPLOY / "kubernetes"
UNITS = sorted((DEPLOY / "systemd").glob("myplatform*"))
INI_FILES = [DEPLOY / "production.ini", KUBERNETES / "settings/production.ini"]
MOST_EXPOSED = 2.0
"""What `systemd-analyze security` may say of a service: 0 is shut in, 10 is open."""


def manifests() -> list[dict[str, Any]]:
    """All objects for Kubernetes, without what kustomize reads itself."""
    files = [path for path in KUBERNETES.glob("*/*.yaml") if path.name != "kustomization.yaml"]
    return [each for path in files for each in yaml.safe_load_all(path.read_text(encoding="utf-8"))]


def pods() -> dict[str, dict[str, Any]]:
    """The pods of deployments, jobs and jobs of every night, by name."""
    found = {each["metadata"]["name"]: each["spec"] for each in manifests()}
    found = {name: spec.get("jobTemplate", {}).get("spec", spec) for name, spec in found.items()}
    return {name: spec["template"]["spec"] for name, spec in found.items() if "template" in spec}


def compose() -> dict[str, Any]:
    """The file for Compose."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def analyse(*options: object) -> subprocess.CompletedProcess[str]:
    """Ask systemd."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not here")
    return subprocess.run([program, *map(str, options)], capture_output=True, text=True, check=False)


@pytest.fixture
def secret_files(tmp_path, monkeypatch):
    """What deploy/make_secrets.py makes, and the environment of the containers."""
    monkeypatch.setenv("SITE_URL", "https://intranet.example.com")
    monkeypatch.setenv("MAIL_FROM", "Intranet <intranet@example.com>")
    folder = tmp_path / "secrets"
    command = [sys.executable, DEPLOY / "make_secrets.py", folder]
    subprocess.run(command, check=True)
    assert subprocess.run(command, check=False, capture_output=True).returncode == 1, "once only"
    return folder


@pytest.mark.parametrize("path", INI_FILES, ids=["image", "kubernetes"])
def test_settings_of_containers_are_right(path, tmp_path, secret_files):
    copy = tmp_path / "production.ini"
    copy.write_text(path.read_text(encoding="utf-8").replace("/run/secrets", str(secret_files)))
    settings = load(copy)
    assert settings["files.url"].startswith("s3://")
    assert settings["operations.token"] == (secret_files / "operations_token").read_text().strip()


def test_kubernetes_has_the_settings_of_the_image_but_for_whom_it_trusts():
    image, theirs = ([line for line in path.read_text().splitlines() if line[:1] != "#"] for path in INI_FILES)
    differing = [pair for pair in zip(image, theirs, strict=True) if pair[0] != pair[1]]
    assert [[line.partition(" ")[0] for line in pair] for pair in differing] == [["trusted_proxy"] * 2]


def test_servers_in_containers_have_the_options_of_production_ini():
    ours, theirs = (
        {entry.key: entry.value for entry in read_ini(path).sections["server:main"]}
        for path in (ROOT / "production.ini", INI_FILES[0])
    )
    assert {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)} == {
        "listen",
        "trusted_proxy",
        "worker_tmp_dir",
    }


def test_secrets_are_mounted_that_settings_name(secret_files):
    named = set(re.findall(r"/run/secrets/(\w+)", INI_FILES[0].read_text()))
    mounted = compose()
    assert set(mounted["services"]["web-1"]["secrets"]) == named
    assert set(mounted["secrets"]) == {path.name for path in secret_files.iterdir()}
    everywhere = {name for service in mounted["services"].values() for name in service.get("secrets", ())}
    assert everywhere == set(mounted["secrets"])
    readme = (KUBERNETES / "README.md").read_text()
    assert all(f"`{name}`" in readme for name in named)


def test_variables_are_given_that_settings_name():
    named = set(re.findall(r"\$\{(\w+)\}", INI_FILES[0].read_text()))
    assert set(compose()["services"]["web-1"]["environment"]) == named
    settings = yaml.safe_load((KUBERNETES / "settings/kustomization.yaml").read_text())
    assert {each.partition("=")[0] for each in settings["configMapGenerator"][0]["literals"]} == named


def test_commands_exist():
    services = compose()["services"].values()
    asked = [each.get("command", ["serve"]) for each in services if each["image"] == "myplatform"]
    containers = [pod["containers"][0] for pod in pods().values()]
    asked += [each["args"] for each in containers if "command" not in each]
    scripts = [each["args"][0] for each in containers if each.get("command") == ["/bin/sh", "-ec"]]
    lines = [line for script in scripts for line in re.findall(r"^myplatform (.*)$", script, re.MULTILINE)]
    assert len(lines) == 1
    asked += [re.sub(r'"/backups.*"', "x.zip", line).split() for line in lines]
    for unit in UNITS:
        lines = re.findall(r"^Exec\w+=.*bin/myplatform (.*?)['\n]", unit.read_text(), re.MULTILINE)
        asked += [re.sub(r'"backups.*"', "x.zip", line).split() for line in lines]
    asked += [["serve"]]  # CMD of the image
    assert len(asked) > 18
    for command in asked:
        name, *arguments = command
        found = main.get_command(None, name)
        assert found is not None, name
        if not isinstance(found, type(main)):
            found.make_context(name, list(arguments))


def test_probes_ask_what_answers_at_ports_that_are_listened_at():
    declared = read_ini(INI_FILES[0]).sections
    server = {entry.key: entry.value for entry in declared["server:main"]}
    site = {entry.key: entry.value for entry in declared["app:main"]}
    ports = {"http": int(server["listen"].rpartition(":")[2]), "live": int(site["live.listen"].rpartition(":")[2])}
    for pod in pods().values():
        container = pod["containers"][0]
        named = {each["name"]: each["containerPort"] for each in container.get("ports", ())}
        assert named.items() <= ports.items()
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            if probe in container:
                asked = container[probe]["httpGet"]
                assert asked["port"] in named
                assert asked["path"] in ("/healthz", "/readyz")
    texts = [(DEPLOY / name).read_text() for name in ("Dockerfile", "compose.yaml")]
    assert f"127.0.0.1:{ports['http']}/healthz" in texts[0]
    assert f"127.0.0.1:{ports['live']}/healthz" in texts[1]
    upstreams = (DEPLOY / "nginx/upstreams.compose.conf").read_text()
    targets = dict(re.findall(r"server ([\w-]+):(\d+)", upstreams))
    assert targets == {"web-1": str(ports["http"]), "web-2": str(ports["http"]), "live": str(ports["live"])}
    assert targets.keys() <= compose()["services"].keys()
    assert str(compose()["networks"]["front"]["ipam"]["config"][0]["subnet"]) == server["trusted_proxy"]
    assert f"ListenStream=127.0.0.1:{ports['http']}" in (DEPLOY / "systemd/myplatform.socket").read_text()


def test_backups_are_kept_for_a_month(tmp_path):
    """What the units and the manifests run is run here, with a stand-in for the site's own command."""
    (script,) = [pod["containers"][0]["args"][0] for name, pod in pods().items() if name.endswith("backup")]
    unit = (DEPLOY / "systemd/myplatform-backup.service").read_text()
    backup, tidy = re.findall(r"^Exec\w+=(.*)$", unit, re.MULTILINE)
    stand_in = tmp_path / "bin/myplatform"
    stand_in.parent.mkdir()
    stand_in.write_text('#!/bin/sh\n[ "$1" = backup ] && echo kept > "$2"\n')
    stand_in.chmod(0o755)
    in_systemd = backup.replace("$$", "$").replace("%%", "%").replace("/opt/myplatform/bin/myplatform", str(stand_in))
    for folder, lines in (("pod", script.replace("/backups", "backups")), ("unit", f"{in_systemd}\n{tidy}")):
        kept = tmp_path / folder / "backups"
        kept.mkdir(parents=True)
        for name, days in (("old", 40), ("young", 20)):
            (kept / f"{name}.zip").touch()
            os.utime(kept / f"{name}.zip", (time.time() - days * 86400,) * 2)
        path = f"{stand_in.parent}:{os.environ['PATH']}"
        subprocess.run(["sh", "-ec", lines], cwd=kept.parent, env={"PATH": path}, check=True)
        names = sorted(each.name for each in kept.iterdir())
        assert re.fullmatch(r"\d{4}-\d\d-\d\d-\d{4}\.zip young\.zip", " ".join(names)), names


def test_pods_are_restricted_and_services_find_them():
    for pod in pods().values():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        container = pod["containers"][0]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    objects = manifests()
    names = {(each["kind"], each["metadata"]["name"]): each for each in objects}
    for rule in names["Ingress", "myplatform"]["spec"]["rules"]:
        for path in rule["http"]["paths"]:
            wanted = path["backend"]["service"]
            service = names["Service", wanted["name"]]["spec"]
            assert wanted["port"]["name"] in {each["name"] for each in service["ports"]}
            labels = names["Deployment", wanted["name"]]["spec"]["template"]["metadata"]["labels"]
            assert service["selector"].items() <= labels.items()
    assert ("HorizontalPodAutoscaler", "myplatform-web") in names
    listed = yaml.safe_load((KUBERNETES / "site/kustomization.yaml").read_text())["resources"]
    assert {path.name for path in (KUBERNETES / "site").glob("*.yaml")} == {*listed, "kustomization.yaml"}


def test_manifests_fit_kubernetes():
    for each in manifests():
        kubernetes_validate.validate(each, "1.31", strict=True)


def test_compose_fits_its_specification():
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [program, "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_dockerfile_is_clean_and_builds_from_what_is_not_left_out():
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([program, DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    text = (DEPLOY / "Dockerfile").read_text()
    assert text.index("USER 10001") > text.rindex("COPY")
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert all((ROOT / name).exists() for name in kept)
    assert {"setup.py", "pyproject.toml", "build_frontend.py", "frontend", "myplatform", "docs"} <= kept
    assert not any(name.startswith("deploy/secrets") or name == "deploy" for name in kept)


def test_units_are_understood(tmp_path):
    stand_in = shutil.which("true")
    for unit in UNITS:
        text = unit.read_text().replace("/opt/myplatform/bin/myplatform", str(stand_in))
        (tmp_path / unit.name).write_text(text.replace("User=myplatform\nGroup=myplatform\n", ""))
    done = analyse("verify", "--man=no", *(tmp_path / unit.name for unit in UNITS))
    about_us = [line for line in done.stderr.splitlines() if line.startswith(("myplatform", str(tmp_path)))]
    assert about_us == []


def test_services_are_shut_in():
    done = analyse("security", "--offline=true", *(unit for unit in UNITS if unit.suffix == ".service"))
    levels = [float(level) for level in re.findall(r"exposure level for \S+: ([\d.]+)", done.stdout)]
    assert len(levels) == 6, done.stderr
    assert max(levels) <= MOST_EXPOSED


@ON_ONE_DATABASE
def test_alerts_are_about_figures_that_there_are(db):
    rules = yaml.safe_load((DEPLOY / "prometheus/alerts.yaml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    counted = {each.name: each for each in vars(metrics).values() if isinstance(each, metrics._Metric)}
    ends = {metrics.Counter: ("_total",), metrics.Histogram: ("_bucket", "_sum", "_count"), metrics.Gauge: ("",)}
    known = {f"{name}{end}": set(each.labels) for name, each in counted.items() for end in ends[type(each)]}
    for collector in (core_figures, job_figures):
        known |= {f"myplatform_{each.name}": {name for labels, _ in each.values for name in labels}
                  for each in collector(db)}
    known["myplatform_jobs_oldest_seconds"] = known["myplatform_jobs"]  # none is old yet
    assert {each["alert"] for each in rules} >= {"SiteIsDown", "RequestsFail", "JobsWait"}
    for rule in rules:
        assert rule.keys() <= {"alert", "expr", "for", "annotations"}
        for name, chosen in re.findall(r"(myplatform_\w+)(?:\{([^}]*)\})?", rule["expr"]):
            assert set(re.findall(r"(\w+)(?:=~|!~|!=|=)", chosen)) <= known[name], rule["alert"]


def test_figures_are_named_as_prometheus_wants_them():
    counted = [each for each in vars(metrics).values() if isinstance(each, metrics._Metric)]
    for each in counted:
        assert re.fullmatch(r"myplatform_[a-z]+(_[a-z]+)*", each.name)
        assert not each.name.endswith(("_total", "_count", "_sum", "_bucket", "_info"))
        assert not isinstance(each, metrics.Histogram) or each.name.endswith("_seconds")
        assert not set(each.labels) & {"le", "quantile", "job", "instance"}
        assert each.meaning[0].isupper()
