"""Where a login may lead: to a page of this console and to nowhere else. Used by login."""

from urllib.parse import urlsplit

HOME = "/"
LONGEST = 512
LEADING_NOWHERE = ("/login", "/logout")  # they would ask again, or undo what was just done


def safe_target(wanted: str | None) -> str:
    """Return `wanted` if it is a path of this console, else the home page.

    Two slashes begin the name of another host, and browsers read a backslash as a slash and drop tabs and line ends.
    """
    if not wanted or len(wanted) > LONGEST or not wanted.isprintable() or "\\" in wanted:
        return HOME
    if not wanted.startswith("/") or wanted.startswith("//"):
        return HOME
    return HOME if urlsplit(wanted).path in LEADING_NOWHERE else wanted
