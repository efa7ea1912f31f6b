"""`headwater completion bash|zsh|fish`: a script that completes verbs, nouns and flags, without starting Python."""

from typing import Annotated, Literal

from cyclopts import Parameter

from headwater.cli import app
from headwater.cli.session import Here

NAME = "headwater"


def run(
    shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(help="Whose script.")],
    /,
    *,
    at: Here,
) -> None:
    """Print the script that makes a shell complete our commands. docs/cli.md says where it goes."""
    script = app.build(at.environ).generate_completion(prog_name=NAME, shell=shell)
    # Where a word is none of ours it is a file's name, more often than not.
    print(script.replace(f"complete -F _{NAME} {NAME}", f"complete -o bashdefault -o default -F _{NAME} {NAME}"))
