package org.rapidin.attribution.memory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The process's malloc, set up so that a gradient does not spend its time in page faults.
 *
 * <p>glibc returns the heaps of a thread's arena to the kernel as soon as they are empty, so each
 * pass faults its memory in again. {@link #tune} turns that off for the whole process; {@link
 * #trim} returns free memory to the kernel when gradients pause.
 *
 * <p>Blocks of 4 MiB and more are mapped and unmapped one by one. That costs page faults, but what
 * is freed does not stay behind in pieces that the next pass cannot use. Four layers of a 135M
 * model, 512 tokens, live arrays 130 MB:
 *
 * <table>
 * <caption>Peak and CPU time of one pass</caption>
 * <tr><th>blocks that are mapped</th><th>peak</th><th>user + sys</th></tr>
 * <tr><td>as glibc does</td><td>190 MB</td><td>1,426 + 76 ms</td></tr>
 * <tr><td>none</td><td>256 MB</td><td>1,406 + 6 ms</td></tr>
 * <tr><td>4 MiB and more</td><td>195 MB</td><td>1,363 + 40 ms</td></tr>
 * <tr><td>1 MiB and more</td><td>132 MB</td><td>1,396 + 466 ms</td></tr>
 * </table>
 *
 * <p>libtorch allocates with {@code posix_memalign}. glibc then takes a block that is up to 96
 * bytes larger, frees what it does not need, and small blocks move in there; so a freed block is
 * too small for another one of its size. Where a pass keeps activations, resident memory grows over
 * the first passes beyond what is live: by a tenth to a third of the activations in the
 * measurements that {@link org.rapidin.attribution.gradient.GradientComputer#peakBytes} follows.
 *
 * <p>Where malloc is not glibc's, both do nothing and {@link #state} says why. Safe for several
 * threads.
 */
public final class NativeAllocator {
  private static final int M_TRIM_THRESHOLD = -1;
  private static final int M_TOP_PAD = -2;
  private static final int M_MMAP_THRESHOLD = -3;
  private static final int M_ARENA_MAX = -8;

  private static final int MAPPED_BYTES = 4 << 20;

  /** What is left behind in the arenas is about that much; a heap of an arena is as large. */
  private static final int TOP_PAD_BYTES = 64 << 20;

  private final String state;
  private final Optional<MethodHandle> trim;

  private NativeAllocator(String state, Optional<MethodHandle> trim) {
    this.state = state;
    this.trim = trim;
  }

  /**
   * Sets malloc's parameters. Threads that already have an arena of their own keep it, so call this
   * before the first native allocation of the threads that compute.
   */
  public static NativeAllocator tune() {
    return tune(Linker.nativeLinker().defaultLookup());
  }

  /** As {@link #tune()}, with the C library that the lookup knows. */
  static NativeAllocator tune(SymbolLookup library) {
    Optional<MethodHandle> mallopt =
        find(library, "mallopt", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    Optional<MethodHandle> trim = find(library, "malloc_trim", ValueLayout.JAVA_LONG);
    if (mallopt.isEmpty() || trim.isEmpty()) {
      return new NativeAllocator(
          "not tuned: the C library has no mallopt and malloc_trim (it is not glibc)",
          Optional.empty());
    }
    boolean accepted =
        set(mallopt.get(), M_ARENA_MAX, 1)
            & set(mallopt.get(), M_MMAP_THRESHOLD, MAPPED_BYTES)
            & set(mallopt.get(), M_TRIM_THRESHOLD, Integer.MAX_VALUE)
            & set(mallopt.get(), M_TOP_PAD, TOP_PAD_BYTES);
    return new NativeAllocator(accepted ? "tuned" : "not tuned: mallopt refused a parameter", trim);
  }

  private static Optional<MethodHandle> find(
      SymbolLookup library, String name, ValueLayout... arguments) {
    Optional<MemorySegment> address = library.find(name);
    return address.map(
        symbol ->
            Linker.nativeLinker()
                .downcallHandle(symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments)));
  }

  private static boolean set(MethodHandle mallopt, int parameter, int value) {
    try {
      return (int) mallopt.invokeExact(parameter, value) == 1;
    } catch (Throwable e) {
      throw new IllegalStateException("mallopt throws nothing", e);
    }
  }

  /**
   * Returns free native memory to the kernel; the next pass faults in what it needs again.
   *
   * <p>malloc_trim leaves the free end of each arena but the first as it is. That is at most a heap
   * of 64 MiB for an arena, and the JVM may have given its threads such arenas before {@link
   * #tune}.
   *
   * @return whether any memory was returned
   */
  public boolean trim() {
    if (trim.isEmpty()) {
      return false;
    }
    try {
      return (int) trim.get().invokeExact(0L) == 1;
    } catch (Throwable e) {
      throw new IllegalStateException("malloc_trim throws nothing", e);
    }
  }

  /** {@code tuned}, or why not. */
  public String state() {
    return state;
  }
}
