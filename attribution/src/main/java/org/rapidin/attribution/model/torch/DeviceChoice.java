package org.rapidin.attribution.model.torch;

import ai.djl.Device;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The device that the operator chose for gradients.
 *
 * @param name {@code cpu}; {@code cuda:0} or another number; or {@code auto}, the first CUDA device
 *     if there is one, else the CPU
 */
public record DeviceChoice(String name) {
  private static final Pattern NAMES = Pattern.compile("auto|cpu|cuda:(\\d{1,2})");

  /** The first CUDA device if there is one, else the CPU. */
  public static final DeviceChoice AUTO = new DeviceChoice("auto");

  /** The CPU. */
  public static final DeviceChoice CPU = new DeviceChoice("cpu");

  public DeviceChoice {
    if (!NAMES.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "a device is auto, cpu, or cuda: with a number such as cuda:0, got [%s]".formatted(name));
    }
  }

  /** The device that is asked for; with {@code auto} the one to try first. */
  Device device() {
    Matcher matcher = NAMES.matcher(name);
    matcher.matches();
    if (equals(CPU)) {
      return Device.cpu();
    }
    return Device.of(Device.Type.GPU, equals(AUTO) ? 0 : Integer.parseInt(matcher.group(1)));
  }
}
