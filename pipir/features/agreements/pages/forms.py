"""The forms of agreements, each declared by its command and fields; one template draws them all."""

from collections.abc import Mapping
from typing import Final

from pipir.features.agreements import commands
from pipir.web.acts import Act, Field

_SAID: Final = (
    Field("name", "Title"),
    Field("kind", "Kind", "select", choices="kinds"),
    Field("authority", "Law that it rests on", "select", "Left blank: not public.", choices="authorities"),
    Field("also_authority", "Second law", "select", "Where another law asks of it too.", choices="authorities"),
    Field("purpose", "Purpose", "area"),
)
_KEPT: Final = (
    Field("lead_office_id", "Lead office", "select", "Left blank: not public.", choices="offices"),
    Field("parent_id", "Stands under", "select", "The agreement whose annex or arrangement it is.", choices="above"),
    Field("source", "Source", hint="Where the facts come from, with the date."),
    Field("marking", "Marking", hint="Such as CUI or CUI//REL TO USA, AUS, JPN."),
)
_EXPIRES: Final = Field("expires_on", "Expires on", "date", "The day on which it is no longer in force, if it says so.")
_SIGNED: Final = (
    Field("signatory", "Signed by", "select", choices="signatories"),
    Field("delegation", "Delegation", "select", "Of an official, as the register holds it.", choices="delegations"),
    Field("document", "Signed document"),
    Field("signed_on", "Signed on", "date", "Left blank: today."),
)
_AMENDED: Final = (
    Field("title", "Title of the amendment"),
    Field("because", "Why", "area"),
    Field("fields", "What it changes", "checks", "Only what is ticked is proposed.", choices="fields"),
    Field("name", "Title", hint="As proposed."),
    Field("kind", "Kind", "select", choices="kinds"),
    Field("purpose", "Purpose", "area"),
    Field("expires_on", "Expires on", "date", "Ticked above and left blank: it has no such day any more."),
    Field("rests_on", "Law that it rests on", "select", choices="authorities"),
    Field("also_rests_on", "Second law", "select", choices="authorities"),
)

NEW: Final = Act(
    commands.enter_agreement,
    "Enter an agreement",
    "Enter the agreement",
    "It begins as a draft under the next code. What it rests on is judged when it is signed.",
    (*_SAID, _EXPIRES, Field("begun_on", "Drafted since", "date", "Left blank: today."), *_KEPT),
)
TAKEN_OVER: Final = Act(
    commands.take_over_agreement,
    "Take over an older agreement",
    "Enter it as it stands",
    "For what was signed before section 1253 was enacted. A later one is entered as a draft and led through its steps.",
    (
        *_SAID,
        Field("signed_on", "Signed on", "date"),
        Field("signatory", "Signed by"),
        Field("in_force_on", "In force since", "date"),
        _EXPIRES,
        *_KEPT,
    ),
)
ACTS: Final[Mapping[str, Act]] = {
    "revise": Act(
        commands.revise_agreement,
        "Change",
        "Save",
        "What it says changes while it is negotiated; who keeps it, its source and its marking at any time.",
        (*_SAID, _EXPIRES, *_KEPT),
    ),
    "step": Act(
        commands.step_agreement,
        "Record the next step",
        "Record the step",
        "Only the steps that may follow today are offered. What the law asks before a step is asked here.",
        (
            Field("state", "Next state", "select", choices="steps"),
            Field("on", "Day of the event", "date", "Left blank: today."),
            Field("because", "What happened", "area"),
            Field("document", "Document"),
        ),
    ),
    "sign": Act(
        commands.sign_agreement,
        "Record the signature",
        "Record the signature",
        "It is judged by the law that the agreement rests on, by the office's policy, and by the section's own end.",
        _SIGNED,
    ),
    "character": Act(
        commands.determine_character,
        "Record counsel's determination",
        "Record it",
        "Only an international agreement starts the days of the transmittal to State.",
        (
            Field("character", "Legal character", "select", choices="characters"),
            Field("counsel", "Counsel's office"),
            Field("determined_on", "Determined on", "date"),
            Field("opinion", "Opinion", hint="Its number or document."),
            Field("because", "Why it is determined anew", "area", "Where an earlier determination stands."),
        ),
    ),
    "paper": Act(
        commands.record_paper,
        "Record a paper that the law asks for",
        "Record the paper",
        "A written determination, or a step of the transmittal to State.",
        (
            Field("kind", "Kind", "select", choices="papers"),
            Field("made_by", "Made by", hint="The office or official."),
            Field("made_on", "Made on", "date"),
            Field("document", "Document"),
            Field("statement", "What it says, in short", "area"),
        ),
    ),
    "item": Act(
        commands.write_item,
        "Write an item of the certification",
        "Save the item",
        "The package is open until it is sent; written again, an item replaces what stood.",
        (
            Field("item", "Item", "select", choices="items"),
            Field("statement", "What the certification says to it", "area"),
            Field("document", "Document"),
        ),
    ),
    "notice": Act(
        commands.send_notice,
        "Record that an addressee was told",
        "Record the sending",
        "One entry for each addressee; the day of its receipt is recorded afterwards.",
        (
            Field("what", "What was sent", "select", choices="notices"),
            Field("addressee", "Addressee", "select", choices="addressees"),
            Field("sent_on", "Sent on", "date", "Left blank: today."),
            Field("means", "How", hint="Such as by hand, or by electronic transmission."),
            Field("document", "Document"),
        ),
    ),
    "party": Act(
        commands.add_party,
        "Add a party",
        "Add the party",
        "The United States is a party to each agreement.",
        (
            Field("participant_id", "Country", "select", choices="countries"),
            Field("counterpart", "Its counterpart", hint="The ministry or agency that signs."),
        ),
    ),
    "amendment": Act(
        commands.draft_amendment,
        "Draft an amendment",
        "Draft the amendment",
        "Drafted against the agreement as it stands; merged into it in the write that records its signature.",
        _AMENDED,
    ),
    "share": Act(
        commands.record_share,
        "Record a share",
        "Record the share",
        "In the party's own currency; the service computes the dollars to the cent.",
        (
            Field(
                "participant_id", "Party", "select", "Left blank: the United States.", "partners", "The United States"
            ),
            Field("kind", "Kind", "select", choices="share_kinds"),
            Field("stage", "Agreed or actual", "select", choices="stages"),
            Field("description", "What it is"),
            Field("currency", "Currency", "select", choices="currencies"),
            Field("amount", "Amount", hint="A plain number, such as 1250000."),
            Field("rate", "Rate", hint="Dollars for one unit of the currency; blank for dollars."),
            Field("rate_on", "Rate of", "date", "Blank for dollars."),
            Field("rate_source", "Source of the rate", hint="Blank for dollars."),
            Field("as_of", "As of", "date", "Left blank: today."),
            Field("source", "Source"),
        ),
    ),
}
PARTS: Final[Mapping[str, Mapping[str, Act]]] = {
    "parties": {
        "class": Act(
            commands.classify_party,
            "Record the country's class",
            "Record the class",
            "As counsel determined it: with another friendly foreign country a report goes before the agreement takes "
            "effect.",
            (
                Field("country_class", "Class", "select", choices="classes"),
                Field("classified_by", "Counsel's office"),
                Field("classified_on", "Determined on", "date"),
                Field("class_source", "Source"),
            ),
        ),
        "end": Act(
            commands.remove_party,
            "Take the party out",
            "Take it out",
            "While the text is negotiated; it stays in the record.",
            (Field("because", "Why", "area"),),
        ),
    },
    "notices": {
        "receipt": Act(
            commands.record_receipt,
            "Record the receipt",
            "Record the receipt",
            "The last addressee's receipt starts the waiting days. A recorded day changes with a reason.",
            (
                Field("received_on", "Received on", "date"),
                Field("receipt", "What shows it"),
                Field("because", "Why the recorded day changes", "area"),
            ),
        ),
    },
    "amendments": {
        "redraft": Act(
            commands.redraft_amendment,
            "Draft the amendment anew",
            "Save the draft",
            "Against the agreement as it stands now; it has to be agreed again.",
            _AMENDED,
        ),
        "party": Act(
            commands.propose_party,
            "Propose a party",
            "Propose it",
            "It becomes one when the amendment is signed; of a country that leaves, propose its agreed shares as none.",
            (
                Field("participant_id", "Country", "select", choices="countries"),
                Field("counterpart", "Its counterpart", hint="Left blank: it is a party no longer."),
            ),
        ),
        "share": Act(
            commands.propose_share,
            "Propose an agreed share",
            "Propose it",
            "It replaces what was agreed of its kind for the party when the amendment is signed.",
            (
                Field(
                    "participant_id",
                    "Party",
                    "select",
                    "Left blank: the United States.",
                    "countries",
                    "The United States",
                ),
                Field("kind", "Kind", "select", choices="share_kinds"),
                Field("amount", "Amount", hint="A plain number, such as 1250000; left blank: none is agreed any more."),
                Field("currency", "Currency", "select", choices="currencies"),
                Field("description", "What it is"),
                Field("rate", "Rate", hint="Dollars for one unit of the currency; blank for dollars."),
                Field("rate_on", "Rate of", "date", "Blank for dollars."),
                Field("rate_source", "Source of the rate", hint="Blank for dollars."),
                Field("source", "Source"),
            ),
        ),
        "leave-out": Act(
            commands.leave_out,
            "Leave a change out",
            "Leave it out",
            "The amendment proposes it no longer; it stays in the record.",
            (Field("field", "Change", "select", choices="changes"),),
        ),
        "agree": Act(
            commands.agree_amendment,
            "Record that its text is agreed",
            "Record it",
            "By all parties.",
            (Field("agreed_on", "Agreed on", "date", "Left blank: today."),),
        ),
        "sign": Act(
            commands.sign_amendment,
            "Sign and merge the amendment",
            "Record the signature",
            "The agreement says what the amendment proposes from this write on.",
            _SIGNED,
        ),
        "withdraw": Act(
            commands.withdraw_amendment,
            "Withdraw the amendment",
            "Withdraw it",
            "It stays in the record, and is not signed any more.",
            (Field("because", "Why", "area"),),
        ),
    },
    "shares": {
        "end": Act(
            commands.end_share,
            "Take the share out",
            "Take it out",
            "Out of the figures: because another corrects it, or another was agreed.",
            (Field("because", "Why", "area"),),
        ),
    },
}
