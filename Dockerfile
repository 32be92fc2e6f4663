# One image for web, worker and every other command: docker build -t threadwatch .
# It writes to /data alone: docker run --read-only --cap-drop ALL -v data:/data … threadwatch
ARG PYTHON_IMAGE=python:3.11-slim@sha256:db3ff2e1800a8581e2c48a27c3995339d47bdf046da21c7627accd3d51053a93
FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# What builds the package stays here, in an environment of its own.
RUN python -m venv /build && python -m venv /venv
WORKDIR /src
# The dependencies first, so that a change to the app doesn't reinstall them.
COPY requirements.txt requirements-build.txt ./
RUN /build/bin/pip install --require-hashes -r requirements-build.txt
RUN /venv/bin/pip install --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE manifest.yml ./
COPY bot bot
COPY webhooks webhooks
COPY monitors monitors
RUN /build/bin/python -m hatchling build -t wheel -d /wheels
RUN /venv/bin/pip install --no-deps /wheels/*.whl

FROM ${PYTHON_IMAGE}
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin threadwatch \
    && install -d -m 0700 -o threadwatch -g threadwatch /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATA_DIR=/data
USER threadwatch
WORKDIR /data
VOLUME /data
EXPOSE 3000
# It finishes what is under way on SIGTERM; allow it 30 seconds.
ENTRYPOINT ["threadwatch"]
CMD ["serve"]
