import json

import pytest

from headwater.testing import snapshots
from headwater.testing.ground import Ground
from headwater.testing.snapshots import Place, SnapshotPlaceError, Snapshots

ONE, OTHER = "9f3bd7a4-1d8a-4f7e-8a56-0d1a2b3c4d5e", "1c2d3e4f-0000-4000-8000-aaaaaaaaaaaa"
WRITE_KEY = "YwFaDcnJ5gGoV3PDaUfUfvvnvMMWnuNK"


def left(url="https://crm.example.com/v1/people?api_key=k1&lang=en", name="CRM", body=None, **headers):
    return {"method": "POST", "url": url, "destination_name": name, "headers": headers, "body": body}


def written(*requests, **known):
    return json.loads(snapshots.written(requests, **known))


def test_ids_times_and_secrets_are_the_same_in_every_run():
    body = {
        "userId": ONE,
        "messageId": "m-1",
        "at": "2026-11-29T01:47:06.148Z",
        "time": 1_795_916_826,
        "n": 1_795_916_826,
    }
    headers = {
        "Authorization": "Basic WXdG",
        "X-Api-Key": "k1",
        "Cookie": "a=b",
        "User-Agent": "Headwater/1",
        "Content-Length": "9",
        "Content-Type": "application/json",
        "Webhook-Timestamp": "1795916826",
    }

    assert written(left(body=body, **headers)) == [
        {
            "destination": "CRM",
            "method": "POST",
            "url": "https://crm.example.com/v1/people",
            "query": {"api_key": "<secret 1>", "lang": "en"},
            "headers": {
                "authorization": "Basic <secret 2>",
                "content-type": "application/json",
                "cookie": "<secret 3>",
                "webhook-timestamp": "<time>",
                "x-api-key": "<secret 1>",
            },
            "body": {"at": "<time>", "messageId": "<id 1>", "n": 1_795_916_826, "time": "<time>", "userId": "<id 2>"},
        }
    ]


def test_the_same_value_has_the_same_number_wherever_it_stands():
    first, second = written(
        left(body={"user": ONE, "link": f"http://127.0.0.1:4433/people/{ONE}", "key": WRITE_KEY}),
        left(name="Mail", body={"text": f"{OTHER} met {ONE.upper()} with {WRITE_KEY}"}),
        url="http://127.0.0.1:4433",
        secrets=(WRITE_KEY,),
    )

    assert first["body"] == {"key": "<secret 2>", "link": "<headwater>/people/<id 1>", "user": "<id 1>"}
    assert second["body"] == {"text": "<id 2> met <id 1> with <secret 2>"}


def test_no_user_information_of_a_url_is_written():
    assert "hunter2" not in json.dumps(written(left(url="https://ada:hunter2@crm.example.com/x")))


def test_secrets_in_a_path_a_query_and_a_form_are_not_written():
    url = "https://hooks.slack.com/services/T024BE7LD/a1B2c3D4e5F6g7H8i9J0k1L2?sig=s1&v=2"
    form = {"content-type": "application/x-www-form-urlencoded"}

    assert written(left(url=url, body="client_secret=hush&name=Ada", **form)) == [
        {
            "destination": "CRM",
            "method": "POST",
            "url": "https://hooks.slack.com/services/T024BE7LD/<secret 1>",
            "query": {"sig": "<secret 2>", "v": "2"},
            "headers": form,
            "body": {"client_secret": "<secret 3>", "name": "Ada"},
        }
    ]
    assert written(left(url="https://x.example.com/a-long-name-without-digits/v1"))[0]["url"].endswith("digits/v1")


def test_the_order_in_which_destinations_sent_does_not_matter():
    some = [left(body={"n": n, "messageId": f"m{n}"}, name=name) for n in (1, 2) for name in ("CRM", "Ads", None)]

    assert written(*some) == written(*reversed(some))


def test_a_snapshot_is_written_at_first_and_compared_afterwards(tmp_path):
    place, file = Place(folder=tmp_path, test="t"), tmp_path / "__headwater__" / "t.json"
    snapshots.compare("[1]\n", file, place)
    snapshots.compare("[1]\n", file, place)

    with pytest.raises(AssertionError) as caught:
        snapshots.compare("[2]\n", file, place)

    assert str(caught.value).startswith(f"What left is not what {file} says. `pytest --headwater-update` accepts it:\n")
    assert str(caught.value).endswith("-[1]\n+[2]")
    assert file.read_text() == "[1]\n"


def test_an_update_writes_it_anew(tmp_path):
    file = tmp_path / "t.json"
    file.write_text("[1]\n")

    snapshots.compare("[2]\n", file, Place(folder=tmp_path, test="t", is_update=True, is_ci=True))

    assert file.read_text() == "[2]\n"


def test_in_ci_a_missing_snapshot_fails_and_is_not_written(tmp_path):
    file = tmp_path / "t.json"

    with pytest.raises(AssertionError, match=r"There is no snapshot .*t\.json\. Run the test outside CI"):
        snapshots.compare("[1]\n", file, Place(folder=tmp_path, test="t", is_ci=True))

    assert not file.exists()


def test_outside_a_test_a_snapshot_asks_for_its_folder():
    with pytest.raises(SnapshotPlaceError, match="say where with `folder=`"):
        Snapshots.snapshot(Ground.__new__(Snapshots))
