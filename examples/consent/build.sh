#!/bin/sh
# Fill build/ with the function and the library for subscribers, as Lambda needs them (python3.13, arm64).
set -eu
cd "$(dirname "$0")"
rm -rf build
python3 -m pip install --quiet --target build --platform manylinux2014_aarch64 --python-version 3.13 \
    --implementation cp --only-binary=:all: "pydantic>=2.7,<3"
python3 -m pip install --quiet --target build --no-deps ../../subscriber
rm -rf ../../subscriber/build ../../subscriber/*.egg-info  # which setuptools leaves
cp consent_list.py build/
