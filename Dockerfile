# The production image: the portal and its locked requirements, no embedded server, no test tool.
FROM python:3.11-slim

ENV COE_BOOTSTRAP=off PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv/portal

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
    DATABASE_URL=postgresql://build/build CELERY_BROKER_URL=redis://build \
    COE_TOKEN_PEPPERS=build:no-token-is-made-while-the-image-is-built \
    python manage.py collectstatic --no-input

RUN useradd --system --no-create-home portal
USER portal
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "coe_portal.wsgi:application"]
