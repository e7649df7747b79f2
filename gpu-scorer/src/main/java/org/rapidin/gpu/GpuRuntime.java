package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuDeviceGetCount;
import static jcuda.driver.JCudaDriver.cuDriverGetVersion;
import static jcuda.driver.JCudaDriver.cuInit;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.rapidin.gpu.GpuStats.State;

/**
 * Finds the devices once, and says whether they can be used. An error after which every call fails
 * disables them until the process restarts. Safe for many threads.
 */
final class GpuRuntime {
  // The kernels are PTX 8.0, which drivers of CUDA 12.0 and later compile.
  private static final int MIN_DRIVER = 12000;
  private static final String KERNELS = "kernels.ptx";

  private final Consumer<String> log;
  private volatile Status status = new Status(State.NOT_PROBED, "not probed yet", "", List.of());

  /**
   * What is known.
   *
   * @param reason empty if the state is READY
   * @param driver the CUDA version of the driver, or empty
   * @param devices what is open, even if it is not used any more
   */
  record Status(State state, String reason, String driver, List<GpuDevice> devices) {}

  /**
   * @param log receives a line each time when the state changes
   */
  GpuRuntime(Consumer<String> log) {
    this.log = log;
  }

  Status status() {
    return status;
  }

  /**
   * Looks for devices, unless that was done already. Takes seconds if the driver must compile the
   * kernels. Never throws: what fails is the reason.
   */
  synchronized void probe(GpuSettings settings, Predicate<GpuDevice> evictOne) {
    if (status.state != State.NOT_PROBED) {
      return;
    }
    try {
      Optional<String> problem = CudaLibrary.problem();
      status = problem.isPresent() ? disabled(problem.get(), "") : open(settings, evictOne);
    } catch (Throwable t) {
      status = disabled(reason(t), "");
    }
    log.accept(describe(status));
  }

  private static Status open(GpuSettings settings, Predicate<GpuDevice> evictOne)
      throws IOException {
    JcudaLibrary.load();
    Cuda.check(cuInit(0), "cuInit");
    int[] number = new int[1];
    Cuda.check(cuDriverGetVersion(number), "cuDriverGetVersion");
    String driver = number[0] / 1000 + "." + number[0] % 1000 / 10;
    if (number[0] < MIN_DRIVER) {
      return disabled("the driver is too old: CUDA %s, 12.0 is needed".formatted(driver), driver);
    }
    Cuda.check(cuDeviceGetCount(number), "cuDeviceGetCount");
    List<GpuDevice> devices = new ArrayList<>();
    List<String> reasons = new ArrayList<>();
    byte[] kernels = kernels();
    for (int i = 0; i < number[0]; i++) {
      try {
        devices.add(new GpuDevice(i, kernels, settings, evictOne));
      } catch (GpuException unusable) {
        reasons.add("device %s: %s".formatted(i, unusable.getMessage()));
      }
    }
    if (devices.isEmpty()) {
      return disabled(
          reasons.isEmpty() ? "the driver has no device" : String.join("; ", reasons), driver);
    }
    return new Status(State.READY, "", driver, List.copyOf(devices));
  }

  /** Returns the kernels, with the zero byte that the driver requires at the end. */
  private static byte[] kernels() throws IOException {
    try (InputStream in = GpuRuntime.class.getResourceAsStream(KERNELS)) {
      if (in == null) {
        throw new FileNotFoundException("this build has no %s".formatted(KERNELS));
      }
      byte[] text = in.readAllBytes();
      return Arrays.copyOf(text, text.length + 1);
    }
  }

  /**
   * Disables the devices if an error says that every later call fails.
   *
   * @return whether it does
   */
  synchronized boolean failed(GpuException e) {
    if (e.isSticky() && status.state == State.READY) {
      status =
          new Status(
              State.DISABLED,
              e.getMessage() + "; devices stay off until a restart",
              status.driver,
              status.devices);
      log.accept(describe(status));
    }
    return e.isSticky();
  }

  /** Stops using the devices; each is closed when nothing is on it any more. */
  synchronized void close() {
    List<GpuDevice> devices = status.devices;
    status = disabled("closed", status.driver);
    devices.forEach(GpuDevice::close);
  }

  private static Status disabled(String reason, String driver) {
    return new Status(State.DISABLED, reason, driver, List.of());
  }

  private static String reason(Throwable t) {
    String message = String.valueOf(t.getMessage()).lines().findFirst().orElse("");
    return t instanceof GpuException || t instanceof UnsatisfiedLinkError
        ? message
        : "%s: %s".formatted(t.getClass().getSimpleName(), message);
  }

  private static String describe(Status status) {
    return status.state == State.READY
        ? "GPU scoring uses %s, CUDA %s"
            .formatted(status.devices.stream().map(GpuDevice::name).toList(), status.driver)
        : "GPU scoring is off: " + status.reason;
  }
}
