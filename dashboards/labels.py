"""Names of codes on screens, Chinese and English. A code without a name stands for itself."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Lang = Literal["zh", "en"]

_NAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "occurred": ("按发案时间", "by occurrence"),
        "reported": ("按接报时间", "by report"),
        "filed": ("按立案时间", "by filing"),
        "household": ("住户", "households"),
        "resident": ("居民", "residents"),
        "parent": ("家长", "parents"),
        "pupil": ("学生", "pupils"),
        "union_member": ("工会会员", "union members"),
        "accountant": ("会计人员", "accountants"),
        "merchant": ("个体工商户", "merchants"),
        "enterprise_head": ("企业负责人", "enterprise heads"),
        "finance_staff": ("财务人员", "finance staff"),
        "county": ("全县", "county"),
        "township": ("乡镇", "township"),
        "station": ("派出所", "station"),
        "community": ("社区（村）", "community"),
        "incidents": ("警情", "incidents"),
        "publicity": ("宣传", "publicity"),
        "registry": ("登记", "registry"),
        "workflow": ("工作", "workflow"),
        "dissuaded": ("劝阻成功", "dissuaded"),
        "person": ("人", "person"),
        "high_incidence": ("高发地区", "high incidence"),
        "late_data": ("数据迟到", "late data"),
        "rejected_records": ("记录被拒", "rejected records"),
    }
)
CODES = tuple(_NAMES)


def name(code: str, lang: Lang) -> str:
    found = _NAMES.get(code)
    return code if found is None else found[0 if lang == "zh" else 1]
