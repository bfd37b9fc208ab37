"""What can be imported: one table, KIND → fields, entities, event types.

A `Kind` is a row's meaning: which field names the subject, which fields a row may give, and which entities it
speaks of. An `Entity` is what the log knows under one subject: the event that first states it and the events
that change it later. Adding a kind (rosters, actions, receipts) is adding an entry to `KINDS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from services.imports.problems import InputError

FieldType = Literal["text", "code", "time", "day", "money", "count", "choice", "flag"]
Choices = Mapping[str, str]  # spelling in an export → code
ALWAYS = "2000-01-01"  # valid_from of a place that has, for all we are told, always been there
UNKNOWN = "unknown"  # township of a station registered only because an incident names it
Plain = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """`names` are the column headers that mean this field where no mapping says otherwise."""

    name: str
    type: FieldType
    names: tuple[str, ...] = ()
    required: bool = False
    default: str = ""
    choices: Choices = field(default_factory=dict)
    day_ok: bool = False  # a time whose day is what counts: a bare day is its midnight


@dataclass(frozen=True, slots=True)
class Change:
    """An event that changes `fields` of a known entity. `data`: event key → field; `time`: the first said."""

    type: str
    fields: tuple[str, ...]
    data: Plain
    time: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """`first` states the entity, with `data` (event key → field) and `fixed`; `changes` correct single
    fields.

    A dated entity has one state for each `valid_from`, and is corrected by stating that state anew. Of another, the
    first word of a source that did not state it is `joined`; `changes` say the rest, and what it corrects later.
    """

    family: str
    first: str
    data: Plain
    fixed: Plain = field(default_factory=dict)
    time: tuple[str, ...] = ("valid_from",)
    dated: bool = True
    joined: tuple[Change, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A field that names a place. Unknown ones follow the mapping's policy; `own_file` False: always
    registered,
    because no import of its own could have registered it."""

    field: str
    entity: Entity
    own_file: bool = True


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    title: str
    subject: Field
    fields: tuple[Field, ...]
    entities: tuple[Entity, ...]
    references: tuple[Reference, ...] = ()
    one_of: tuple[str, ...] = ()  # at least one of these must be said
    identities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # role in `data` → parts

    def find(self, name: str) -> Field | None:
        return next((f for f in (self.subject, *self.fields) if f.name == name), None)

    @property
    def dated(self) -> bool:
        return self.entities[0].dated


FAMILIES: Choices = MappingProxyType(
    {
        "刷单返利": "task_rebate",
        "虚假投资理财": "fake_investment",
        "虚假购物": "fake_shopping",
        "虚假购物服务": "fake_shopping",
        "冒充电商物流客服": "fake_customer_service",
        "虚假贷款": "fake_loan",
        "虚假征信": "fake_credit_repair",
        "冒充领导熟人": "impersonate_acquaintance",
        "冒充公检法": "impersonate_authority",
        "网络婚恋": "romance",
        "网络婚恋交友": "romance",
        "游戏交易": "game_trade",
        "其他": "other",
    }
)
_METHODS = {f"m{n:02d}": f"m{n:02d}" for n in range(1, 49)}
CATEGORIES: Choices = MappingProxyType({**FAMILIES, **{code: code for code in FAMILIES.values()}, **_METHODS})
STAGES: Choices = MappingProxyType(
    {
        "既遂": "completed",
        "未遂": "attempted",
        "劝阻": "dissuaded",
        "劝阻成功": "dissuaded",
        "completed": "completed",
        "attempted": "attempted",
        "dissuaded": "dissuaded",
    }
)
SEXES: Choices = MappingProxyType({"男": "male", "女": "female", "male": "male", "female": "female"})


def _same(*keys: str, **renamed: str) -> Plain:
    return MappingProxyType({**{k: k for k in keys}, **renamed})


STATION = Entity("station", "station.registered", _same("name", "township", "valid_from"))
COMMUNITY = Entity(
    "place", "place.registered", _same("name", "valid_from", parent="township"), _same(level="community")
)
TOWNSHIP = Entity("place", "place.registered", _same("name", "parent", "valid_from"), _same(level="township"))
ASSIGNMENT = Entity("assignment", "community.assigned", _same("station", "township", "valid_from"))
POPULATIONS = ("pop_actual", "pop_resident", "pop_registered", "households")
POPULATION = Entity("population", "population.recorded", _same("valid_from", *POPULATIONS))

_SAID = ("updated_at", "reported_at", "occurred_at")
PLACES = ("station", "residence_community", "work_community")
ONCE = ("unit", "sex", "age_band", "occupation", "contact")
TIMES = ("occurred_at", "reported_at")
STATED = (*TIMES, *PLACES, "category", "loss_fen", *ONCE, "stage")
INCIDENT = Entity(
    family="incident",
    first="incident.reported",
    data=_same("occurred_at", *PLACES, "unit", "category", "loss_fen", *ONCE[1:], "stage"),
    time=("reported_at", "occurred_at"),
    dated=False,
    joined=(Change("incident.stated", STATED, _same(*STATED), _SAID),),
    changes=(
        Change("incident.case_filed", ("filed_at", "case_number"), _same("case_number"), ("filed_at",)),
        Change("incident.reclassified", ("category",), _same("category"), _SAID),
        Change("incident.loss_corrected", ("loss_fen",), _same("loss_fen"), _SAID),
        Change("incident.time_corrected", TIMES, _same(*TIMES), _SAID),
        Change("incident.stage_corrected", ("stage",), _same("stage"), _SAID),
        Change("incident.funds_frozen", ("frozen_fen",), _same("frozen_fen"), _SAID),
        Change("incident.funds_returned", ("returned_fen",), _same("returned_fen"), _SAID),
        Change("incident.moved", PLACES, _same(*PLACES), _SAID),
        Change("incident.withdrawn", ("withdrawn",), _same("withdrawn"), _SAID),
        Change("incident.stated", ONCE, _same(*ONCE), _SAID),  # of these there is no correction of their own
    ),
)
# What a source means by a field of which it has never spoken, since it reported the incident.
UNSAID: Mapping[str, object] = MappingProxyType({"frozen_fen": 0, "returned_fen": 0, "withdrawn": False})

_STATION_CODE = ("派出所代码", "派出所编号", "派出所编码", "所代码")
_COMMUNITY_CODE = ("社区代码", "社区编号", "社区编码", "村代码", "社区/村代码")
_TOWNSHIP = Field("township", "code", ("乡镇", "乡镇街道", "所属乡镇", "街道", "镇"), required=True)
_FROM = ("生效日期", "启用日期", "起始日期", "统计日期")
_SINCE = Field("valid_from", "day", _FROM, required=True, default=ALWAYS)

STATIONS = Kind(
    name="stations",
    title="派出所",
    subject=Field("station", "code", (*_STATION_CODE, "代码", "编号", "code"), required=True),
    fields=(Field("name", "text", ("派出所", "派出所名称", "名称"), required=True), _TOWNSHIP, _SINCE),
    entities=(STATION,),
    references=(Reference("township", TOWNSHIP, own_file=False),),
)
COMMUNITIES = Kind(
    name="communities",
    title="社区/村",
    subject=Field("community", "code", (*_COMMUNITY_CODE, "代码", "编号", "code"), required=True),
    fields=(
        Field("name", "text", ("社区", "社区名称", "社区/村", "村", "名称"), required=True),
        _TOWNSHIP,
        Field("station", "code", (*_STATION_CODE, "派出所", "所属派出所"), required=True),
        _SINCE,
    ),
    entities=(COMMUNITY, ASSIGNMENT),
    references=(Reference("station", STATION), Reference("township", TOWNSHIP, own_file=False)),
)
POPULATION_KIND = Kind(
    name="population",
    title="人口",
    subject=Field("community", "code", (*_COMMUNITY_CODE, "社区", "社区/村", "代码", "code"), required=True),
    fields=(
        Field("valid_from", "day", _FROM, required=True),
        Field("pop_actual", "count", ("实有人口", "实有人口数")),
        Field("pop_resident", "count", ("常住人口", "常住人口数")),
        Field("pop_registered", "count", ("户籍人口", "户籍人口数")),
        Field("households", "count", ("户数", "户")),
    ),
    entities=(POPULATION,),
    references=(Reference("community", COMMUNITY),),
    one_of=POPULATIONS,
)
INCIDENTS = Kind(
    name="incidents",
    title="警情",
    subject=Field(
        "incident",
        "code",
        ("incident_id", "警情编号", "接警编号", "接警单编号", "警情号", "id"),
        required=True,
    ),
    fields=(
        Field("occurred_at", "time", ("发案时间", "案发时间", "发生时间"), required=True),
        Field("reported_at", "time", ("报案时间", "接警时间", "报警时间", "接报时间"), day_ok=True),
        Field("updated_at", "time", ("更新时间", "修改时间", "最后修改时间"), day_ok=True),
        Field("station", "code", (*_STATION_CODE, "受理派出所", "派出所", "接警单位", "受理单位"), required=True),
        Field("residence_community", "code", ("居住社区代码", "社区代码", "居住社区", "受害人社区", "社区")),
        Field("work_community", "code", ("工作社区代码", "工作社区")),
        Field("unit", "code", ("单位代码", "所属单位", "工作单位")),
        Field("category", "choice", ("类别", "诈骗类型", "案件类别", "类型"), required=True, choices=CATEGORIES),
        Field("loss_fen", "money", ("损失", "损失金额", "损失数", "涉案金额", "经济损失", "loss"), required=True),
        Field("stage", "choice", ("阶段", "既遂未遂", "既未遂"), required=True, choices=STAGES),
        Field("filed_at", "time", ("立案时间", "立案日期"), day_ok=True),
        Field("case_number", "code", ("案件编号", "立案编号", "案号")),
        Field("frozen_fen", "money", ("冻结金额", "冻结")),
        Field("returned_fen", "money", ("返还金额", "返还")),
        Field("withdrawn", "flag", ("撤案", "是否撤案")),
        Field("sex", "choice", ("性别", "受害人性别"), choices=SEXES),
        Field("age_band", "code", ("年龄段",)),
        Field("occupation", "code", ("职业",)),
        Field("contact", "code", ("联系方式类型", "接触方式", "引流方式")),
    ),
    entities=(INCIDENT,),
    references=(
        Reference("station", STATION),
        Reference("residence_community", COMMUNITY),
        Reference("work_community", COMMUNITY),
    ),
    identities=MappingProxyType({"person": ("id_number", "phone", "name"), "reporter": ("id_number", "phone", "name")}),
)

KINDS: Mapping[str, Kind] = MappingProxyType({k.name: k for k in (STATIONS, COMMUNITIES, POPULATION_KIND, INCIDENTS)})
LATER = MappingProxyType({"rosters": "花名册", "actions": "宣传", "receipts": "回执"})


def kind_of(name: str) -> Kind:
    """The kind of that name. Raises `InputError` naming those there are."""
    if name in KINDS:
        return KINDS[name]
    known = ", ".join(KINDS)
    if name in LATER:
        raise InputError(
            f"{LATER[name]}（{name}）的导入尚未提供，现有：{known} / import of {name} is not available yet; "
            f"there are: {known}"
        )
    raise InputError(f"未知的导入种类 {name!r}，现有：{known} / unknown kind {name!r}; there are: {known}")
