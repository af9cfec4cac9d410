"""Checks of a fit: one a file, numbers out, nothing drawn."""

from trialpool.checks.predictive import predict_reports

__all__ = ["predict_reports"]
