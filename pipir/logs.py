"""The service's own log: one line of JSON an event, which no text from outside can forge."""

import logging
import sys

import structlog


def set_up(level: str) -> None:
    """Write events of `level` and above to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # The queue library logs through the standard library, with whole tracebacks of jobs that have a log entry of ours.
    logging.getLogger("pgqueuer").setLevel(logging.CRITICAL)
