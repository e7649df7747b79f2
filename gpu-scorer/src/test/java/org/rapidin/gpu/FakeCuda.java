package org.rapidin.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A CUDA driver without a GPU: fakecuda.cpp, compiled when it is first needed. Once it is loaded,
 * every later look-up of libcuda.so.1 in this process finds it, because that is its soname.
 */
public final class FakeCuda {
  /** The memory of a device, unless a test says otherwise. */
  public static final long CAPACITY = 256L << 20;

  private static final String FAKE = "test/cuda/fakecuda.cpp";
  private static final Path LIBRARY = compile();
  private static final SymbolLookup FUNCTIONS = SymbolLookup.libraryLookup(LIBRARY, Arena.global());

  private FakeCuda() {}

  /** Offers one device with {@link #CAPACITY} bytes and forgets what happened before. */
  public static void reset() {
    reset(1, CAPACITY);
  }

  public static void reset(int devices, long bytes) {
    call("fake_reset", devices, bytes);
  }

  static void capacity(int device, long bytes) {
    call("fake_set_capacity", device, bytes);
  }

  static void driver(int version, int computeCapability) {
    call("fake_set_driver", version, computeCapability);
  }

  /** Lets every wait for a stream take so long. */
  public static void delayMicros(long micros) {
    call("fake_set_delay", micros);
  }

  /** Lets a function fail {@code times} times, after so many calls that succeed. */
  public static void fail(String function, long after, int code, long times) {
    call("fake_fail", function, after, code, times);
  }

  /** Bytes that are allocated on a device. */
  static long used(int device) {
    return call("fake_used", device);
  }

  /** How often a function was called. */
  static long calls(String function) {
    return call("fake_calls", function);
  }

  /** Pinned buffers, streams, events and contexts that exist. */
  static long live() {
    return call("fake_live");
  }

  private static long call(String name, Object... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemoryLayout[] layouts = new MemoryLayout[arguments.length];
      Object[] values = new Object[arguments.length];
      for (int i = 0; i < arguments.length; i++) {
        layouts[i] =
            switch (arguments[i]) {
              case String text -> ADDRESS;
              case Integer number -> JAVA_INT;
              default -> JAVA_LONG;
            };
        values[i] = arguments[i] instanceof String text ? arena.allocateFrom(text) : arguments[i];
      }
      return (long)
          Linker.nativeLinker()
              .downcallHandle(
                  FUNCTIONS.findOrThrow(name), FunctionDescriptor.of(JAVA_LONG, layouts))
              .invokeWithArguments(values);
    } catch (Throwable t) {
      throw new AssertionError(name, t);
    }
  }

  private static Path compile() {
    try {
      Path sources = Path.of("src").toAbsolutePath();
      if (!Files.exists(sources.resolve(FAKE))) {
        // Another module's test.
        sources = sources.resolve("../../gpu-scorer/src").normalize();
      }
      Path directory = Files.createDirectories(Path.of("target", "fakecuda").toAbsolutePath());
      Path library = directory.resolve("libcuda.so.1");
      Path log = directory.resolve("log");
      List<String> command = new ArrayList<>(List.of("g++", "-shared", "-fPIC", "-O2"));
      // Products and sums must not be fused where the kernels do not ask for it.
      command.addAll(List.of("-std=c++17", "-march=native", "-ffp-contract=off", "-DEMULATOR"));
      command.addAll(List.of("-Wl,-soname,libcuda.so.1", "-I" + sources.resolve("main/cuda")));
      command.add("-I" + sources.resolve("test/cuda"));
      command.addAll(List.of(sources.resolve(FAKE).toString(), "-o", library.toString()));
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (process.waitFor() != 0) {
        throw new AssertionError(Files.readString(log));
      }
      return library;
    } catch (IOException absent) {
      Assumptions.abort("no g++: " + absent.getMessage());
      throw new AssertionError(absent);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns where a child process finds the library by its name. */
  public static String directory() {
    return LIBRARY.getParent().toString();
  }
}
