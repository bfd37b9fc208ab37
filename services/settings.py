"""All settings, in one frozen object; nothing else reads the environment.

Every field is the environment variable FANZHA_<FIELD> and, where the command line has it, an option.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas import PlanError, read_plan
from schemas.plan import default_text


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="FANZHA_", frozen=True, extra="ignore")

    data: Path = Field(Path("fanzha-data"), description="数据目录 / data folder")
    plan: Path | None = Field(
        None, description="尚未启用方案的目录用的方案文件 / plan file of a folder that has adopted none"
    )
    lang: Literal["zh", "en"] = Field("zh", description="界面语言 / language")
    verbose: bool = Field(False, description="出错时给出调用栈 / tracebacks")
    log: Literal["sqlite", "kafka"] = Field("sqlite", description="事件日志 / event log adapter")
    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka 地址，逗号分隔 / brokers, host:port")
    kafka_user: str = Field("", description="Kafka 用户，空为不认证 / user; empty: nobody is authenticated")
    kafka_password_file: Path | None = Field(None, description="存放口令的文件 / file with the password")
    kafka_ca_file: str = Field("", description="证书机构文件，设置后用 TLS / certificate authority; with it TLS")
    kafka_grants: str = Field(
        "", description="授权：角色=用户，如 api=a,ingest=b；由 migrate 执行 / role=user pairs that migrate grants"
    )
    kafka_replication: int = Field(1, ge=1, le=9, description="主题的副本数 / replicas of new topics")
    kafka_session: int = Field(
        30,
        ge=6,
        le=300,
        description="失联多少秒后由其他工作进程接手 / seconds until others take over from a worker",
    )
    kafka_prefix: str = Field("", description="主题名的前缀 / prefix of topic names")
    warehouse: Literal["chdb", "clickhouse"] = Field("chdb", description="数据仓库 / warehouse adapter")
    clickhouse_address: str = Field("127.0.0.1:9000", description="ClickHouse 地址 / native protocol, host:port")
    clickhouse_user: str = Field("default", description="ClickHouse 用户 / user")
    clickhouse_password_file: Path | None = Field(None, description="存放口令的文件 / file with the password")
    clickhouse_ca_file: str = Field("", description="证书机构文件，设置后用 TLS / certificate authority; with it TLS")
    clickhouse_database: str = Field("fanzha", pattern=r"^\w+$", description="数据库 / database")
    clickhouse_cluster: str = Field(
        "",
        pattern=r"^\w*$",
        description="ClickHouse 集群名，设置后各表多副本 / cluster; tables are replicated",
    )
    follow: Literal["auto", "yes", "no"] = Field(
        "auto", description="由本进程处理事件，或由工作进程处理 / this process moves the figures, or workers do"
    )
    instance: str = Field(
        "", pattern=r"^[\w.-]*$", description="工作进程的名字，默认主机名 / name of a worker; the host's"
    )
    metrics_port: int = Field(
        8191, ge=0, le=65535, description="工作进程的健康与指标端口 / health and metrics of a worker"
    )
    alert_every: float = Field(10.0, ge=0.1, description="每隔多少秒检查预警 / seconds between two looks of the rules")
    serve: Literal["all", "api", "console"] = Field(
        "all", description="up 提供什么：接口与界面，或只有其一 / what up serves: interface and screen, or one of them"
    )
    host: str = Field("127.0.0.1", description="监听地址 / address to listen on")
    port: int = Field(8190, ge=0, le=65535, description="监听端口，0 为任选 / port, 0 picks a free one")
    round_every: float = Field(0.4, ge=0.05, le=60, description="两次统计之间的秒数 / seconds between rounds")
    batch: int = Field(40_000, ge=1, le=200_000, description="一批最多读多少条 / records read at once")
    actor: str = Field("office", min_length=1, max_length=64, description="未写明时的录入人 / who entered, by default")
    cache: Path = Field(
        Path("~/.cache/fanzha"), description="缓存目录，存放 dev-cluster 的 Kafka / cache: Kafka of dev-cluster"
    )
    seed: int = Field(421222, description="演示数据的种子 / seed of the simulator")
    demo_months: int = Field(14, ge=1, le=120, description="演示历史的月数 / months of demo history")
    demo_rate: float = Field(1.0, ge=0, le=1000, description="演示中每秒新事件数 / live demo events a second")

    def as_variables(self) -> list[str]:
        """What differs from the defaults, as `NAME=value`, for a process started under the same settings."""
        said = self.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        return [f"FANZHA_{name.upper()}={value}" for name, value in said.items()]


def plan_text(settings: Settings) -> str:
    """The plan of a folder that has none yet: the one the settings name, or the shipped one. Raises `PlanError`."""
    if settings.plan is None:
        return default_text()
    text = read_file(settings.plan)
    read_plan(text, str(settings.plan))
    return text


def another_plan(file: Path, plan: str, version: str) -> PlanError:
    return PlanError(
        f"此目录按日志中的方案 {plan} {version} 统计，与 {file} 不同：不写 --plan 即用日志中的；要改用此文件，"
        f"请运行 fanzha plan adopt {file} / figures count under the plan in the log, which is another one"
    )


def read_file(file: Path) -> str:
    """Raises `PlanError`."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"无法读取方案文件 / cannot read the plan file {file}: {error}") from error
