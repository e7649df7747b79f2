#!/usr/bin/env bash
# Compiles kernels.cu to the PTX that the scorer loads. Needs nvcc 13.0.
# PTX for compute capability 8.0 runs on every later device. Nothing in it is newer than PTX 8.0,
# which drivers from version 525 on accept, so it is labelled as that.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
nvcc -O3 -ptx -arch=compute_80 -o "${1:-../resources/org/rapidin/gpu/kernels.ptx}" kernels.cu
sed -i 's/^\.version .*/.version 8.0/' "${1:-../resources/org/rapidin/gpu/kernels.ptx}"
