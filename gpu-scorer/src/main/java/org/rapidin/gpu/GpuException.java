package org.rapidin.gpu;

import jcuda.driver.CUresult;

/** Says why a device cannot do something; the CPU does it then. */
public final class GpuException extends RuntimeException {
  private final Fallback fallback;
  private final int code;

  GpuException(Fallback fallback, String message) {
    super(message);
    this.fallback = fallback;
    this.code = CUresult.CUDA_SUCCESS;
  }

  /** A call of the driver failed with a code of CUresult. */
  GpuException(String call, int code) {
    super("%s failed: %s%s".formatted(call, CUresult.stringFor(code), hint(code)));
    this.fallback =
        code == CUresult.CUDA_ERROR_OUT_OF_MEMORY ? Fallback.OUT_OF_MEMORY : Fallback.DEVICE_ERROR;
    this.code = code;
  }

  private static String hint(int code) {
    return code == CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION
        ? ", the driver is too old for the kernels"
        : "";
  }

  Fallback fallback() {
    return fallback;
  }

  boolean isOutOfMemory() {
    return fallback == Fallback.OUT_OF_MEMORY;
  }

  /** Returns whether every later call of the process fails too. */
  boolean isSticky() {
    return switch (code) {
      case CUresult.CUDA_ERROR_ILLEGAL_ADDRESS,
          CUresult.CUDA_ERROR_LAUNCH_TIMEOUT,
          CUresult.CUDA_ERROR_CONTEXT_IS_DESTROYED,
          CUresult.CUDA_ERROR_HARDWARE_STACK_ERROR,
          CUresult.CUDA_ERROR_ILLEGAL_INSTRUCTION,
          CUresult.CUDA_ERROR_MISALIGNED_ADDRESS,
          CUresult.CUDA_ERROR_INVALID_ADDRESS_SPACE,
          CUresult.CUDA_ERROR_INVALID_PC,
          CUresult.CUDA_ERROR_LAUNCH_FAILED,
          CUresult.CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE,
          CUresult.CUDA_ERROR_UNKNOWN ->
          true;
      default -> false;
    };
  }
}
