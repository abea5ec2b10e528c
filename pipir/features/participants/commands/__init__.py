"""What can change in participants: entries, steps of the two standings, the process, national points of contact."""

from pipir.features.participants.commands.contacts import (
    EndContact,
    EnterContact,
    ReviseContact,
    end_contact,
    enter_contact,
    revise_contact,
)
from pipir.features.participants.commands.entries import (
    EndParticipant,
    EnterParticipant,
    ReviseParticipant,
    end_participant,
    enter_participant,
    revise_participant,
)
from pipir.features.participants.commands.process import (
    EndProcess,
    MakeProcess,
    RecordCoordination,
    end_process,
    make_process,
    record_coordination,
)
from pipir.features.participants.commands.standing import (
    RecordForumStanding,
    RecordStanding,
    TakeBackStep,
    record_forum_standing,
    record_standing,
    take_back_step,
)

__all__ = [
    "EndContact",
    "EndParticipant",
    "EndProcess",
    "EnterContact",
    "EnterParticipant",
    "MakeProcess",
    "RecordCoordination",
    "RecordForumStanding",
    "RecordStanding",
    "ReviseContact",
    "ReviseParticipant",
    "TakeBackStep",
    "end_contact",
    "end_participant",
    "end_process",
    "enter_contact",
    "enter_participant",
    "make_process",
    "record_coordination",
    "record_forum_standing",
    "record_standing",
    "revise_contact",
    "revise_participant",
    "take_back_step",
]
