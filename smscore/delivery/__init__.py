"""Delivery reports: from callbacks and portal files to one status per recipient. Nothing here ever sends."""

from .parsing import FIELDS, WORDS, PortalFile, read_portal_file, read_reports
from .webhook import build_webhook_routes

__all__ = ["FIELDS", "WORDS", "PortalFile", "read_portal_file", "read_reports", "build_webhook_routes"]
