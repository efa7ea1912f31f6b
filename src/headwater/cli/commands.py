"""The table of commands: verb, noun, the file that does it. Help for the lists comes from here, without importing."""

from dataclasses import dataclass

VERBS = {
    "cancel": "End something before its end.",
    "connect": "Tie two things together, and try it.",
    "create": "Make something new.",
    "delete": "Remove something for good.",
    "env": "Print what points other programs here, for a shell.",
    "explain": "Say what happens, and why.",
    "get": "Show one thing.",
    "import": "Bring something along from elsewhere.",
    "list": "Show all things of a kind.",
    "new": "Write the beginning of something, as files.",
    "patch": "Change parts of something.",
    "pause": "Let something wait.",
    "rebuild": "Make something anew from what it was made of.",
    "redrive": "Send again what was given up.",
    "resume": "Let something go on.",
    "rollback": "Go back to what was before.",
    "sync": "Bring something up to date.",
    "tail": "Watch things as they come.",
    "test": "Try something out; nothing is sent unless you say so.",
    "trim": "Make something shorter.",
    "update": "Change something's settings.",
    "validate": "Check something; nothing is changed.",
}

# As the ory CLI has it.
ALIASES = {"ls": "list"}

IDENTITY_CONFIG = ("identity-config", "ic", "kratos-config")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command. The first noun is its name, the others are accepted too; no verb means it stands alone."""

    verb: str = ""
    nouns: tuple[str, ...]
    module: str
    help: str


COMMANDS = (
    Command(nouns=("serve",), module="serve", help="Run the server, until it is stopped."),
    Command(nouns=("emulate",), module="emulate", help="Run Segment and Ory for tests; nothing leaves, time obeys."),
    Command(nouns=("reset",), module="reset", help="Put an emulator back to its beginning, in milliseconds."),
    Command(nouns=("plan",), module="plan", help="Show what a configuration file would change; nothing is changed."),
    Command(nouns=("apply",), module="apply", help="Make a configuration file live, whole or not at all."),
    Command(
        nouns=("demo",), module="demo", help="Play the founding story against a real server in a temporary folder."
    ),
    Command(nouns=("query",), module="query", help="Ask your own events in SQL."),
    Command(
        nouns=("backup",), module="backup", help="Copy the whole data folder to another one, while everything runs."
    ),
    Command(nouns=("restore",), module="restore", help="Make a backup a data folder again, checked."),
    Command(nouns=("replay",), module="replay", help="Send a destination a part of the log again, or count it."),
    Command(
        nouns=("proxy",),
        module="proxy",
        help="Put your app and Headwater on one origin, for developing on this machine.",
    ),
    Command(
        nouns=("completion",),
        module="completion",
        help="Print a script that makes bash, zsh or fish complete our commands.",
    ),
    Command(
        verb="cancel",
        nouns=("redrive", "redrives"),
        module="cancel_redrive",
        help="Keep dead letters that were to be sent again.",
    ),
    Command(
        verb="cancel", nouns=("replay", "replays"), module="cancel_replay", help="End a replay; nothing more is sent."
    ),
    Command(
        verb="connect",
        nouns=("action",),
        module="connect_action",
        help="Turn registrations into a source's identify calls.",
    ),
    Command(
        verb="create", nouns=("destination",), module="create_destination", help="Send a source's events to a tool."
    ),
    Command(verb="create", nouns=("key",), module="create_key", help="Make an operator key; it is shown only now."),
    Command(verb="create", nouns=("operator",), module="create_operator", help="Let somebody in by their account."),
    Command(verb="create", nouns=("project",), module="create_project", help="Make an identity project."),
    Command(
        verb="create", nouns=("query", "queries"), module="create_query", help="Keep a query over the lake by name."
    ),
    Command(verb="create", nouns=("source",), module="create_source", help="Make a source and its write key."),
    Command(
        verb="create",
        nouns=("suppression", "suppressions"),
        module="create_suppression",
        help="Store and send nothing more of these people.",
    ),
    Command(
        verb="create",
        nouns=("warehouse", "warehouses"),
        module="create_warehouse",
        help="Sync the lake's tables into a database.",
    ),
    Command(verb="create", nouns=("write-key",), module="create_write_key", help="Give a source one more write key."),
    Command(
        verb="delete",
        nouns=("dead-letters", "dead-letter"),
        module="delete_dead_letters",
        help="Throw away deliveries that had been given up.",
    ),
    Command(
        verb="delete",
        nouns=("destination", "destinations"),
        module="delete_destination",
        help="End a destination; nothing more is sent to it.",
    ),
    Command(verb="delete", nouns=("identity", "identities"), module="delete_identity", help="Delete people, by id."),
    Command(verb="delete", nouns=("key", "keys"), module="delete_key", help="Make an operator key worthless."),
    Command(
        verb="delete", nouns=("operator", "operators"), module="delete_operator", help="Take an operator's role away."
    ),
    Command(
        verb="delete", nouns=("project", "projects"), module="delete_project", help="Delete a project with its people."
    ),
    Command(
        verb="delete",
        nouns=("source", "sources"),
        module="delete_source",
        help="Take a source's write keys away; its events stay.",
    ),
    Command(
        verb="delete",
        nouns=("lake-person", "lake-people"),
        module="delete_lake_person",
        help="Take people's events out of the lake.",
    ),
    Command(
        verb="delete",
        nouns=("suppression", "suppressions"),
        module="delete_suppression",
        help="Process these people's events again.",
    ),
    Command(verb="delete", nouns=("query", "queries"), module="delete_query", help="Delete a saved query."),
    Command(
        verb="delete",
        nouns=("identity-schema", "identity-schemas"),
        module="delete_identity_schema",
        help="Take away an identity schema that nobody has.",
    ),
    Command(
        verb="delete",
        nouns=("warehouse", "warehouses"),
        module="delete_warehouse",
        help="Sync a warehouse no more; what is in it stays.",
    ),
    Command(
        verb="delete", nouns=("write-key", "write-keys"), module="delete_write_key", help="Make a write key worthless."
    ),
    Command(verb="env", nouns=("ory",), module="env_ory", help="Print the exports that point the real ory CLI here."),
    Command(
        verb="explain",
        nouns=("actions", "action"),
        module="explain_actions",
        help="Show which Actions run when, in order, and which never do.",
    ),
    Command(
        verb="get",
        nouns=("action-delivery", "action-deliveries"),
        module="get_action_delivery",
        help="Show what an Action sent, what came back, and each attempt.",
    ),
    Command(
        verb="get",
        nouns=("config",),
        module="get_config",
        help="Write down everything that is configured, for `plan` and `apply`.",
    ),
    Command(
        verb="get",
        nouns=("dead-letter", "dead-letters"),
        module="get_dead_letter",
        help="Show what a delivery that was given up had sent, and what came back.",
    ),
    Command(
        verb="get",
        nouns=("delivery-volume",),
        module="get_delivery_volume",
        help="Show what became of each destination's events, over time.",
    ),
    Command(
        verb="get",
        nouns=("destination", "destinations"),
        module="get_destination",
        help="Show a destination and its settings.",
    ),
    Command(
        verb="get",
        nouns=("destination-metrics", "metrics"),
        module="get_destination_metrics",
        help="Show what became of a destination's events, and how fast.",
    ),
    Command(
        verb="get",
        nouns=("event-volume",),
        module="get_event_volume",
        help="Show how many events each source sent, over time.",
    ),
    Command(verb="get", nouns=("identity", "identities"), module="get_identity", help="Show people, by id."),
    Command(verb="get", nouns=IDENTITY_CONFIG, module="get_identity_config", help="Show a project's identity-config."),
    Command(
        verb="get",
        nouns=("audit-entry", "audit-entries"),
        module="get_audit_entry",
        help="Show who changed what, and what is different since.",
    ),
    Command(verb="get", nouns=("lake",), module="get_lake", help="Show what the lake holds and how far it is."),
    Command(
        verb="get",
        nouns=("message", "messages"),
        module="get_message",
        help="Show a message the courier sent or captured.",
    ),
    Command(verb="get", nouns=("project", "projects"), module="get_project", help="Show a project's whole document."),
    Command(
        verb="get",
        nouns=("replay", "replays"),
        module="get_replay",
        help="Show how far a replay is, and what became of its events.",
    ),
    Command(verb="get", nouns=("query", "queries"), module="get_query", help="Show a saved query."),
    Command(
        verb="get",
        nouns=("identity-schema", "identity-schemas"),
        module="get_identity_schema",
        help="Show an identity schema and what it identifies people by.",
    ),
    Command(
        verb="get",
        nouns=("revision", "revisions"),
        module="get_revision",
        help="Show a project as it was, or what was changed since.",
    ),
    Command(
        verb="get",
        nouns=("schema",),
        module="get_schema",
        help="Show which events a source sends, with which properties.",
    ),
    Command(verb="get", nouns=("source", "sources"), module="get_source", help="Show a source and its write keys."),
    Command(
        verb="get", nouns=("status",), module="get_status", help="Show what the server is and where it keeps things."
    ),
    Command(
        verb="get", nouns=("table",), module="get_table", help="Show a table's columns, and what is to be said of them."
    ),
    Command(verb="get", nouns=("trace",), module="get_trace", help="Show where an event went."),
    Command(verb="get", nouns=("warehouse",), module="get_warehouse", help="Show a warehouse and its settings."),
    Command(
        verb="import",
        nouns=("identities", "identity"),
        module="import_identities",
        help="Bring people along, with the hashes of their passwords.",
    ),
    Command(
        verb="import",
        nouns=("kratos-config",),
        module="import_kratos_config",
        help="Run a project on a kratos.yml, and say what became of each part of it.",
    ),
    Command(
        verb="list",
        nouns=("action-deliveries", "action-delivery"),
        module="list_action_deliveries",
        help="Show which Actions fired, and what became of each call.",
    ),
    Command(
        verb="list",
        nouns=("dead-letters", "dead-letter"),
        module="list_dead_letters",
        help="Find the deliveries that will not be tried again, or count them.",
    ),
    Command(
        verb="list",
        nouns=("deliveries", "delivery"),
        module="list_deliveries",
        help="Show what was delivered lately, and what wasn't.",
    ),
    Command(
        verb="list",
        nouns=("destination-kinds", "destination-kind"),
        module="list_destination_kinds",
        help="Show the tools that can be a destination, and their settings.",
    ),
    Command(
        verb="list", nouns=("destinations", "destination"), module="list_destinations", help="Show the destinations."
    ),
    Command(verb="list", nouns=("events", "event"), module="list_events", help="Show the newest events."),
    Command(verb="list", nouns=("identities", "identity"), module="list_identities", help="Show the people."),
    Command(
        verb="list", nouns=("keys", "key"), module="list_keys", help="Show the operator keys, without their tokens."
    ),
    Command(
        verb="list",
        nouns=("messages", "message"),
        module="list_messages",
        help="List the messages the courier sent or captured, newest first.",
    ),
    Command(
        verb="list",
        nouns=("operators", "operator"),
        module="list_operators",
        help="Show who may come into the console by their account.",
    ),
    Command(verb="list", nouns=("projects", "project"), module="list_projects", help="Show the identity projects."),
    Command(
        verb="list",
        nouns=("rejected-events", "rejected-event"),
        module="list_rejected_events",
        help="Show which events were turned away, and why.",
    ),
    Command(
        verb="list", nouns=("queries", "query"), module="list_queries", help="Show the saved queries over the lake."
    ),
    Command(
        verb="list",
        nouns=("identity-schemas", "identity-schema"),
        module="list_identity_schemas",
        help="Show what people of a project have for traits.",
    ),
    Command(verb="list", nouns=("replays", "replay"), module="list_replays", help="Show the replays, newest first."),
    Command(
        verb="list",
        nouns=("revisions", "revision"),
        module="list_revisions",
        help="Show when a project was changed, how, and by whom.",
    ),
    Command(verb="list", nouns=("audit",), module="list_audit", help="Show who changed what, and when."),
    Command(verb="list", nouns=("sources", "source"), module="list_sources", help="Show the sources."),
    Command(
        verb="list",
        nouns=("lake-erasures", "lake-erasure"),
        module="list_lake_erasures",
        help="Show who was taken out of the lake, or is being.",
    ),
    Command(
        verb="list",
        nouns=("suppressions", "suppression"),
        module="list_suppressions",
        help="Show who may not be processed.",
    ),
    Command(
        verb="list", nouns=("tables", "table"), module="list_tables", help="Show the tables that SQL can be asked of."
    ),
    Command(verb="list", nouns=("syncs", "sync"), module="list_syncs", help="Show what became of a warehouse's syncs."),
    Command(
        verb="list",
        nouns=("warehouses", "warehouse"),
        module="list_warehouses",
        help="Show the warehouses, and how their last sync went.",
    ),
    Command(
        verb="list", nouns=("write-keys", "write-key"), module="list_write_keys", help="Show a source's write keys."
    ),
    Command(
        verb="new",
        nouns=("destination",),
        module="new_destination",
        help="Write a kind of destination to begin with, its contract and its test.",
    ),
    Command(
        verb="patch", nouns=IDENTITY_CONFIG, module="patch_identity_config", help="Change parts of an identity-config."
    ),
    Command(
        verb="patch",
        nouns=("project", "projects"),
        module="patch_project",
        help="Change parts of a project's whole document.",
    ),
    Command(verb="pause", nouns=("replay",), module="pause_replay", help="Let a replay wait."),
    Command(verb="resume", nouns=("replay",), module="resume_replay", help="Let a paused replay go on."),
    Command(
        verb="rebuild", nouns=("lake",), module="rebuild_lake", help="Make the lake's tables anew from the archive."
    ),
    Command(
        verb="redrive",
        nouns=("dead-letters", "dead-letter"),
        module="redrive_dead_letters",
        help="Send again deliveries that had been given up.",
    ),
    Command(
        verb="rollback",
        nouns=("project",),
        module="rollback_project",
        help="Make a project what it was at a revision.",
    ),
    Command(
        verb="sync",
        nouns=("warehouse", "warehouses"),
        module="sync_warehouse",
        help="Bring a warehouse to where the log is.",
    ),
    Command(
        verb="test",
        nouns=("action", "actions"),
        module="test_action",
        help="Show what an Action would send, and what an answer would mean.",
    ),
    Command(
        verb="test",
        nouns=("destination", "destinations"),
        module="test_destination",
        help="Show how it is decided about an event, and what would be sent.",
    ),
    Command(verb="trim", nouns=("log",), module="trim_log", help="Remove what the log's retention no longer keeps."),
    Command(
        verb="update",
        nouns=("destination",),
        module="update_destination",
        help="Change a destination's settings or sources, or switch it off.",
    ),
    Command(
        verb="update",
        nouns=IDENTITY_CONFIG,
        module="update_identity_config",
        help="Replace a project's identity-config by what files hold.",
    ),
    Command(
        verb="update",
        nouns=("project", "projects"),
        module="update_project",
        help="Replace what files name of a project's document.",
    ),
    Command(
        verb="update",
        nouns=("source", "sources"),
        module="update_source",
        help="Rename, disable, limit or make strict a source.",
    ),
    Command(verb="tail", nouns=("events", "event"), module="tail_events", help="Watch the events as they come."),
    Command(
        verb="update",
        nouns=("identity-schema", "identity-schemas"),
        module="update_identity_schema",
        help="Change an identity schema, or add one.",
    ),
    Command(
        verb="update",
        nouns=("warehouse", "warehouses"),
        module="update_warehouse",
        help="Change what a warehouse gets, or when, or switch it off.",
    ),
    Command(verb="update", nouns=("workspace",), module="update_workspace", help="Change the workspace's settings."),
    Command(
        verb="validate",
        nouns=("identity", "identities"),
        module="validate_identity",
        help="Check files of people before they are imported.",
    ),
    Command(
        verb="validate",
        nouns=IDENTITY_CONFIG,
        module="validate_identity_config",
        help="Check an identity-config before it is stored.",
    ),
    Command(
        verb="validate",
        nouns=("identity-schema", "identity-schemas"),
        module="validate_identity_schema",
        help="Check an identity schema, and whom it would leave out.",
    ),
)
