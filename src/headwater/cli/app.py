"""The command line as a whole: global flags, which command runs, what goes to stderr, and the exit code.

The parser is cyclopts, not argparse: it registers a command as the text "module:function" and imports it when it
runs, reads a command's flags from the function's signature, and takes the global flags before or after the verb.
"""

import asyncio
import inspect
import io
import itertools
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from cyclopts import App, CycloptsError, Group, Parameter, UnknownCommandError, UnusedCliTokensError

from headwater import __version__
from headwater.cli import one_line
from headwater.cli.commands import ALIASES, COMMANDS, VERBS
from headwater.cli.output import FORMATS, ROW_FORMATS, Output
from headwater.cli.session import Session
from headwater.cli.usage import UsageError
from headwater.core.errors import HeadwaterError, SettingsError

DONE = 0
FAILED = 1
BAD_USAGE = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells count

ROWS_COMMAND = "headwater.cli.query"

EVERYWHERE = Group("Everywhere", sort_key=1)
HELP = "People's data, from sign-up to every tool: identity, events, and the bridge between them."


def main() -> int:
    """Run the command line of this process and return its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # What a terminal's letters lack is written as an escape, rather than being the end of the command.
        sys.stdout.reconfigure(errors="backslashreplace")
    return run(sys.argv[1:], environ=os.environ)


def run(arguments: Sequence[str], *, environ: Mapping[str, str]) -> int:
    """Run one command line. Every failure is one line on stderr; the exit code says which kind it is."""
    try:
        code = build(environ).meta(list(arguments))
        sys.stdout.flush()
    except UnknownCommandError as error:
        # The parser's own list is cut short, and names every alias.
        unknown = str(error).partition(" Available commands:")[0]
        return _complain(f"{unknown} {_choices(arguments)}", code=BAD_USAGE)
    except (CycloptsError, UsageError, SettingsError) as error:
        return _complain(_worded(error, arguments), code=BAD_USAGE)
    except HeadwaterError as error:
        return _complain(error.message, code=FAILED)
    except KeyboardInterrupt as error:
        return _complain(str(error) or "Interrupted.", code=INTERRUPTED)
    except OSError as error:
        return _complain_of_system(error)
    return code if isinstance(code, int) else DONE


def _complain(message: str, *, code: int) -> int:
    print(f"headwater: {one_line.flatten(message)}", file=sys.stderr)
    return code


def _worded(error: Exception, arguments: Sequence[str]) -> str:
    """Say what can't be used. Of words too many the parser says no more than that there are some."""
    if not isinstance(error, UnusedCliTokensError):
        return str(error)
    unused = error.unused_tokens or []
    words = list(itertools.takewhile(lambda word: word not in unused and not word.startswith("-"), arguments))
    command = " ".join(["headwater", *words[: 2 if words and words[0] in VERBS else 1]])
    return f"{', '.join(unused)} is more than `{command}` takes; `{command} --help` shows what it does."


def _complain_of_system(error: OSError) -> int:
    if error.filename is not None:
        return _complain(f"{error.filename}: {error.strerror}.", code=FAILED)
    # Python's own last flush must not fail on our output again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return FAILED  # whoever read it (such as `head`) has gone, and knows
    return _complain(f"The output can't be written: {error.strerror or error}.", code=FAILED)


def _choices(arguments: Sequence[str]) -> str:
    """Say what may follow the verb among `arguments`, or which verbs there are."""
    verb = next((ALIASES.get(word, word) for word in arguments if ALIASES.get(word, word) in VERBS), "")
    nouns = [command.nouns[0] for command in COMMANDS if command.verb == verb]
    what = f"After {verb} comes one of" if verb else "There are"
    return f"{what}: {', '.join(nouns if verb else [*VERBS, *nouns])}."


def build(environ: Mapping[str, str]) -> App:
    """Return the whole command line, no command of it imported yet."""
    app = App(
        name="headwater",
        help=HELP,
        version=__version__,
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
    )
    aliases = {verb: [alias for alias, meant in ALIASES.items() if meant == verb] for verb in VERBS}
    verbs = {verb: App(name=(verb, *aliases[verb]), help=text) for verb, text in VERBS.items()}
    for verb in verbs.values():
        app.command(verb)
    for command in COMMANDS:
        parent = verbs[command.verb] if command.verb else app
        parent.command(f"headwater.cli.{command.module}:run", name=command.nouns, help=command.help)
    app.meta.default(_launcher(app, environ))
    app.meta.suppress_keyboard_interrupt = False  # `run` answers Ctrl-C, as it does every other failure
    return app


def _launcher(app: App, environ: Mapping[str, str]) -> Callable[..., Any]:
    """Return the function that reads the global flags, wherever they stand, and runs the command with the rest."""

    def launch(
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        data: Annotated[str | None, Parameter(group=EVERYWHERE, help="The data folder (HEADWATER_DATA).")] = None,
        url: Annotated[str | None, Parameter(group=EVERYWHERE, help="A server elsewhere (HEADWATER_URL).")] = None,
        key: Annotated[str | None, Parameter(group=EVERYWHERE, help="The key for --url (HEADWATER_KEY).")] = None,
        format: Annotated[  # noqa: A002  the flag's name
            str | None,
            Parameter(
                group=EVERYWHERE, help="table, json, json-pretty, yaml, jsonpath=a.b.0.c or jsonpointer=/a/b/0/c."
            ),
        ] = None,
        quiet: Annotated[
            bool, Parameter(name=("--quiet", "-q"), negative="", group=EVERYWHERE, help="Print ids only.")
        ] = False,
    ) -> Any:
        output = Output(format=format, is_quiet=quiet, width=_terminal_width(environ))
        session = Session(environ=environ, data=data, url=url, key=key, output=output)
        return _run_command(app, tokens, session)

    return launch


def _terminal_width(environ: Mapping[str, str]) -> int | None:
    """Return how wide the terminal is that stdout goes to, None where it goes to a file or another command."""
    if not sys.stdout.isatty():
        return None
    columns = environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) else shutil.get_terminal_size().columns


def _run_command(app: App, tokens: Sequence[str], session: Session) -> Any:
    command, bound, unparsed = app.parse_args(list(tokens))
    if command == app.help_print and tokens:
        raise UsageError(f"`headwater {' '.join(tokens)}` is not a whole command. {_choices(tokens)}")
    if session.output.format in ROW_FORMATS and command.__module__ != ROWS_COMMAND:
        raise UsageError(
            f"--format {session.output.format} is for `headwater query`; this command takes {', '.join(FORMATS)}."
        )
    result = command(*bound.args, **bound.kwargs, **dict.fromkeys(unparsed, session))
    return asyncio.run(result) if inspect.iscoroutine(result) else result
