package org.rapidin.gpu;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Optional;

/**
 * Looks for the driver before any class of JCuda is touched. JCuda's native library resolves each
 * function of the driver at its first call, and a function that is missing then ends the process.
 */
final class CudaLibrary {
  private static final String NAME = "libcuda.so.1";

  /** What {@code src/main} calls, with the versions that JCuda 12.6.0 links to. */
  static final List<String> FUNCTIONS =
      List.of(
          "cuInit",
          "cuDriverGetVersion",
          "cuDeviceGetCount",
          "cuDeviceGet",
          "cuDeviceGetName",
          "cuDeviceGetAttribute",
          "cuDevicePrimaryCtxRetain",
          "cuDevicePrimaryCtxRelease_v2",
          "cuCtxSetCurrent",
          "cuModuleLoadData",
          "cuModuleGetFunction",
          "cuModuleUnload",
          "cuFuncSetAttribute",
          "cuMemGetInfo_v2",
          "cuMemAlloc_v2",
          "cuMemFree_v2",
          "cuMemAllocHost_v2",
          "cuMemFreeHost",
          "cuMemcpyHtoDAsync_v2",
          "cuMemcpyDtoHAsync_v2",
          "cuMemcpyDtoDAsync_v2",
          "cuMemsetD8Async",
          "cuStreamCreate",
          "cuStreamSynchronize",
          "cuStreamDestroy_v2",
          "cuEventCreate",
          "cuEventRecord",
          "cuEventSynchronize",
          "cuEventElapsedTime",
          "cuEventDestroy_v2",
          "cuLaunchKernel");

  private CudaLibrary() {}

  /** Returns why the driver cannot be used, or nothing. It stays loaded. */
  static Optional<String> problem() {
    SymbolLookup driver;
    try {
      driver = SymbolLookup.libraryLookup(NAME, Arena.global());
    } catch (IllegalArgumentException absent) {
      return Optional.of("no CUDA driver: %s was not found".formatted(NAME));
    }
    List<String> missing =
        FUNCTIONS.stream().filter(function -> driver.find(function).isEmpty()).toList();
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of("the CUDA driver is too old or broken: it lacks " + missing);
  }
}
