"""YAML as people may write it for us: one value per key, and every fault told with its line.

In: text. Out: plain dicts, lists and scalars. `read_yaml` raises `yaml.YAMLError` and nothing else.
"""

from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """The safe loader, which alone would let the last of two equal keys win without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"重复的键 / duplicate key {key.value!r}", key.start_mark
                    )
                seen.add((key.tag, key.value))
        return super().construct_mapping(node, deep)


def read_yaml(text: str) -> Any:
    """The value of a YAML text. Raises `yaml.YAMLError`, with the line where there is one."""
    try:
        return yaml.load(text, _Loader)
    except RecursionError as error:
        raise yaml.YAMLError("嵌套过深 / nested too deeply") from error
    except ValueError as error:  # a scalar that looks like a date or number and is none
        raise yaml.YAMLError(str(error)) from error


def faults(errors: list[Any]) -> str:
    """Pydantic's faults as one line: where, and why."""
    return "; ".join(f"{'/'.join(map(str, e['loc'])) or '(全文 / whole file)'}: {e['msg']}" for e in errors)
