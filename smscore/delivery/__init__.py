"""Delivery reports: from callbacks and portal files to one status per recipient. Nothing here ever sends."""

from smscore.delivery.portal import PortalFile, read_portal_file
from smscore.delivery.reading import FIELDS, WORDS, read_reports
from smscore.delivery.web import webhook_routes
