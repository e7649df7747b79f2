package org.rapidin.attribution.model.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.rapidin.attribution.model.file.SafetensorsBytes.entry;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsFileTests {
  @TempDir Path folder;

  @Test
  void readsWhatIsStored() throws IOException {
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + entry("b", "F32", "[2,2]", 4, 20)
            + ","
            + entry("a", "F32", "[1]", 0, 4)
            + ","
            + entry("none", "F32", "[0,3]", 20, 20)
            + ","
            + entry("scalar", "I64", "[]", 20, 28)
            + "} ";
    byte[] data = new byte[28];
    ByteBuffer.wrap(data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(7)
        .putFloat(1)
        .putFloat(-2)
        .putFloat(3.5f)
        .putFloat(Float.MIN_VALUE)
        .putLong(42);
    try (SafetensorsFile file = open(SafetensorsBytes.of(header, data))) {
      assertEquals(List.of("a", "b", "none", "scalar"), List.copyOf(file.names()));
      assertEquals(Map.of("format", "pt"), file.metadata());
      assertArrayEquals(new long[] {2, 2}, file.info("b").shape());
      assertArrayEquals(new float[] {7}, floats(file, "a", 0, 1));
      assertArrayEquals(new float[] {1, -2, 3.5f, Float.MIN_VALUE}, floats(file, "b", 0, 4));
      assertArrayEquals(new float[] {-2, 3.5f}, floats(file, "b", 1, 2));
      assertEquals(0, file.info("none").elements());
      assertEquals(1, file.info("scalar").elements());
      assertThrows(IndexOutOfBoundsException.class, () -> floats(file, "b", 3, 2));
      assertThrows(IllegalArgumentException.class, () -> file.info("c"));
    }
  }

  /** All 65,536 bit patterns of both half-precision types, against their definitions. */
  @Test
  void convertsEveryHalfPrecisionNumber() throws IOException {
    byte[] data = new byte[4 << 16];
    ByteBuffer buffer = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    for (int copy = 0; copy < 2; copy++) {
      for (int bits = 0; bits < 1 << 16; bits++) {
        buffer.putShort((short) bits);
      }
    }
    String header =
        "{%s,%s}"
            .formatted(
                entry("half", "F16", "[65536]", 0, 2 << 16),
                entry("brain", "BF16", "[65536]", 2 << 16, 4 << 16));
    try (SafetensorsFile file = open(SafetensorsBytes.of(header, data))) {
      float[] half = floats(file, "half", 0, 1 << 16);
      float[] brain = floats(file, "brain", 0, 1 << 16);
      for (int bits = 0; bits < 1 << 16; bits++) {
        assertEquals(value(bits, 5, 10), half[bits], "F16 " + bits);
        assertEquals(value(bits, 8, 7), brain[bits], "BF16 " + bits);
      }
    }
  }

  /** Sign, exponent and fraction, spelled out. */
  private static float value(int bits, int exponentBits, int fractionBits) {
    int fraction = bits & (1 << fractionBits) - 1;
    int exponent = bits >> fractionBits & (1 << exponentBits) - 1;
    double sign = bits >> 15 == 0 ? 1 : -1;
    int bias = (1 << exponentBits - 1) - 1;
    if (exponent == (1 << exponentBits) - 1) {
      return fraction == 0 ? (float) (sign * Double.POSITIVE_INFINITY) : Float.NaN;
    }
    double significand = fraction / (double) (1 << fractionBits) + (exponent == 0 ? 0 : 1);
    return (float) (sign * significand * Math.pow(2, Math.max(exponent, 1) - bias));
  }

  @Test
  void refusesByNameToReadWhatIsNoWeight() throws IOException {
    String header = "{" + entry("ids", "I64", "[1]", 0, 8) + "}";
    try (SafetensorsFile file = open(SafetensorsBytes.of(header, new byte[8]))) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> floats(file, "ids", 0, 1));
      assertEquals("tensor [ids] has type I64; weights must be F32, F16 or BF16", e.getMessage());
    }
  }

  static Stream<Arguments> malformed() {
    byte[] none = {};
    byte[] eight = new byte[8];
    String good = "{" + entry("a", "F32", "[2]", 0, 8) + "}";
    byte[] json = good.getBytes(StandardCharsets.UTF_8);
    return Stream.of(
        Arguments.of("it has 0 bytes", none),
        Arguments.of("it has 7 bytes", new byte[7]),
        Arguments.of("9223372036854775808 bytes", withLength(Long.MIN_VALUE, json, eight)),
        Arguments.of("18446744073709551615 bytes", withLength(-1, json, eight)),
        Arguments.of("9223372036854775807 bytes", withLength(Long.MAX_VALUE, json, eight)),
        Arguments.of("are possible", withLength(json.length + 9, json, eight)),
        Arguments.of("does not begin with '{'", withLength(0, none, none)),
        Arguments.of("does not begin with '{'", SafetensorsBytes.of(" " + good, eight)),
        Arguments.of("does not begin with '{'", SafetensorsBytes.of("[]", none)),
        Arguments.of("not valid JSON", SafetensorsBytes.of("{", none)),
        Arguments.of("not valid JSON", withLength(json.length - 1, json, eight)),
        Arguments.of("goes on after", SafetensorsBytes.of(good + "{}", eight)),
        Arguments.of("not valid JSON", SafetensorsBytes.of("{\"a\":{\"dtype\":}", none)),
        Arguments.of(
            "Duplicate",
            SafetensorsBytes.of(
                "{%s,%s}".formatted(entry("a", "F32", "[1]", 0, 4), entry("a", "F32", "[1]", 4, 8)),
                eight)),
        Arguments.of(
            "Duplicate",
            SafetensorsBytes.of(
                "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"," + good.substring(20), eight)),
        Arguments.of("unknown key", SafetensorsBytes.of("{\"a\":".repeat(10_000), none)),
        Arguments.of("belongs", SafetensorsBytes.of("{\"a\":[]}", none)),
        Arguments.of("belongs", SafetensorsBytes.of("{\"__metadata__\":{\"a\":{}}}", none)),
        Arguments.of("needs dtype", SafetensorsBytes.of("{\"a\":{}}", none)),
        Arguments.of("unknown key", SafetensorsBytes.of("{\"a\":{\"strides\":[1]}}", none)),
        Arguments.of("unknown dtype [Q8]", header(entry("a", "Q8", "[2]", 0, 8), 8)),
        Arguments.of("needs 8 bytes", header(entry("a", "F32", "[2]", 0, 4), 4)),
        Arguments.of("needs 16 bytes", header(entry("a", "F64", "[2]", 0, 8), 8)),
        Arguments.of("negative dimension", header(entry("a", "F32", "[-1,-2]", 0, 8), 8)),
        Arguments.of(
            "impossible shape", header(entry("a", "F32", "[4294967296,4294967296]", 0, 0), 0)),
        // 2^62 · 4 bytes wraps to 0
        Arguments.of(
            "impossible shape", header(entry("a", "F32", "[4611686018427387904]", 0, 0), 0)),
        Arguments.of("not a range", header(entry("a", "F32", "[2]", 8, 0), 8)),
        Arguments.of("not a range", header(entry("a", "F32", "[2]", -8, 0), 8)),
        Arguments.of(
            "not valid JSON", header(entry("a", "F32", "[99999999999999999999]", 0, 8), 8)),
        Arguments.of("at most 8 integers", header(entry("a", "F32", "[1.5]", 0, 8), 8)),
        Arguments.of("at most 8 integers", header(entry("a", "F32", "[\"2\"]", 0, 8), 8)),
        Arguments.of(
            "at most 8 integers", header(entry("a", "F32", "[1,1,1,1,1,1,1,1,2]", 0, 8), 8)),
        Arguments.of(
            "inside the one before",
            header(entry("a", "F32", "[2]", 0, 8) + "," + entry("b", "F32", "[2]", 4, 12), 12)),
        Arguments.of(
            "after a hole",
            header(entry("a", "F32", "[1]", 0, 4) + "," + entry("b", "F32", "[1]", 8, 12), 12)),
        Arguments.of("after a hole", header(entry("a", "F32", "[1]", 4, 8), 8)),
        Arguments.of("end at 8 but the file has 9", header(entry("a", "F32", "[2]", 0, 8), 9)),
        Arguments.of("end at 8 but the file has 7", header(entry("a", "F32", "[2]", 0, 8), 7)),
        Arguments.of("end at 0 but the file has 1", header("", 1)));
  }

  private static byte[] withLength(long length, byte[] json, byte[] data) {
    return SafetensorsBytes.withLength(length, json, data);
  }

  private static byte[] header(String entries, int dataBytes) {
    return SafetensorsBytes.of("{" + entries + "}", new byte[dataBytes]);
  }

  /** A slow machine may need another try for 10 ms, what is allocated is the same each time. */
  @ParameterizedTest
  @MethodSource("malformed")
  void row49RefusesMalformedFilesQuicklyInLittleMemoryAndSaysWhy(String reason, byte[] bytes) {
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long fastest = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      long allocated = thread.getCurrentThreadAllocatedBytes();
      long start = System.nanoTime();
      IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> open(bytes));
      fastest = Math.min(fastest, System.nanoTime() - start);
      assertTrue(thread.getCurrentThreadAllocatedBytes() - allocated < 50_000_000);
      assertTrue(
          e.getMessage().startsWith("model.safetensors is not a valid safetensors file: "),
          e.getMessage());
      assertTrue(e.getMessage().contains(reason), e.getMessage());
      assertTrue(e.getMessage().length() < 400, "one sentence");
    }
    assertTrue(fastest < 10_000_000, fastest + " ns");
  }

  @Test
  void refusesAHeaderOfMoreThan25Megabytes() {
    byte[] json = ("{\"a\":\"" + "x".repeat(25_000_001) + "\"}").getBytes(StandardCharsets.UTF_8);
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class, () -> open(withLength(json.length, json, new byte[0])));
    assertTrue(e.getMessage().contains("at most 25000000"), e.getMessage());
  }

  /** Whatever bytes are damaged, the file is refused in words or read; nothing else happens. */
  @Test
  void row48SurvivesDamageAnywhereInTheHeader() throws IOException {
    String entries = entry("a", "F32", "[2,2]", 0, 16) + "," + entry("b", "BF16", "[3]", 16, 22);
    byte[] good = header(entries, 22);
    Random random = new Random(48);
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] bad = good.clone();
      for (int flips = random.nextInt(3); flips >= 0; flips--) {
        bad[random.nextInt(bad.length - 22)] = (byte) random.nextInt(256);
      }
      byte[] cut = random.nextInt(4) == 0 ? Arrays.copyOf(bad, random.nextInt(bad.length)) : bad;
      try (SafetensorsFile file = open(cut)) {
        file.names().forEach(name -> file.read(name, MemorySegment::byteSize));
      } catch (IllegalArgumentException e) {
        refused++;
      }
    }
    assertTrue(refused > 1000, "only " + refused + " refused");
  }

  private SafetensorsFile open(byte[] bytes) throws IOException {
    Path file = folder.resolve("model.safetensors");
    Files.write(file, bytes);
    return SafetensorsFile.open(file);
  }

  private static float[] floats(TensorSource file, String name, long from, int count) {
    float[] values = new float[count];
    file.readFloats(name, from, MemorySegment.ofArray(values));
    return values;
  }
}
