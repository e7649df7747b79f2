package org.rapidin.attribution.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Malloc belongs to the process, so each setting is tried in a separate process. */
class NativeAllocatorTests {
  private static final long BLOCK_BYTES = 3L << 20;
  private static final int BLOCKS = 64;
  private static final int PASSES = 4;

  /** The end of an arena that is not the first stays, at most one heap of it. */
  private static final long KEPT_BYTES = 64L << 20;

  /** Takes and frees blocks as one pass after another does, and prints what it cost. */
  public static final class Child {
    private Child() {}

    /**
     * @param args whether to tune malloc
     */
    public static void main(String[] args) throws Throwable {
      Optional<NativeAllocator> allocator =
          Boolean.parseBoolean(args[0]) ? Optional.of(NativeAllocator.tune()) : Optional.empty();
      Thread worker =
          new Thread(
              () -> {
                try {
                  passes(allocator);
                } catch (Throwable e) {
                  throw new IllegalStateException(e);
                }
              });
      worker.start();
      worker.join();
    }

    private static void passes(Optional<NativeAllocator> allocator) throws Throwable {
      touchAndFree();
      long faults = minorFaults();
      for (int i = 0; i < PASSES; i++) {
        touchAndFree();
      }
      System.out.println("faults " + (minorFaults() - faults));
      long resident = residentBytes();
      boolean trimmed = allocator.map(NativeAllocator::trim).orElse(false);
      System.out.println("returned " + (resident - residentBytes()));
      System.out.println("trimmed " + (trimmed ? 1 : 0));
      System.out.println(
          "tuned " + (allocator.map(a -> a.state().equals("tuned")).orElse(false) ? 1 : 0));
    }

    private static void touchAndFree() throws Throwable {
      MethodHandle free =
          Linker.nativeLinker()
              .downcallHandle(symbol("free"), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
      List<MemorySegment> blocks = new ArrayList<>();
      for (int i = 0; i < BLOCKS; i++) {
        MemorySegment block = (MemorySegment) handle("malloc").invokeExact(BLOCK_BYTES);
        block.reinterpret(BLOCK_BYTES).fill((byte) 1);
        blocks.add(block);
      }
      for (MemorySegment block : blocks) {
        free.invokeExact(block);
      }
    }

    private static MethodHandle handle(String name) {
      return Linker.nativeLinker()
          .downcallHandle(
              symbol(name), FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    }

    private static MemorySegment symbol(String name) {
      return Linker.nativeLinker().defaultLookup().find(name).orElseThrow();
    }

    private static long minorFaults() throws Exception {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      return Long.parseLong(stat.substring(stat.lastIndexOf(')')).split(" ")[8]);
    }

    private static long residentBytes() throws Exception {
      return Long.parseLong(Files.readString(Path.of("/proc/self/statm")).split(" ")[1]) * 4096;
    }
  }

  private static Map<String, Long> run(boolean tuned) throws Exception {
    List<String> command = new ArrayList<>();
    Collections.addAll(
        command,
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx64m",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        Child.class.getName(),
        Boolean.toString(tuned));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    Map<String, Long> values = new TreeMap<>();
    output
        .lines()
        .map(line -> line.split(" "))
        .forEach(words -> values.put(words[0], Long.parseLong(words[1])));
    return values;
  }

  @Test
  void aTunedAllocatorKeepsMemoryForTheNextPassAndReturnsItWhenTrimmed() throws Exception {
    Map<String, Long> plain = run(false);
    Map<String, Long> tuned = run(true);
    long pages = PASSES * BLOCKS * BLOCK_BYTES / 4096;
    // How much glibc keeps by itself depends on what is behind the last block.
    assertTrue(plain.get("faults") > 10 * tuned.get("faults"), plain + " and " + tuned);
    assertTrue(tuned.get("faults") < pages / 10, "tuned: " + tuned);
    assertEquals(1, tuned.get("tuned"));
    assertEquals(1, tuned.get("trimmed"));
    // What the JVM itself takes meanwhile counts too, so half of the rest is enough.
    long returned = (BLOCKS * BLOCK_BYTES - KEPT_BYTES) / 2;
    assertTrue(tuned.get("returned") > returned, "tuned: " + tuned);
  }

  @Test
  void anotherCLibraryIsAStateWithAReason() {
    NativeAllocator allocator = NativeAllocator.tune(name -> Optional.empty());
    assertTrue(allocator.state().contains("not glibc"), allocator.state());
    assertFalse(allocator.trim());
  }
}
