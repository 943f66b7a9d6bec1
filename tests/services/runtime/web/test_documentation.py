"""The service explains itself, with nothing from another host."""

import re

import httpx


async def test_describes_itself_as_openapi(viewer: httpx.AsyncClient) -> None:
    """The document names the paths, the parameters, the shape of the answers and the token."""
    document = (await viewer.get("/openapi.json")).json()
    assert document["info"]["title"] == "example"
    assert {"/healthz", "/readyz", "/metrics", "/api/v1/holdings"} <= set(document["paths"])
    assert document["security"] == [{"token": []}]
    answers = document["paths"]["/api/v1/holdings"]["get"]["responses"]
    items = answers["200"]["content"]["application/json"]["schema"]["properties"]["items"]
    assert items["items"]["properties"]["quantity"] == {"type": "string", "format": "decimal"}
    assert "$defs" not in str(document)


async def test_shows_a_plain_page(viewer: httpx.AsyncClient) -> None:
    """The page lists the operations with their words escaped, without scripts and without other hosts."""
    answer = await viewer.get("/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<code>GET /api/v1/holdings</code>" in answer.text
    assert "What the account &lt;holds&gt;." in answer.text
    assert "<code>limit</code><td>query, optional. At most this many items." in answer.text
    assert "<script" not in answer.text
    assert not re.search(r"(src|href)=.?(https?:)?//", answer.text)
