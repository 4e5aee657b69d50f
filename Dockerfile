# The production image: the portal and its locked requirements, no embedded server, no test tool.
FROM python:3.11.14-slim-bookworm

ENV COE_BOOTSTRAP=off PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/portal

# pg_dump and pg_restore of the server's version, for `manage.py backup` and `restore`: Debian's own are older, so they
# come from PostgreSQL's repository, whose key and script Debian ships.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -y --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/*

COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

COPY manage.py pyproject.toml ./
COPY coe_portal coe_portal
COPY apps apps
COPY templates templates
COPY static static
COPY worker worker

# The values are needed by no step but this one, and stay out of the image.
RUN DJANGO_SETTINGS_MODULE=coe_portal.settings.prod SECRET_KEY=build COE_ALLOWED_HOSTS=build \
    COE_TOKEN_PEPPERS=build:00000000000000000000000000000000 \
    DATABASE_URL=postgresql://build/build CELERY_BROKER_URL=redis://build \
    python manage.py collectstatic --no-input

# A fixed number, so that a folder for backups can be given to it.
RUN useradd --system --no-create-home --uid 10001 portal
USER portal
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "coe_portal.wsgi:application"]
