"""What a page says at its top after something was done. An address has the key only: nobody can make us say more."""

NOTICES = {
    "source-created": "The source is there. Its write key is below.",
    "source-changed": "Saved. The source follows from now on.",
    "source-deleted": "The source is gone. What it sent stays readable.",
    "key-created": "There is one write key more. Move your clients to it, then delete the old one.",
    "key-deleted": "The write key is gone. Whoever still sends with it is counted below as rejected.",
    "destination-created": "The destination is there. Every event from now on is its.",
    "destination-changed": "Saved. The next event goes by it.",
    "destination-deleted": "The destination is gone, and nothing more is sent to it.",
    "identity-created": "The person is there.",
    "identity-changed": "Saved.",
    "identity-signed-out": "Signed out there.",
    "identity-deleted": "The person is gone for good.",
    "action-created": "The Action is there. Whoever goes through the flow from now on sets it off.",
    "action-changed": "Saved. The next flow goes by it.",
    "action-deleted": "The Action is gone, and fires no more.",
}
