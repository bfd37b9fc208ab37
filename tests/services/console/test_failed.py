"""An address without a page, and a page that fails, are told in our words; the error itself is not."""

from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI

from dashboards.labels import Lang
from services.console.failed import own_errors
from services.console.frame import Frame
from services.console.say import Say
from tests.loops import played


def get(lang: Lang, path: str, accept: str) -> httpx.Response:
    app = FastAPI()
    own_errors(app, Frame(Say(lang, ZoneInfo("UTC"))), "<style></style>")

    @app.get("/fails")
    def fails() -> None:
        raise RuntimeError("a secret of the service")

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://console") as client:
            return await client.get(path, headers={"accept": accept})

    return played(ask())


@pytest.mark.parametrize(
    ("lang", "path", "status", "told"),
    [("zh", "/nowhere<b>", 404, ("没有这一页", "从主页重新进入")), ("zh", "/fails", 500, ("这一页出错了", "刷新重试")),
     ("en", "/nowhere", 404, ("no such page", "home page")), ("en", "/fails", 500, ("This page failed", "Reload"))],
)  # fmt: skip
def test_a_browser_is_told_what_to_do(lang: Lang, path: str, status: int, told: tuple[str, str]) -> None:
    answer = get(lang, path, "text/html")
    assert answer.status_code == status
    assert all(words in answer.text for words in told)
    assert "secret" not in answer.text
    assert "<b>" not in answer.text


def test_a_program_is_told_as_json() -> None:
    assert get("zh", "/nowhere", "*/*").json() == {"detail": "没有这一页：/nowhere"}
