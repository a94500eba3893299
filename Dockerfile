# One image for all of our services; docker-compose.yml says which command each runs.
FROM python:3.12.14-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md ./
COPY core core
COPY ingestor ingestor
COPY api api
COPY client client
COPY device-sim device-sim
COPY dashboards/keitora_dashboards dashboards/keitora_dashboards
RUN python -m venv /opt/keitora \
 && /opt/keitora/bin/pip install --no-cache-dir -c constraints.txt '.[ingestor,api,sim]'

FROM python:3.12.14-slim-bookworm
# Volumes take their owner from the image: ours for the demo's memory and for what Grafana reads (as another user),
# Mosquitto's (1883 in its own image) for the broker's.
RUN useradd --system --uid 10001 --user-group keitora \
 && install -d -m 0700 -o keitora -g keitora /var/lib/keitora \
 && install -d -m 0755 -o keitora -g keitora /var/lib/keitora-dashboards /var/lib/keitora-alerts \
 && install -d -m 0700 -o 1883 -g 1883 /mosquitto/data
COPY --from=build /opt/keitora /opt/keitora
COPY deploy/prepare.py /opt/keitora/deploy/
ENV PATH=/opt/keitora/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER keitora
CMD ["keitora", "help"]
