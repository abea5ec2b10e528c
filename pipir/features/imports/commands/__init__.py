"""What can change in imports: sources and their mappings, files, checks, publications."""

from pipir.features.imports.commands.checking import check_file
from pipir.features.imports.commands.publishing import publish_file
from pipir.features.imports.commands.uploads import (
    CHECK_JOB,
    PUBLISH_JOB,
    AbandonImport,
    CheckImport,
    Content,
    EndSource,
    PublishImport,
    SetSource,
    UploadFile,
    abandon_import,
    ask_check,
    ask_publish,
    begin_publication,
    end_source,
    enter_source,
    examined,
    revise_source,
    upload_file,
)
from pipir.features.imports.commands.working import Outcome, check_job, import_file, publish_job

__all__ = [
    "CHECK_JOB",
    "PUBLISH_JOB",
    "AbandonImport",
    "CheckImport",
    "Content",
    "EndSource",
    "Outcome",
    "PublishImport",
    "SetSource",
    "UploadFile",
    "abandon_import",
    "ask_check",
    "ask_publish",
    "begin_publication",
    "check_file",
    "check_job",
    "end_source",
    "enter_source",
    "examined",
    "import_file",
    "publish_file",
    "publish_job",
    "revise_source",
    "upload_file",
]
