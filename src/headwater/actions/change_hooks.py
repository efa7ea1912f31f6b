"""Hooks of operators' changes (`/identity/after`, ours): nobody waits for their receivers, so none may expect it.

A call of the admin API never takes longer, and never fails, because of somebody else's server.
"""

from typing import Any

from headwater.actions.known_hooks import WEB_HOOK
from headwater.actions.problems import problem

NEVER = "what an operator does to people waits for no receiver"


def check(item: dict[str, Any], *, path: str) -> None:
    """Raise ConfigProblem, naming the path, for a hook that could only be understood as being waited for."""
    if item["hook"] != WEB_HOOK:
        raise problem(f"{path}/hook", f"is {item['hook']}; only {WEB_HOOK} runs after an operator's change")
    config = item.get("config", {})
    response = config.get("response", {})
    asking = [("can_interrupt", config)] + [(f"response/{key}", response) for key in ("parse", "mapping")]
    for key, holder in asking:
        if holder.get(key.rpartition("/")[2]):
            raise problem(f"{path}/config/{key}", f"can't be set here: {NEVER}, so its answer is unread")
    if response.get("ignore") is False:
        raise problem(f"{path}/config/response/ignore", f"can't be false here: {NEVER}; it is always queued")
    if response.get("on_error") == "fail":
        raise problem(f"{path}/config/response/on_error", f'can\'t be "fail" here: {NEVER}')
    if config.get("expose_session_cookie"):
        raise problem(f"{path}/config/expose_session_cookie", "can't be set here: what is queued never holds cookies")
