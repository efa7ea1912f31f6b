"""What docs/cli.md says besides the table of commands."""

HEAD = """# Commands

Each takes `--help`. Beside a data folder (`--data`) no key is needed; elsewhere `--url` and `--key` (`HEADWATER_URL`,
`HEADWATER_KEY`). What a program reads is alone on stdout; whatever went wrong is one line on stderr, with what to do.
Exit codes: 0 done, 1 failed, 2 bad usage, 130 interrupted.
"""

GUIDE = """
## What is printed

| `--format` | prints |
|---|---|
| `table` | columns for people; the default but for identity-configs. On a terminal they fit its width, long cells end in `…`, ids never; in a pipe nothing is cut |
| `json`, `json-pretty` | JSON on one line, or on many |
| `yaml` | YAML; the default for identity-configs, whose keys come by name, as the `ory` CLI prints them |
| `jsonpath=a.b.0.c` | what is there: `#` is a list's length, `#.key` each item's, `#(key=="x")` the first that is so, `#(key=="x")#` all of them |
| `jsonpointer=/a/b/0/c` | what is there, by RFC 6901 |

A place that holds a text prints it bare, for shells (`ory` prints it in quotes); a place that isn't there is exit 1 (`ory` prints
null). `--quiet`, `-q` prints ids only, one a line. `NO_COLOR` is respected.

## Files

`patch` and `update` of `identity-config` and `project`, and `validate identity-config`, take `--file`, `-f`, repeatable: a path,
`file://`, `http(s)://`, `base64://` or `-` for stdin; YAML or JSON, JSON alone where the name ends in `.json`.

```sh
headwater get identity-config > config.yaml
headwater validate identity-config config.yaml                 # in a repository's CI: needs no server and no data
headwater update identity-config --file config.yaml            # the whole of it anew; several files merge, their lists append
headwater patch identity-config --file patch.yaml --add '/session/lifespan="12h"' --remove /courier/templates
headwater patch project --replace '/name="Shop"'               # paths of the whole document
```

Patches of files come first, then adds, replaces and removes; all of it is done, or nothing. What a file names by `file://` is read
here and embedded. A file is at most 4 MiB and, its aliases written out, 50,000 values; tags, keys that stand twice and what JSON
can't hold are refused with their line, and nothing is changed.

```sh
headwater validate identity people.jsonl                       # against the project's schemas, or --schema customer.schema.json
headwater import identities people.jsonl                       # Ctrl-C stops between two batches; --resume goes on
```

## Completion

```sh
headwater completion bash > ~/.local/share/bash-completion/completions/headwater
headwater completion zsh > "${fpath[1]}/_headwater"            # a folder of $fpath; then start a new shell
headwater completion fish > ~/.config/fish/completions/headwater.fish
```

The script holds every verb, noun and flag, and starts nothing; make it anew after an upgrade.
"""
