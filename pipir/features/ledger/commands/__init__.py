"""What can change in the ledger: accounts, funding documents, and entries, which are never edited but reversed."""

from pipir.features.ledger.commands.accounts import (
    CloseAccount,
    OpenAccount,
    ReviseAccount,
    Symbol,
    close_account,
    open_account,
    revise_account,
)
from pipir.features.ledger.commands.batch import MarkingText, Posting
from pipir.features.ledger.commands.documents import (
    EndFunding,
    ReceiveFunding,
    ReviseFunding,
    end_funding,
    receive_funding,
    revise_funding,
)
from pipir.features.ledger.commands.entries import (
    PostEntry,
    RecordIncurred,
    ReverseEntry,
    post_entries,
    post_entry,
    record_incurred,
    reverse_entry,
)
from pipir.features.ledger.commands.lists import (
    ListContent,
    ListLoaded,
    LoadList,
    examined_list,
    load_list,
    load_list_file,
)
from pipir.features.ledger.commands.moving import CloseBalances, MoveAuthority, close_balances, move_authority

__all__ = [
    "CloseAccount",
    "CloseBalances",
    "EndFunding",
    "ListContent",
    "ListLoaded",
    "LoadList",
    "MarkingText",
    "MoveAuthority",
    "OpenAccount",
    "PostEntry",
    "Posting",
    "ReceiveFunding",
    "RecordIncurred",
    "ReverseEntry",
    "ReviseAccount",
    "ReviseFunding",
    "Symbol",
    "close_account",
    "close_balances",
    "end_funding",
    "examined_list",
    "load_list",
    "load_list_file",
    "move_authority",
    "open_account",
    "post_entries",
    "post_entry",
    "receive_funding",
    "record_incurred",
    "reverse_entry",
    "revise_account",
    "revise_funding",
]
