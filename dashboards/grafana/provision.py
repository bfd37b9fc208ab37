"""Files that Grafana reads at its start: the data source, the folder of dashboards, alert rules and where alerts go.

In: SQL of the rules, contact points. Out: file name → text. Secrets are never in a file: `$NAME` is put in by Grafana
from its environment. Labels and annotations use `$$` where Grafana itself is to read a `$`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from dashboards.grafana.boards import FOLDER, FOLDER_UID
from dashboards.grafana.build import JSON, PLUGIN, SOURCE

PATH = "/etc/fanzha/dashboards"
ALERTS = "反诈预警"  # a folder of its own: Grafana makes it with a random uid


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule over rows of one number and texts: each row above the threshold is an alert of its own."""

    uid: str
    title: str
    sql: str
    above: float
    lasts: str
    looks_back: int
    summary: str
    severity: str = "warning"


def files(
    dashboards: Mapping[str, JSON], rules: list[Rule], contact: Mapping[str, str], database: str
) -> dict[str, str]:
    """Every file below the provisioning folder and the dashboards' own folder."""
    out = {f"dashboards/{uid}.json": text(board) for uid, board in dashboards.items()}
    provisioned = {
        "datasources/fanzha.yaml": {"apiVersion": 1, "prune": False, "datasources": [_source(database)]},
        "dashboards/fanzha.yaml": {"apiVersion": 1, "providers": [_provider()]},
        "alerting/fanzha.yaml": {
            "apiVersion": 1,
            "groups": [_group(rules)],
            "contactPoints": [_contact(contact)],
            "policies": [{"orgId": 1, "receiver": "反诈办", "group_by": ["alertname", "place"]}],
        },
    }
    return out | {f"provisioning/{name}": _yaml(value) for name, value in provisioned.items()}


def text(board: JSON) -> str:
    return json.dumps(board, ensure_ascii=False, indent=1) + "\n"


def _yaml(value: JSON) -> str:
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=1_000)


def _source(database: str) -> JSON:
    return {
        "name": "反诈统计库", "uid": SOURCE["uid"], "type": SOURCE["type"], "access": "proxy", "isDefault": True,
        "editable": False,
        "jsonData": {
            "host": "$FANZHA_CLICKHOUSE_HOST", "port": 9000, "protocol": "native", "secure": False,
            "username": "grafana_ro", "defaultDatabase": database, "dialTimeout": "10", "queryTimeout": "60",
            "enableRowLimit": False,
        },
        "secureJsonData": {"password": "$FANZHA_GRAFANA_PASSWORD"},
    }  # fmt: skip


def _provider() -> JSON:
    return {
        "name": "fanzha", "orgId": 1, "type": "file", "folder": FOLDER, "folderUid": FOLDER_UID,
        "disableDeletion": False, "allowUiUpdates": False, "updateIntervalSeconds": 30,
        "options": {"path": PATH, "foldersFromFilesStructure": False},
    }  # fmt: skip


def _group(rules: list[Rule]) -> JSON:
    return {"orgId": 1, "name": "fanzha-1m", "folder": ALERTS, "interval": "60s", "rules": [_rule(r) for r in rules]}


def _rule(rule: Rule) -> JSON:
    expression = {"type": "__expr__", "uid": "__expr__"}
    above = [{"evaluator": {"type": "gt", "params": [rule.above]}}]
    return {
        "uid": rule.uid, "title": rule.title, "condition": "C", "for": rule.lasts, "noDataState": "OK",
        "execErrState": "Error", "labels": {"severity": rule.severity}, "annotations": {"summary": rule.summary},
        "data": [
            {
                "refId": "A", "datasourceUid": SOURCE["uid"], "relativeTimeRange": {"from": rule.looks_back, "to": 0},
                "model": {
                    "refId": "A", "datasource": SOURCE, "editorType": "sql", "pluginVersion": PLUGIN,
                    "queryType": "table", "format": 1, "intervalMs": 60000, "maxDataPoints": 43200, "rawSql": rule.sql,
                },
            },
            {
                "refId": "B", "datasourceUid": "__expr__",
                "model": {"refId": "B", "type": "reduce", "expression": "A", "reducer": "last",
                          "datasource": expression},
            },
            {
                "refId": "C", "datasourceUid": "__expr__",
                "model": {"refId": "C", "type": "threshold", "expression": "B", "conditions": above,
                          "datasource": expression},
            },
        ],
    }  # fmt: skip


_SETTINGS = {"webhook": "url", "wecom": "url", "dingding": "url", "email": "addresses"}


def _contact(contact: Mapping[str, str]) -> JSON:
    """`kind` is webhook, wecom, dingding or email; its address comes from the environment of Grafana."""
    kind = contact["kind"]
    settings = {_SETTINGS[kind]: "$FANZHA_ALERT_TO"} | ({"httpMethod": "POST"} if kind == "webhook" else {})
    receiver = {"uid": f"fanzha-{kind}", "type": kind, "settings": settings, "disableResolveMessage": False}
    return {"orgId": 1, "name": "反诈办", "receivers": [receiver]}
