"""Whatever stands wherever: the answer is a refusal in words, or none, and never anything else."""

import msgspec
from test_hostile_configs import CHOICES, LIST_OF_HOOKS
from whole_document import whole

from headwater.actions.problems import ConfigProblem
from headwater.identity.config_schema import check, idle_keys, keys

VALUES = [None, True, -1, 10**30, "x", [None], {"": 1}, {"x": {}}]


def without_most_hooks(value, steps=()):
    """Take out all lists of hooks but one: they are alike."""
    for key, child in list(value.items()) if isinstance(value, dict) else list(enumerate(value)):
        here = (*steps, key)
        if key == "hooks" and here != LIST_OF_HOOKS:
            del value[key]
        elif isinstance(child, dict | list):
            without_most_hooks(child, here)
    return value


def places(value):
    """Yield each holder and key of a document."""
    for key, child in list(value.items()) if isinstance(value, dict) else list(enumerate(value)):
        yield value, key
        if isinstance(child, dict | list):
            yield from places(child)


def refusals():
    for choice in CHOICES:
        document = without_most_hooks(msgspec.json.decode(msgspec.json.encode(whole(keys.ROOT, choice))))
        for holder, key in places(document):
            if choice is not CHOICES[0] and key not in ("user", "password"):
                continue  # the rest is the same
            kept = holder[key]
            for value in VALUES:
                holder[key] = value
                list(idle_keys.find(document))
                try:
                    check.check(document)
                except ConfigProblem as refused:
                    yield refused
            holder[key] = kept


def test_each_refusal_says_where_and_is_one_line():
    found = list(refusals())

    assert len(found) > 2_000
    for refused in found:
        assert refused.message.startswith(refused.context["path"])
        assert refused.context["path"].startswith("/")
        assert "\n" not in refused.message
        assert "isn't what may stand there" not in refused.message
