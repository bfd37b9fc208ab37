# One image for every process of fanzha: console, workers, one-shot set-up. Packages are checked by their hashes.
FROM python:3.11.14-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /opt/fanzha
COPY requirements-cluster.lock ./
RUN /opt/fanzha/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-cluster.lock
COPY pyproject.toml README.md LICENSE ./
COPY schemas schemas
COPY streams streams
COPY dashboards dashboards
COPY services services
RUN /opt/fanzha/bin/pip install --no-cache-dir --disable-pip-version-check --no-index --no-deps --no-build-isolation .

FROM python:3.11.14-slim-bookworm
RUN useradd --system --uid 10001 --create-home fanzha && install -d -o fanzha -g fanzha -m 0700 /data /grafana
COPY --from=build /opt/fanzha /opt/fanzha
ENV PATH=/opt/fanzha/bin:$PATH PYTHONUNBUFFERED=1 TZ=Asia/Shanghai FANZHA_DATA=/data FANZHA_HOST=0.0.0.0
USER fanzha
WORKDIR /data
ENTRYPOINT ["fanzha"]
CMD ["up"]
