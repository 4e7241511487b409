# The product: one image for web, live, worker, beat and the migration; the command says which.
FROM python:3.11-slim-bookworm AS build

WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements.txt ./
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt
COPY manage.py ./
COPY config config
COPY webhooks webhooks
COPY gateway gateway
COPY channels_out channels_out
# Nothing may write beside the source later, so its bytecode is made now.
RUN python -m compileall -q --invalidation-mode unchecked-hash .


FROM python:3.11-slim-bookworm

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data

# A new volume takes the owner of the folder that it covers.
RUN install --directory --owner=10001 --group=10001 --mode=0750 /data
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app

# A number, so that an orchestrator that refuses root can see that it is not.
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-m", "config.probe", "8000", "/livez"]
CMD ["python", "-m", "config.web", "0.0.0.0", "8000"]
