# A CPU image that runs `i2i` as a user without rights:
#
#   docker build --tag i2i_zoo .
#   docker run --rm --volume "$PWD:/work" --user "$(id -u):$(id -g)" i2i_zoo translate shoes/munit sketches --to shoes --out shoes
#
# There is no C++ compiler in it, so sums are not compiled, which makes training somewhat slower.

FROM python:3.12-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-slim
RUN pip install --no-cache-dir --index-url https://download.pytorch.org/whl/cpu "torch>=2.9" "torchvision>=0.24"
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir /wheels/*.whl \
    && useradd --uid 1000 --no-create-home --home-dir /tmp/i2i i2i \
    && install --directory --owner i2i /work
USER 1000
WORKDIR /work
ENV HOME=/tmp/i2i
ENTRYPOINT ["i2i"]
CMD ["--help"]
