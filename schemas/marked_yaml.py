"""YAML with line marks: plain values, and for each of them the line it stands on.

Every scalar stays text (`no`, `001` and `2016-01-01` are what was written), so a value map means its keys
literally. Refused: duplicate keys, aliases (a short file could name a huge one) and keys that are not
scalars.
"""

from typing import Any

import yaml

Path = tuple[str | int, ...]


class YamlError(ValueError):
    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"{line}: {reason}")
        self.line = line
        self.reason = reason


def load(text: str) -> tuple[Any, dict[Path, int]]:
    """The value of a YAML text, and the line of each path in it; the path of a key is the line of the key."""
    try:
        for event in yaml.parse(text, Loader=yaml.BaseLoader):
            if isinstance(event, yaml.AliasEvent):
                raise YamlError(_line(event), "不支持别名（*） / aliases are not supported")
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(mark.line + 1 if mark else 1, f"不是有效的 YAML / not valid YAML: {error.problem}") from error
    except RecursionError as error:
        raise YamlError(1, "嵌套过深 / nested too deeply") from error
    except yaml.YAMLError as error:
        raise YamlError(1, "含有 YAML 不允许的字符 / not valid YAML: a character is not allowed") from error
    marks: dict[Path, int] = {(): 1}
    return (None if node is None else _value(node, (), marks)), marks


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def line_of(marks: dict[Path, int], path: Path) -> int:
    """The line of the nearest known ancestor of a path."""
    while path not in marks:
        path = path[:-1]
    return marks[path]


def _value(node: yaml.Node, path: Path, marks: dict[Path, int]) -> Any:
    if isinstance(node, yaml.MappingNode):
        out: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise YamlError(line, "键必须是文字 / a key must be plain text")
            if key.value in out:
                raise YamlError(line, f"重复的键 / duplicate key {key.value!r}")
            marks[(*path, key.value)] = line
            out[key.value] = _value(value, (*path, key.value), marks)
        return out
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            marks[(*path, number)] = item.start_mark.line + 1
        return [_value(item, (*path, number), marks) for number, item in enumerate(node.value)]
    return node.value
