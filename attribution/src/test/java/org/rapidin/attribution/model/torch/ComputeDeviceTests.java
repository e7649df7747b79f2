package org.rapidin.attribution.model.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.Device;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.ModelUnavailableException;

class ComputeDeviceTests {
  private static final Function<Device, Optional<String>> ONE_GPU =
      device ->
          device.equals(Device.gpu(0)) ? Optional.empty() : Optional.of("invalid device ordinal");

  private static final Function<Device, Optional<String>> NO_GPU =
      device -> Optional.of("this libtorch has no CUDA");

  private static ComputeDevice choose(String name, Function<Device, Optional<String>> fault) {
    return ComputeDevice.choose(new DeviceChoice(name), "cu128", fault);
  }

  @ParameterizedTest
  @CsvSource({
    "auto,cuda:0,auto: the first CUDA device",
    "cpu,cpu,as configured",
    "cuda:0,cuda:0,as configured"
  })
  void takesTheDeviceThatIsThere(String choice, String device, String reason) {
    ComputeDevice chosen = choose(choice, ONE_GPU);
    assertEquals(device, chosen.name());
    assertEquals(reason, chosen.reason());
  }

  @Test
  void autoTakesTheCpuWhereThereIsNoDevice() {
    ComputeDevice chosen = choose("auto", NO_GPU);
    assertEquals("cpu", chosen.name());
    assertEquals("auto: this libtorch has no CUDA", chosen.reason());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuda:1", "cuda:12"})
  void aDeviceThatWasNamedAndIsNotThereIsRefused(String choice) {
    ModelUnavailableException refusal =
        assertThrows(ModelUnavailableException.class, () -> choose(choice, ONE_GPU));
    assertEquals(
        "device %s cannot be used: invalid device ordinal".formatted(choice), refusal.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "gpu", "cuda", "cuda:", "cuda:-1", "CPU", "cuda:0,cuda:1"})
  void otherNamesAreRefused(String name) {
    assertThrows(IllegalArgumentException.class, () -> new DeviceChoice(name));
  }
}
