"""The monthly report (定期调度): progress against the plan's targets, by city and by service.

Every number is the length of a list that the same query gives (`models.report.measures`), so the
screen, the list behind a number and the export cannot differ. Months are China's.
"""

from models.report.build import Report, ReportTable, build_report, rows_behind
from models.report.measures import MEASURES, Measure
from models.report.month import Month
from models.report.trail import ReportVersion, TrailError, correct, lock, submit, trail_of

__all__ = [
    "MEASURES",
    "Measure",
    "Month",
    "Report",
    "ReportTable",
    "ReportVersion",
    "TrailError",
    "build_report",
    "correct",
    "lock",
    "rows_behind",
    "submit",
    "trail_of",
]
