package org.rapidin.benchmarks.scan;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;
import org.rapidin.scorer.RowMatrix;

/** Compiles {@code src/main/c/scan.c} for this machine and calls it in this process. */
public final class NativeScan {
  private final MethodHandle scanHalf;
  private final MethodHandle readAll;

  private NativeScan(SymbolLookup library) {
    Linker linker = Linker.nativeLinker();
    scanHalf =
        linker.downcallHandle(
            library.findOrThrow("scan_half"),
            FunctionDescriptor.ofVoid(
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS));
    readAll =
        linker.downcallHandle(
            library.findOrThrow("read_all"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_LONG, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
  }

  /**
   * Compiles and loads the C file.
   *
   * @return empty if there is no C compiler
   */
  public static Optional<NativeScan> compile(Path source, Path directory, Arena arena)
      throws IOException, InterruptedException {
    Path library = directory.resolve("libscan.so");
    ProcessBuilder command =
        new ProcessBuilder(
            "cc",
            "-O3",
            "-march=native",
            "-shared",
            "-fPIC",
            "-o",
            library.toString(),
            source.toString());
    Process compiler;
    try {
      compiler = command.inheritIO().start();
    } catch (IOException absent) {
      System.out.println("no C loop: " + absent.getMessage());
      return Optional.empty();
    }
    if (compiler.waitFor() != 0) {
      throw new IOException("cc could not compile [%s] from here".formatted(source));
    }
    return Optional.of(new NativeScan(SymbolLookup.libraryLookup(library, arena)));
  }

  /** Scores all rows; n must be a multiple of 4. */
  public void scan(RowMatrix matrix, MemorySegment query, MemorySegment products) {
    try {
      scanHalf.invokeExact(
          matrix.values(),
          matrix.scales(),
          query,
          (long) matrix.rows(),
          (long) matrix.dimension(),
          products);
    } catch (Throwable t) {
      throw new AssertionError("a C function cannot throw", t);
    }
  }

  /** Reads everything once and returns the sum, so that the loop is not optimized away. */
  public long read(MemorySegment bytes) {
    try {
      return (long) readAll.invokeExact(bytes, bytes.byteSize() / Long.BYTES);
    } catch (Throwable t) {
      throw new AssertionError("a C function cannot throw", t);
    }
  }
}
