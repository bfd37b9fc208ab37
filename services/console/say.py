"""Words, moments and ages in the language and the time zone of a screen."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.labels import Lang


@dataclass(frozen=True, slots=True)
class Say:
    lang: Lang
    zone: ZoneInfo

    def t(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def count(self, value: int | None) -> str:
        return formats.count(value)

    def moment(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")

    def age(self, seconds: float) -> str:
        """In the largest whole unit."""
        for size, zh, en in ((86400, "天前", "days ago"), (3600, "小时前", "h ago"), (60, "分钟前", "min ago")):
            if seconds >= size:
                return f"{int(seconds // size)} {self.t(zh, en)}"
        return f"{int(seconds)} {self.t('秒前', 's ago')}"
