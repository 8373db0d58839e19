"""How a call to the provider ended, and what a check of the connection found."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    "unreachable": (
        "The provider can't be reached. Nothing was sent.",
        "Check this computer's connection, then resume.",
    ),
    "bad_certificate": (
        "The provider's certificate isn't valid for its address. Nothing was sent.",
        "Check the base URL and this computer's clock. If both are right, ask the provider.",
    ),
    "private_address": (
        "The provider's host name points to a private network. Nothing was sent.",
        "Check the base URL and the DNS server.",
    ),
    "no_answer": (
        "The provider got the request but didn't answer in time. The messages may have been sent.",
        "Delivery reports may settle this. Decide about the unknown messages before you send again.",
    ),
    "broken_off": (
        "The connection broke before the provider answered. The messages may have been sent.",
        "Delivery reports may settle this. Decide about the unknown messages before you send again.",
    ),
    "cut_answer": (
        "The provider's answer was cut off. The messages may have been sent.",
        "Delivery reports may settle this. Decide about the unknown messages, then resume.",
    ),
    "too_long_answer": (
        "The provider's answer was far too long. The messages may have been sent.",
        "Ask the provider what it answered before you resume.",
    ),
    "not_understood": (
        "The provider's answer couldn't be understood. The messages may have been sent.",
        "Its format may have changed. Ask the provider before you resume.",
    ),
    "spoke_first": (
        "The server at the provider's address answered before it was asked. Nothing was sent.",
        "Check the base URL. SMS Desk tries again automatically.",
    ),
    "repeated_answer": (
        "The provider repeated its answer to an earlier request. The messages may have been sent.",
        "Tell the provider that its answers come twice. Decide about the unknown messages, then resume.",
    ),
    "foreign_refusal": (
        "A proxy or gateway refused the request, not the provider. The messages may have been sent: {note}",
        "Check the network, the base URL and the API key. Decide about the unknown messages, then resume.",
    ),
    "foreign_busy": (
        "A proxy or gateway asked us to slow down, not the provider. The messages may have been sent.",
        "Lower the rate or ask the provider. Decide about the unknown messages, then resume.",
    ),
    "unproven_refusal": (
        "A refusal arrived that may belong to an earlier request. The messages may have been sent. It said: {note}",
        "Follow its advice if it applies. Decide about the unknown messages, then resume.",
    ),
    "key_refused": (
        "The provider refused the API key. Nothing was sent.",
        "Set a valid key, restart SMS Desk and resume.",
    ),
    "no_balance": (
        "The provider says your balance is used up. Nothing was sent.",
        "Add credit in its portal, then resume.",
    ),
    "sender_refused": (
        "The provider refused the sender. Nothing was sent. It said: {note}",
        "Check that this header is registered and approved in its portal.",
    ),
    "template_refused": (
        "The provider refused the template. Nothing was sent. It said: {note}",
        "Check the template ID, its approval and its number of variables.",
    ),
    "whole_refused": (
        "The provider refused the request. Nothing was sent. It said: {note}",
        "Fix what it names, then send to these recipients again.",
    ),
    "some_numbers_refused": (
        "The provider refused the request because of some of its numbers. It said: {note}",
        "The other numbers stay queued and are sent without them.",
    ),
    "number_refused": ("The provider refused this number. It said: {note}", "Correct the number and send to it again."),
    "unknown_error": (
        "The provider answered with an error SMS Desk doesn't know: {note}",
        "The messages may have been sent. Ask the provider before you resume.",
    ),
    "some_refused": ("The provider refused some of the recipients.", "The report lists them with the reasons."),
    "same_id": (
        "The provider gave several recipients the same message ID.",
        "Their messages were accepted, but their delivery can't be told apart.",
    ),
    "few_missing": (
        "The provider's answer left out a few recipients.",
        "They are marked as unknown. Delivery reports may settle this.",
    ),
    "many_missing": (
        "The provider's answer left out recipients.",
        "They are marked as unknown. Ask the provider about them before you resume.",
    ),
    "wrong_count": (
        "The numbers in the provider's answer don't add up.",
        "Compare the report with the provider's portal before you resume.",
    ),
    "strangers": (
        "The provider answered for numbers that weren't in the request.",
        "Check the bill in its portal, and ask the provider before you resume.",
    ),
    "contradiction": (
        "The provider's answer both accepts and refuses the same recipients.",
        "They are marked as unknown. Ask the provider before you resume.",
    ),
    "no_numbers": (
        "The provider's answer doesn't say which message ID belongs to which number.",
        "The recipients are marked as unknown. Ask the provider before you resume.",
    ),
    "rate_limited": (
        "The provider asked us to slow down. Nothing is lost.",
        "Sending continues automatically, at a lower rate.",
    ),
    "server_error": (
        "The provider answered with an error that doesn't say whether it accepted the messages. They may have been "
        "sent.",
        "Delivery reports may settle this. Decide about the unknown messages before you send again.",
    ),
    "moved": (
        "The provider's address redirects elsewhere. The API key wasn't sent there.",
        "Ask the provider for its new address and correct the base URL.",
    ),
    "bad_base_url": (
        "The provider's address must begin with https (or http on this computer) and have no user name, ? or #.",
        "Correct the base URL.",
    ),
    "bad_api_key": (
        "The API key must be letters, digits and symbols, without spaces.",
        "Set it again, then restart SMS Desk.",
    ),
    "no_recipient": ("A request needs at least one recipient. Nothing was sent.", "Choose recipients."),
    "bad_recipient": (
        "One of the recipients isn't a number of 10 to 15 digits. Nothing was sent.",
        "Upload the sheet again. If it keeps happening, tell your SMS Desk administrator.",
    ),
    "recipient_twice": (
        "A recipient appeared twice in one request. Nothing was sent.",
        "Upload the sheet again. If it keeps happening, tell your SMS Desk administrator.",
    ),
    "one_recipient_a_call": (
        "This message type goes to one recipient per request. Nothing was sent.",
        "Tell your SMS Desk administrator.",
    ),
    "no_whatsapp_block": (
        "The message doesn't say which WhatsApp template or content to send. Nothing was sent.",
        "Write the message again.",
    ),
    "connection_good": ("The provider answered and accepts the API key.", ""),
    "connection_key_refused": (
        "The provider answered but refuses the API key.",
        "Set a valid key and restart SMS Desk.",
    ),
    "connection_no_balance": (
        "The provider accepts the API key but says your balance is used up.",
        "Add credit in its portal.",
    ),
    "connection_unreachable": ("The provider can't be reached.", "Check the base URL and this computer's connection."),
    "connection_bad_certificate": (
        "The provider's certificate isn't valid for its address.",
        "Check the base URL and this computer's clock.",
    ),
    "connection_private_address": (
        "The provider's host name points to a private network.",
        "Check the base URL and the DNS server.",
    ),
    "connection_no_answer": ("The provider doesn't answer.", "Try again. If it keeps happening, ask the provider."),
    "connection_moved": ("The provider's address redirects elsewhere.", "Correct the base URL."),
    "connection_busy": ("The provider says it is busy.", "Try again in a minute."),
    "connection_server_error": (
        "The provider answers with an error (HTTP {status}).",
        "Try again. If it keeps happening, ask the provider.",
    ),
    "connection_unclear": (
        "Something answers, but not the way the provider does (HTTP {status}).",
        "Check the base URL, or ask the provider.",
    ),
}
