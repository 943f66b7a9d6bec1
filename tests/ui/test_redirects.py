"""Where a login may lead."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot_console.redirects import HOME, safe_target

HERE = "http://localhost:5173/login"


@pytest.mark.parametrize("wanted", ["/", "/providers", "/symbols/AAPL?interval=5m", "/?q=a%20b", "/symbols/%2F%2Fevil"])
def test_paths_of_the_console_are_kept(wanted: str) -> None:
    """A person comes back to the page that sent them to the login."""
    assert safe_target(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "evil.example",
        " /providers",
        "/login",
        "/login?redirect_to=/login",
        "/logout",
        "/" + "a" * 600,
        "/\u2028/evil.example",
    ],
)
def test_everything_else_leads_home(wanted: str | None) -> None:
    """Other hosts, schemes and tricks that browsers read as such lead to the home page."""
    assert safe_target(wanted) == HOME


@given(st.text(alphabet=st.sampled_from("/\\:@?#.\t\n\r aejvx%2F"), max_size=24))
def test_no_text_leads_out_of_the_console(wanted: str) -> None:
    """Read as a browser does, with backslashes as slashes and control characters dropped, the target is here."""
    target = safe_target(wanted)
    as_read = "".join(character for character in target if character not in "\t\n\r").replace("\\", "/")
    assert urlsplit(urljoin(HERE, as_read))[:2] == ("http", "localhost:5173")
