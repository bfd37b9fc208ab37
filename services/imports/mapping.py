"""The mapping file as a value: how the columns of somebody's export become the fields of a kind.

Models only; every scalar of the file arrives as text. Reading a file, with the line of each fault, is
`check.py`; applying a mapping to rows is `convert.py`.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from services.imports.kinds import ALWAYS
from services.imports.values import ABSENT

Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Texts = Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]
Encoding = Literal["auto", "utf-8", "gb18030"]
Unit = Literal["fen", "分", "元", "yuan", "万元", "wan", "header"]
_ENCODINGS = {"utf8": "utf-8", "utf-8-sig": "utf-8", "gbk": "gb18030", "gb2312": "gb18030"}
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class FileForm(Part):
    """The form of the file. `header_row` counts physical lines, or rows of the sheet, from 1; without it the row
    that holds most of the wanted columns is the header. `sheets`: those of that header, `all`, or those named.
    """

    encoding: Encoding = "auto"
    delimiter: str = "auto"
    header_row: Annotated[int, Field(strict=False, ge=1, le=1000)] | None = None
    header_rows: Annotated[int, Field(strict=False, ge=1, le=5)] | None = None
    sheets: Literal["all"] | Texts | None = None

    @model_validator(mode="before")
    @classmethod
    def _sheet(cls, value: Any) -> Any:
        """`sheet: 警情` is one of `sheets`, and one name is a list of one."""
        if isinstance(value, dict) and "sheet" in value and "sheets" not in value:
            value = {("sheets" if key == "sheet" else key): said for key, said in value.items()}
        if isinstance(value, dict) and isinstance(named := value.get("sheets"), str) and named != "all":
            value = {**value, "sheets": [named]}
        return value

    @field_validator("encoding", mode="before")
    @classmethod
    def _alias(cls, value: Any) -> Any:
        return _ENCODINGS.get(value.lower(), value.lower()) if isinstance(value, str) else value

    @field_validator("delimiter")
    @classmethod
    def _one(cls, value: str) -> str:
        value = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";"}.get(value, value)
        if value != "auto" and (len(value) != 1 or value in '"\r\n'):
            raise ValueError("须为单个字符、tab 或 auto / must be one character, tab or auto")
        return value


class FieldRule(Part):
    """Where a field comes from (exactly one of `column`, `columns`, `constant`, `template`) and how it is read.

    `map` replaces whole values; `default` stands for an empty cell and, beside a `map`, for every value not in it.
    `unit: header` is the unit that the column's own heading names. `range`: which end of a range in one cell.
    """

    column: Text | None = None
    columns: Texts | None = None
    constant: Text | None = None
    template: Text | None = None
    join: str = " "
    map: dict[str, Text] | None = None
    default: Text | None = None
    format: Text | None = None
    range: Literal["start", "end"] | None = None
    time_zone: Text | None = None
    unit: Unit | None = None
    thousands: Literal[",", ".", " "] | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"column": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_origin(self) -> "FieldRule":
        origins = (self.column, self.columns, self.constant, self.template)
        if sum(origin is not None for origin in origins) != 1:
            raise ValueError(
                "column、columns、constant、template 须恰有一个 / exactly one of column, columns, constant, template"
            )
        if self.constant is not None and (self.map is not None or self.default is not None):
            raise ValueError("constant 不需要 map 或 default / a constant needs no map and no default")
        return self

    @property
    def uses(self) -> tuple[str, ...]:
        """The columns this rule reads."""
        if self.column is not None:
            return (self.column,)
        return self.columns or placeholders(self.template or "")


class IdRule(Part):
    """The subject of a row: a template over columns, or the row's content and its occurrence number.

    `content` is `mapped` (every column that a field uses) or a list of columns. Identity columns are never
    part of it: a digest of an identity would be one more way to store it.
    """

    template: Text | None = None
    content: Literal["mapped"] | Texts | None = None
    prefix: Annotated[str, StringConstraints(max_length=28)] = ""  # 28 + 36 characters of digest = 64

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"template": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_origin(self) -> "IdRule":
        if (self.template is None) == (self.content is None):
            raise ValueError("template 与 content 须恰有一个 / exactly one of template and content")
        if self.prefix and self.template is not None:
            raise ValueError("prefix 只用于 content；模板中请直接写出 / prefix is for content; put it in the template")
        return self

    @property
    def uses(self) -> tuple[str, ...]:
        if self.template is not None:
            return placeholders(self.template)
        return self.content if isinstance(self.content, tuple) else ()


class Unregistered(Part):
    """What becomes of a place that is not registered; the rest is what a registered one is given."""

    policy: Literal["reject", "register"] = "reject"
    township: Code | None = None
    parent: Code | None = None
    valid_from: str = ALWAYS

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"policy": value} if isinstance(value, str) else value


class Full(Part):
    """The file holds all that its source has whose `field` is of the days from `from` to `until`, both of them in."""

    field: Text
    from_: Text = Field(alias="from")
    until: Text


class ImportMapping(Part):
    kind: str | None = None
    source: Text | None = None
    file: FileForm = FileForm()
    time_zone: Text | None = None
    aliases: dict[str, Texts] = {}
    optional: Texts = ()
    absent: Annotated[tuple[str, ...], Field(strict=False)] = ABSENT
    id: IdRule
    where: dict[str, Texts] = {}
    where_not: dict[str, Texts] = {}
    unregistered: Unregistered = Unregistered()
    full: Full | None = None
    fields: dict[str, FieldRule]
    identities: dict[str, dict[str, Text]] = {}

    @property
    def uses(self) -> tuple[str, ...]:
        """Every column an id from content rests on, in the mapping's order: identities and `where_not` are none."""
        named = [*self.id.uses, *self.where, *(c for rule in self.fields.values() for c in rule.uses)]
        return tuple(dict.fromkeys(named))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the mapping names."""
        return tuple(dict.fromkeys((*self.uses, *self.where_not, *sorted(self.identity_columns))))

    @property
    def identity_columns(self) -> frozenset[str]:
        return frozenset(column for parts in self.identities.values() for column in parts.values())


def placeholders(template: str) -> tuple[str, ...]:
    """The columns a template names: `sf-{PdId}` → `PdId`."""
    return tuple(_PLACEHOLDER.findall(template))


def pieces(template: str) -> tuple[str, ...]:
    """Literals and columns in turn, from literal to literal: `sf-{PdId}` → `sf-`, `PdId`, nothing."""
    return tuple(_PLACEHOLDER.split(template))
