"""What a browser is told where there is no page, or where one fails: ours, with what to do.

In: the web application. Out: its answers to 404 and to errors nobody expected; a program is told as JSON. The error
itself goes to the log of the service, never to the page.
"""

from html import escape

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from services.console.frame import Frame

_GONE = ("没有这一页", "There is no such page")
_GONE_DO = ("请检查地址，或从主页重新进入。", "Check the address, or begin at the home page.")
_FAILED = ("这一页出错了", "This page failed")
_FAILED_DO = (
    "数据没有受影响。请刷新重试；仍失败请把服务日志交给管理员。",
    "No data is affected. Reload; if it stays, see the log of the service.",
)


def own_errors(app: FastAPI, frame: Frame, head: str) -> None:
    """`head` is the style sheet of the pages."""
    t = frame.say.t

    def told(request: Request, status: int, what: str, act: str) -> Response:
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"detail": f"{what}：{request.url.path}"}, status)
        body = (
            f'<header>{frame.top()}</header><main class="why" id="host-tiles" tabindex="-1"><h1>{escape(what)}</h1>'
            f'<p role="alert"><code>{escape(request.url.path)}</code></p><p>{escape(act)}</p>'
            f'<p><a href="/">{t("回到主页", "home")}</a></p></main>'
        )
        around = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        return HTMLResponse(f"{around}<title>{escape(what)}</title>{head}{body}", status)

    async def gone(request: Request, error: Exception) -> Response:
        return told(request, 404, t(*_GONE), t(*_GONE_DO))

    async def failed(request: Request, error: Exception) -> Response:
        return told(request, 500, t(*_FAILED), t(*_FAILED_DO))

    app.add_exception_handler(404, gone)
    app.add_exception_handler(Exception, failed)
