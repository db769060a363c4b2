"""Reports for people: tables in the terminal, one self-contained HTML page."""

from rag.report.columns import COLUMNS, columns_of, seconds, written
from rag.report.html import html_report
from rag.report.terminal import comparison_table, report_tables, variants_table

__all__ = [
    "COLUMNS",
    "columns_of",
    "comparison_table",
    "html_report",
    "report_tables",
    "seconds",
    "variants_table",
    "written",
]
