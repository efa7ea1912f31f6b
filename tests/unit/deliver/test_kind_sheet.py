from headwater.deliver import catalogue, kind_sheet


def test_a_sheet_says_what_a_kind_is_and_can():
    found = kind_sheet.sheet(catalogue.kind("segment"))

    assert ("segment", "Segment", "developers", False) == tuple(
        found[key] for key in ("name", "title", "category", "beta")
    )
    assert ["alias", "group", "identify", "page", "screen", "track"] == found["types"]
    assert [
        {"name": "send", "title": "Send events", "batch": {"items": 500, "bytes": 450_000, "seconds": 0.0}}
    ] == found["actions"]
    assert {"people": 5_000, "needs": "a Public API token of the workspace"} == found["deletion"]
    assert "messageId" == found["dedupe"]
    assert all(limit["source"].startswith("https://") for limit in found["limits"])


def test_what_a_kind_can_not_is_null():
    found = kind_sheet.sheet(catalogue.kind("slack"))

    assert (None, None, None) == (found["deletion"], found["dedupe"], found["actions"][0]["batch"])
    assert (1.0, 1) == (found["requests_per_second"], found["concurrency"])


def test_a_form_can_be_made_of_its_fields():
    fields = {field["name"]: field for field in kind_sheet.sheet(catalogue.kind("webhook"))["fields"]}

    assert (True, False, "url") == tuple(fields["url"][key] for key in ("required", "secret", "type"))
    assert (1, 1_000) == (fields["batch_size"]["least"], fields["batch_size"]["most"])
    assert ("POST", "PUT", "PATCH") == fields["method"]["choices"]


def test_every_kind_has_a_sheet_and_no_setting_without_help():
    for kind in catalogue.kinds().values():
        found = kind_sheet.sheet(kind)

        assert all(found[key] for key in ("title", "summary", "category", "types", "actions"))
        assert all(field["label"] and field["help"] for field in found["fields"])
