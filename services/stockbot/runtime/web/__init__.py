"""The HTTP side that all services share: one factory with probes, problems, roles, paging and docs."""

from stockbot.runtime.web.app import create_app
from stockbot.runtime.web.paging import Page, PageParameters, page_of, page_parameters
from stockbot.runtime.web.problems import Problem
from stockbot.runtime.web.security import principal_of, require
from stockbot.runtime.web.structs import StructResponse, described

__all__ = [
    "Page",
    "PageParameters",
    "Problem",
    "StructResponse",
    "create_app",
    "described",
    "page_of",
    "page_parameters",
    "principal_of",
    "require",
]
