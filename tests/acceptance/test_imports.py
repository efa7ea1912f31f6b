"""People and configuration come along from elsewhere: from the command line, into a real server, with a real kill."""

import json
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from conftest import HEADWATER, Headwater, clean_environment

PASSWORD = "correct horse battery"
# Of that password, at the least cost there is.
BCRYPT = "$2b$04$cg4aKHDLNccxjHc1uO5Ynel6PnU0eCiZ4xxOA49fT8ORNhPOcErwG"
WAIT_SECONDS = 30.0


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    installation = Headwater(tmp_path_factory.mktemp("imports") / "data")
    installation.start()
    yield installation
    installation.close()


def row(name, **members):
    return {"schema_id": "preset://email", "traits": {"email": f"{name}@example.org"}, **members}


def hashed(name):
    return row(name, credentials={"password": {"config": {"hashed_password": BCRYPT}}})


def write(path: Path, rows) -> str:
    path.write_text("".join(json.dumps(one) + "\n" for one in rows))
    return str(path)


def imported(server, *arguments, code=0):
    done = server.cli("import", "identities", *arguments, "--format", "json", code=code)
    return json.loads(done.stdout), done.stderr


def emails(server, prefix):
    """Return the addresses of everybody whose address begins so, each as often as it is there."""
    found, token = [], ""
    while True:
        query = f"?page_size=1000{'&page_token=' + token if token else ''}"
        local = json.loads((server.data / "server.json").read_text())
        answer = httpx.get(
            f"{server.url}/admin/identities{query}", headers={"authorization": f"Bearer {local['token']}"}, timeout=30
        )
        found += [one["traits"]["email"] for one in answer.json()]
        following = answer.links.get("next", {}).get("url")
        if not following:
            return sorted(email for email in found if email.startswith(prefix))
        token = httpx.URL(following).params["page_token"]


def sign_in(server, email):
    flow = httpx.get(server.url + "/self-service/login/api").json()
    body = {"method": "password", "identifier": email, "password": PASSWORD}
    return httpx.post(flow["ui"]["action"], json=body, timeout=30).status_code


def test_people_sign_in_with_the_passwords_they_had(server, tmp_path):
    clear = row("grace", credentials={"password": {"config": {"password": PASSWORD}}})
    file = write(tmp_path / "people.jsonl", [hashed("ada"), clear])

    summary, _ = imported(server, file)

    assert (2, 0) == (summary["imported"], summary["refused"])
    assert [200, 200] == [sign_in(server, f"{name}@example.org") for name in ("ada", "grace")]


def test_refused_rows_are_told_by_line_and_reason_and_the_others_come_along(server, tmp_path):
    file = tmp_path / "mixed.jsonl"
    write(file, [row("mixed-1"), {"traits": {"email": "no address"}}, row("mixed-1"), row("mixed-2")])
    file.write_text(file.read_text() + "{broken\n" + json.dumps(row("mixed-3", nickname="Ada")) + "\n")
    report = tmp_path / "refused.jsonl"

    summary, err = imported(server, str(file), "--report", str(report), code=1)

    told = [json.loads(line) for line in report.read_text().splitlines()]
    assert (2, 4) == (summary["imported"], summary["refused"])
    assert [2, 3, 5, 6] == [one["line"] for one in told]
    assert [str(file)] * 4 == [one["file"] for one in told]
    assert "conflicts with another identity" in told[1]["reason"]
    assert "mixed-1@example.org" == told[1]["identifier"]
    assert "no JSON" in told[2]["reason"]
    assert "nickname" in told[3]["reason"]
    assert "mixed.jsonl line 2" in err


def test_a_batch_of_nothing_but_conflicts_is_refused_row_by_row(server, tmp_path):
    rows = [row(f"again-{number}") for number in range(3)]
    imported(server, write(tmp_path / "once.jsonl", rows))

    summary, _ = imported(server, write(tmp_path / "twice.jsonl", rows), code=1)

    assert (0, 3) == (summary["imported"], summary["refused"])


def test_arrays_single_objects_and_stdin_come_in_too(server, tmp_path):
    (tmp_path / "array.json").write_text(json.dumps([row("array-1"), row("array-2")], indent=2))
    (tmp_path / "one.json").write_text(json.dumps(row("array-3"), indent=2))
    imported(server, str(tmp_path / "array.json"), str(tmp_path / "one.json"))
    arguments = [*HEADWATER, "import", "identities", "--data", str(server.data)]

    for number, dash in ((4, ["-"]), (5, [])):  # the ory CLI reads stdin when no file is named
        text = json.dumps(row(f"array-{number}")).encode()
        subprocess.run([*arguments, *dash], input=text, check=True, env=clean_environment(), timeout=30)

    assert [f"array-{number}@example.org" for number in range(1, 6)] == emails(server, "array-")


def kept(folder):
    (found,) = folder.glob("*.headwater-import")
    return found


def test_a_killed_import_goes_on_without_doubling_or_losing_anybody(server, tmp_path):
    people, killed_at = 3_000, 0
    file = write(tmp_path / "many.jsonl", [hashed(f"many-{number:04}") for number in range(people)])
    arguments = [*HEADWATER, "import", "identities", file, "--batch", "50", "--data", str(server.data)]
    running = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment())
    deadline = time.monotonic() + WAIT_SECONDS
    while killed_at < 200:
        assert time.monotonic() < deadline, "the import never got going"
        found = list(tmp_path.glob("*.headwater-import"))
        killed_at = json.loads(found[0].read_text())["number"] if found else 0
    running.send_signal(signal.SIGKILL)
    running.wait(10)
    assert killed_at < people
    refused = server.cli("import", "identities", file, code=2)

    summary, _ = imported(server, file, "--resume")

    assert "Go on with --resume" in refused.stderr
    assert (people, 0) == (summary["imported"], summary["refused"])
    assert [f"many-{number:04}@example.org" for number in range(people)] == emails(server, "many-")


def test_people_whose_batch_was_stored_but_never_counted_are_recognised(server, tmp_path):
    """A kill between the server's commit and our note of it, made by putting the note back."""
    rows = [hashed(f"doubt-{number}") for number in range(6)]
    file = write(tmp_path / "doubt.jsonl", [*rows, {"traits": {"email": "no address"}}])
    report = tmp_path / "refused.jsonl"
    imported(server, file, "--report", str(report), code=1)
    note = json.loads(kept(tmp_path).read_text())
    assert report.stat().st_size == note["report_bytes"]
    back = {"number": 0, "end": 0, "imported": 0, "refused": 0, "report_bytes": 0, "is_finished": False}
    kept(tmp_path).write_text(json.dumps(note | back))

    summary, _ = imported(server, file, "--report", str(report), "--resume", code=1)

    assert (6, 6, 1) == (summary["imported"], summary["recognised"], summary["refused"])
    assert 6 == len(emails(server, "doubt-"))
    assert 1 == len(report.read_text().splitlines())


def test_a_finished_import_has_nothing_left_to_do(server, tmp_path):
    file = write(tmp_path / "done.jsonl", [row("done-1")])
    imported(server, file)

    summary, _ = imported(server, file, "--resume")

    assert (1, 0, 0) == (summary["imported"], summary["rows"], summary["refused"])


def test_another_file_is_never_mistaken_for_the_one_that_was_begun(server, tmp_path):
    file = write(tmp_path / "swap.jsonl", [row("swap-1")])
    imported(server, file)
    write(tmp_path / "swap.jsonl", [row("swap-2")])

    refused = server.cli("import", "identities", file, "--resume", code=2)

    assert "is not what it was when its import began" in refused.stderr
    assert ["swap-1@example.org"] == emails(server, "swap-")


def test_a_kratos_yml_is_what_the_running_server_then_does(server, tmp_path):
    schema = {
        "type": "object",
        "properties": {
            "traits": {
                "type": "object",
                "properties": {
                    "login": {
                        "type": "string",
                        "ory.sh/kratos": {"credentials": {"password": {"identifier": True}}},
                    }
                },
            }
        },
    }
    (tmp_path / "identity.schema.json").write_text(json.dumps(schema))
    (tmp_path / "kratos.yml").write_text(
        "identity:\n  schemas:\n    - {id: default, url: file:///etc/config/kratos/identity.schema.json}\n"
        "selfservice:\n  default_browser_return_url: https://app.example.org/\n"
        "  flows:\n    registration:\n      lifespan: 7m\n"
    )
    path = "/services/identity/config"
    before = json.loads(server.cli("get", "identity-config", "--format", "json").stdout)

    server.cli("import", "kratos-config", str(tmp_path / "kratos.yml"))

    flow = httpx.get(server.url + "/self-service/registration/api").json()
    server.patch({"op": "replace", "path": path, "value": before})  # the other tests' people
    assert "traits.login" in [node["attributes"].get("name") for node in flow["ui"]["nodes"]]
