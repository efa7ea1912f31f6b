"""What whoever asks adds to the server's own outbound policy: a value that travels with a request."""

import msgspec


class AddressRules(msgspec.Struct, frozen=True, kw_only=True):
    """`clients.http` of a project. It speaks of private addresses only: the rest of the policy is the server's alone.

    `refuses_private` refuses them even where the server allows them. `exceptions` are URL globs, over scheme, host
    and path, for which they are allowed all the same.
    """

    refuses_private: bool = False
    exceptions: tuple[str, ...] = ()


NO_RULES = AddressRules()
