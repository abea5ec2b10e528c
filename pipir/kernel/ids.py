"""Typed identities: a project's number never passes for a person's."""

from typing import Annotated, NewType

import msgspec

PersonId = NewType("PersonId", int)
OfficeId = NewType("OfficeId", int)
SessionId = NewType("SessionId", int)
TokenId = NewType("TokenId", int)
RoleAssignmentId = NewType("RoleAssignmentId", int)
AbsenceId = NewType("AbsenceId", int)
ParticipantId = NewType("ParticipantId", int)
ProcessId = NewType("ProcessId", int)
StepId = NewType("StepId", int)
PointOfContactId = NewType("PointOfContactId", int)
DisclosureDecisionId = NewType("DisclosureDecisionId", int)
ExportBasisId = NewType("ExportBasisId", int)
SecurityAgreementId = NewType("SecurityAgreementId", int)
ReleaseId = NewType("ReleaseId", int)
AgreementId = NewType("AgreementId", int)
PartyId = NewType("PartyId", int)
NoticeId = NewType("NoticeId", int)
AgreementAmendmentId = NewType("AgreementAmendmentId", int)
ShareId = NewType("ShareId", int)
ProjectId = NewType("ProjectId", int)
MilestoneId = NewType("MilestoneId", int)
GroupId = NewType("GroupId", int)
MeetingId = NewType("MeetingId", int)
ActionItemId = NewType("ActionItemId", int)
FundingDocumentId = NewType("FundingDocumentId", int)
EntryId = NewType("EntryId", int)
BriefingId = NewType("BriefingId", int)
CommitteeBriefingId = NewType("CommitteeBriefingId", int)
BriefingQuestionId = NewType("BriefingQuestionId", int)
ContactId = NewType("ContactId", int)
PromiseId = NewType("PromiseId", int)
DataCallId = NewType("DataCallId", int)
AddresseeId = NewType("AddresseeId", int)
DutyId = NewType("DutyId", int)
ReportId = NewType("ReportId", int)
NoteId = NewType("NoteId", int)
CalendarFeedId = NewType("CalendarFeedId", int)
DocumentId = NewType("DocumentId", int)
SpillageId = NewType("SpillageId", int)

# What PostgreSQL's bigint holds; a larger number in an address is a mistake of the sender, never a 500.
RecordNumber = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
