# The image of compose.yaml: the locked packages, the product, and an account that owns nothing but its home.
FROM python:3.13-slim
WORKDIR /opt/pipir
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --only-binary=:all: -r requirements.lock
COPY pyproject.toml ./
COPY pipir pipir
COPY migrations migrations
COPY templates templates
RUN pip install --no-deps --no-build-isolation --no-index -e . \
    && useradd --system --create-home --home-dir /var/lib/pipir pipir
USER pipir
ENV PIPIR_HOME=/var/lib/pipir PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
CMD ["pipir", "--help"]
