"""All settings, in one frozen object; nothing else reads the environment.

Every field is the environment variable FANZHA_<FIELD> and, where the command line has it, an option.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FANZHA_", frozen=True, extra="ignore")

    data: Path = Field(Path("fanzha-data"), description="数据目录 / data folder")
    plan: Path | None = Field(None, description="工作方案文件 / campaign plan file; default: the shipped one")
    lang: Literal["zh", "en"] = Field("zh", description="界面语言 / language")
    verbose: bool = Field(False, description="出错时给出调用栈 / tracebacks")
    log: Literal["sqlite"] = Field("sqlite", description="事件日志 / event log adapter")
    warehouse: Literal["chdb"] = Field("chdb", description="数据仓库 / warehouse adapter")
    host: str = Field("127.0.0.1", description="监听地址 / address to listen on")
    port: int = Field(8190, ge=0, le=65535, description="监听端口，0 为任选 / port, 0 picks a free one")
    round_every: float = Field(0.5, ge=0.05, le=60, description="两次统计之间的秒数 / seconds between rounds")
    batch: int = Field(20_000, ge=1, le=200_000, description="一批最多读多少条 / records read at once")
    actor: str = Field("office", min_length=1, max_length=64, description="未写明时的录入人 / who entered, by default")
    seed: int = Field(421222, description="演示数据的种子 / seed of the simulator")
    demo_months: int = Field(14, ge=1, le=120, description="演示历史的月数 / months of demo history")
    demo_rate: float = Field(1.0, ge=0, le=1000, description="演示中每秒新事件数 / live demo events a second")
