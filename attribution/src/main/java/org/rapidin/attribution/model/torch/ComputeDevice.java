package org.rapidin.attribution.model.torch;

import ai.djl.Device;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.rapidin.attribution.ModelUnavailableException;

/**
 * The device that gradients are computed on.
 *
 * @param device as DJL names it
 * @param flavor of libtorch: {@code cpu}, or the CUDA version that it was built for
 * @param reason why it is this device
 */
public record ComputeDevice(Device device, String flavor, String reason) {
  public ComputeDevice {
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(flavor, "flavor");
    Objects.requireNonNull(reason, "reason");
  }

  /** {@code cpu}, or {@code cuda:} with a number. */
  public String name() {
    return name(device);
  }

  private static String name(Device device) {
    return device.isGpu() ? "cuda:" + device.getDeviceId() : "cpu";
  }

  /**
   * Finds the device for a choice.
   *
   * @param flavor of libtorch
   * @param fault tries a device out; says why it cannot be used, or nothing if it can
   * @throws ModelUnavailableException if a device that was named cannot be used; says why
   */
  static ComputeDevice choose(
      DeviceChoice choice, String flavor, Function<Device, Optional<String>> fault) {
    Device wanted = choice.device();
    Optional<String> why = wanted.isGpu() ? fault.apply(wanted) : Optional.empty();
    if (choice.equals(DeviceChoice.AUTO)) {
      return why.map(text -> new ComputeDevice(Device.cpu(), flavor, "auto: " + text))
          .orElseGet(() -> new ComputeDevice(wanted, flavor, "auto: the first CUDA device"));
    }
    if (why.isPresent()) {
      throw new ModelUnavailableException(
          "device %s cannot be used: %s".formatted(choice.name(), why.get()));
    }
    return new ComputeDevice(wanted, flavor, "as configured");
  }
}
