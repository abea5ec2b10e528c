"""What can be asked of the ledger: accounts, funding documents, entries, and totals that say what they are."""

from pipir.features.ledger.queries.accounts import AccountView, account, account_choices, list_accounts
from pipir.features.ledger.queries.books import (
    Check,
    ControlBalance,
    TrialBalance,
    Verification,
    trial_balance,
    verify,
)
from pipir.features.ledger.queries.choices import Choice, authority_choices, country_choices, law_lines, project_choices
from pipir.features.ledger.queries.documents import FundingView, every_funding, funding, funding_choices, list_funding
from pipir.features.ledger.queries.entries import (
    EntryDetail,
    EntryView,
    entry,
    exceptions,
    list_entries,
)
from pipir.features.ledger.queries.figures import (
    CERTIFIES,
    OF_WHAT,
    SOURCE_SYSTEM,
    Figures,
    Statement,
    seen,
    statement_of,
)
from pipir.features.ledger.queries.filters import ALL, GROUPS, Chosen, Group, chosen
from pipir.features.ledger.queries.groups import QuarterTotal, TotalRow, Totals, by_quarter, fiscal_years, total, totals
from pipir.features.ledger.queries.lists import (
    Listed,
    ListView,
    SymbolView,
    list_symbols,
    listed,
    lists,
    one_list,
)
from pipir.features.ledger.queries.reconciled import NOT_RECONCILED, Reconciled, reconciled, standing
from pipir.features.ledger.queries.report import ReportMoney, ReportRow, for_report

__all__ = [
    "ALL",
    "CERTIFIES",
    "GROUPS",
    "NOT_RECONCILED",
    "OF_WHAT",
    "SOURCE_SYSTEM",
    "AccountView",
    "Check",
    "Choice",
    "Chosen",
    "ControlBalance",
    "EntryDetail",
    "EntryView",
    "Figures",
    "FundingView",
    "Group",
    "ListView",
    "Listed",
    "QuarterTotal",
    "Reconciled",
    "ReportMoney",
    "ReportRow",
    "Statement",
    "SymbolView",
    "TotalRow",
    "Totals",
    "TrialBalance",
    "Verification",
    "account",
    "account_choices",
    "authority_choices",
    "by_quarter",
    "chosen",
    "country_choices",
    "entry",
    "every_funding",
    "exceptions",
    "fiscal_years",
    "for_report",
    "funding",
    "funding_choices",
    "law_lines",
    "list_accounts",
    "list_entries",
    "list_funding",
    "list_symbols",
    "listed",
    "lists",
    "one_list",
    "project_choices",
    "reconciled",
    "seen",
    "standing",
    "statement_of",
    "total",
    "totals",
    "trial_balance",
    "verify",
]
