"""The judges: Segment's own packages for triggers and filters, many questions in one Node process."""

import json
import subprocess

from acceptance.programs import need_npm_clients
from headwater.mapping.fql.nodes import And, Call, Comparison, Listing, Literal, Node, Not, Or, Path


def theirs(*, triggers=(), conditions=(), transforms=()):
    """Return what Segment's packages answer, in the order of the questions."""
    node, folder = need_npm_clients()
    asked = json.dumps({"triggers": list(triggers), "conditions": list(conditions), "transforms": list(transforms)})
    ran = subprocess.run(
        [node, "fql_judges.mjs"], cwd=folder, input=asked, capture_output=True, text=True, timeout=100, check=True
    )
    return json.loads(ran.stdout)


def prefix_form(node: Node):
    """Return a tree as tsub takes it."""
    made = [prefix_form(part) for part in _parts(node)]
    match node:
        case Path():
            return ".".join(node.keys)
        case Literal():
            return {"value": node.value}
        case Listing():
            return {"value": made}
        case Not():
            return ["!", *made]
        case Comparison() | Call():
            return [node.operator if isinstance(node, Comparison) else node.function, *made]
        case _:
            return [type(node).__name__.lower(), *made]


def _parts(node: Node):
    match node:
        case Listing():
            return node.items
        case Not():
            return [node.operand]
        case And() | Or():
            return node.operands
        case Comparison():
            return [node.left, node.right]
        case Call():
            return node.arguments
    return []
