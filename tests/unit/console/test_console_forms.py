"""From a kind's sheet to fields and back, and where a refused path is in the form."""

from headwater.console import routing_form, settings_form


def sheet(name, **said):
    return {"name": name, "type": "text", "secret": False, "required": False, "default": None, **said}


def test_a_secret_that_is_only_named_is_told_by_its_name_and_no_secret_is_put_into_a_field():
    fields = [sheet("token", secret=True), sheet("key", secret=True), sheet("none", secret=True)]
    settings = {"token": "env:TOKEN", "key": "***"}

    assert {} == settings_form.typed(fields, settings)
    assert {"token": "It is read from env:TOKEN.", "key": "A value is kept."} == settings_form.kept(fields, settings)


def test_an_emptied_text_is_empty_where_it_had_words_of_its_own_and_gone_where_it_had_none():
    fields = [sheet("template", default="{{name}}"), sheet("channel"), sheet("count", type="number", default=5)]
    emptied = {"set-template": "", "set-channel": "", "set-count": ""}

    assert {"template": "", "channel": None, "count": None} == settings_form.changed(fields, emptied)
    assert {"template": ""} == settings_form.new(fields, emptied)


def test_rules_keep_their_numbers_in_the_form_where_one_above_was_emptied():
    form = {"mapping-0-template": " ", "mapping-2-template": "function(event) {}", "filter-1-fql": "x"}

    assert [2, 3] == routing_form.rows(form, "mapping")
    assert "mapping-2-template" == routing_form.field_of("/mappings/0/template", form)
    assert "mapping-2-trigger" == routing_form.field_of("/mappings/0/trigger", form)
    assert "filter-1-fql" == routing_form.field_of("/filters/0", form)
    assert "patience" == routing_form.field_of("/patience", form)


def test_what_is_no_number_goes_to_the_api_as_it_was_typed():
    wish = routing_form.wish({"requests_per_second": "many", "concurrency": "3", "filter-0-fql": "x"})

    assert ("many", 3) == (wish["requests_per_second"], wish["concurrency"])
    assert [{"fql": "x"}] == wish["filters"]
