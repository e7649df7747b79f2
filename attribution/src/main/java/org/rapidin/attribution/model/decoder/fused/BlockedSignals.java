package org.rapidin.attribution.model.decoder.fused;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Blocks signals on a thread while oneDNN multiplies on it. The generated sgemm kernels of oneDNN
 * set the stack pointer to an address in the heap, so the frame of a signal handler that runs then
 * overwrites heap memory, and a later {@code free} ends the process. Profilers send such signals:
 * with Java Flight Recorder's CPU-time samples or async-profiler, a node crashed within seconds. A
 * signal that arrives meanwhile is delivered after the product.
 *
 * <p>Faults of the thread itself are not blocked, because the JVM handles them. Does nothing where
 * the C library lacks the function.
 *
 * @see <a href="https://github.com/uxlfoundation/oneDNN/issues/4845">oneDNN issue 4845</a>, fixed
 *     in versions later than that of libtorch 2.7.1
 */
final class BlockedSignals {
  /** Linux: sigset_t of glibc and musl. */
  private static final int SET_BYTES = 128;

  /** Linux: SIG_SETMASK. */
  private static final int SET = 2;

  /** Linux: SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV; a thread that causes one must get it. */
  private static final int[] FAULTS = {4, 5, 7, 8, 11};

  private static final Optional<BlockedSignals> INSTANCE = ofThisProcess();

  private final MethodHandle changeMask;
  private final MemorySegment blocked;

  private BlockedSignals(MethodHandle changeMask, MemorySegment blocked) {
    this.changeMask = changeMask;
    this.blocked = blocked;
  }

  /** Runs work during which the thread handles no signal. */
  static <T> T during(Supplier<T> work) {
    if (INSTANCE.isEmpty()) {
      return work.get();
    }
    try (Arena arena = Arena.ofConfined()) {
      BlockedSignals signals = INSTANCE.get();
      MemorySegment before = arena.allocate(SET_BYTES, Long.BYTES);
      signals.changeMask(signals.blocked, before);
      try {
        return work.get();
      } finally {
        signals.changeMask(before, MemorySegment.NULL);
      }
    }
  }

  private void changeMask(MemorySegment mask, MemorySegment before) {
    try {
      int error = (int) changeMask.invokeExact(SET, mask, before);
      if (error != 0) {
        throw new IllegalStateException("pthread_sigmask failed with error " + error);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("pthread_sigmask throws nothing", e);
    }
  }

  private static Optional<BlockedSignals> ofThisProcess() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return Optional.empty();
    }
    SymbolLookup library = Linker.nativeLinker().defaultLookup();
    return library
        .find("pthread_sigmask")
        .map(symbol -> new BlockedSignals(handle(symbol), allButFaults()));
  }

  private static MethodHandle handle(MemorySegment symbol) {
    FunctionDescriptor type =
        FunctionDescriptor.of(
            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
    return Linker.nativeLinker().downcallHandle(symbol, type);
  }

  /** Signal n is bit n - 1. The C library keeps those that it needs itself unblocked. */
  private static MemorySegment allButFaults() {
    MemorySegment set = Arena.global().allocate(SET_BYTES, Long.BYTES);
    set.fill((byte) 0xff);
    for (int signal : FAULTS) {
      long word = set.get(ValueLayout.JAVA_LONG, 0);
      set.set(ValueLayout.JAVA_LONG, 0, word & ~(1L << signal - 1));
    }
    return set;
  }
}
