"""Grafana over HTTP: push dashboards to one that cannot read files, and look whether everything answers.

In: an address, a service account's token, generated files. Out: one row for each thing done or looked at. Through the
transport of grafana-api; its paths are ours, because its own are of an older Grafana.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from grafana_api.grafana_api import GrafanaClientError, GrafanaException
from grafana_api.grafana_face import GrafanaFace

from dashboards.grafana.boards import FOLDER, FOLDER_UID
from dashboards.grafana.build import JSON, SOURCE
from services.errors import Unavailable
from services.imports import InputError

ANSWERS_IN = 60.0  # seconds
_THERE = (409, 412)  # the folder exists already
Row = dict[str, Any]


class Grafana:
    """One Grafana. Raises `Unavailable` where it does not answer, `InputError` where it refuses."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InputError(f"Grafana 地址应写作 http://主机:端口 / an address is http://host:port: {url!r}")
        prefix = parts.path.strip("/")
        self._url = url
        self._api = GrafanaFace(
            auth=token, host=parts.hostname, port=parts.port, url_path_prefix=f"{prefix}/" if prefix else "",
            protocol=parts.scheme, timeout=ANSWERS_IN,
        ).api  # fmt: skip

    def push(self, files: Mapping[str, str]) -> Iterator[Row]:
        """Folder, data source and dashboards; alert rules go by file, where Grafana replaces whole groups."""
        yield {"what": f"folder {FOLDER}", "result": self._folder()}
        for name, text in files.items():
            if name.startswith("dashboards/"):
                body = {"dashboard": json.loads(text), "folderUid": FOLDER_UID, "overwrite": True, "message": "fanzha"}
                said = self._ask("POST", "/dashboards/db", body)
                yield {"what": name, "result": f"{said.get('status')} v{said.get('version')} {said.get('url')}"}

    def smoke(self, files: Mapping[str, str]) -> Iterator[Row]:
        """Health, the data source, and every panel's query over its own time range: how many rows came back."""
        health = self._ask("GET", "/health")
        yield {"what": "health", "result": f"{health.get('database')} {health.get('version')}", "ok": True}
        source = self._ask("GET", f"/datasources/uid/{SOURCE['uid']}/health")
        yield {"what": "data source", "result": source.get("message"), "ok": source.get("status") == "OK"}
        for name, text in files.items():
            if name.startswith("dashboards/"):
                yield from self._panels(json.loads(text))

    def _panels(self, board: JSON) -> Iterator[Row]:
        values = {v["name"]: v["current"]["value"] for v in board["templating"]["list"] if "current" in v}
        for panel in board["panels"]:
            target = dict(panel["targets"][0])
            for name, value in values.items():
                target["rawSql"] = target["rawSql"].replace(f"${{{name}:singlequote}}", f"'{value}'")
            what = f"{board['title']} · {panel['title']}"
            if "${" in target["rawSql"]:
                yield {"what": what, "result": "须在页面上选择 / needs a choice on the page", "ok": True}
                continue
            body = {"queries": [target], "from": "now-30d", "to": "now"}
            try:
                answer = self._ask("POST", "/ds/query", body)["results"]["A"]
            except InputError as error:
                yield {"what": what, "result": str(error), "ok": False}
                continue
            frames = answer.get("frames", [])
            rows = sum(len(column) for frame in frames for column in frame["data"]["values"][:1])
            yield {"what": what, "result": f"{rows} 行 / rows", "ok": "error" not in answer}

    def _folder(self) -> str:
        try:
            self._ask("POST", "/folders", {"uid": FOLDER_UID, "title": FOLDER})
        except _Refused as refused:
            if refused.status not in _THERE:
                raise
            return "exists"
        return "created"

    def _ask(self, method: str, path: str, body: JSON | None = None) -> JSON:
        try:
            said: JSON = getattr(self._api, method)(path, json=body)
        except GrafanaClientError as error:
            raise _Refused(error.status_code, f"Grafana {self._url}{path}: {error}") from error
        except GrafanaException as error:
            raise InputError(f"Grafana {self._url}{path}: {error}") from error
        except (requests.RequestException, ValueError) as error:
            raise Unavailable(
                f"Grafana {self._url} 没有可读的答复，请检查地址 / no answer that can be read: {error}"
            ) from error
        return said


class _Refused(InputError):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
