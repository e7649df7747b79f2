package org.rapidin.attribution.model.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.engine.StandardCapabilities;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtEngineProvider;
import ai.djl.pytorch.jni.JniUtils;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.memory.NativeAllocator;

/**
 * The process's libtorch and tokenizer natives, offline, from this class's own class loader.
 *
 * <p>Starting takes 0.3 to 2 s and loads native code, so it happens on first use, never at node
 * start. All methods are safe for several threads. Where a security manager or agent watches, the
 * caller takes care of privileges.
 */
public final class TorchRuntime {
  /**
   * The one mutable static of the product: a second libtorch aborts the process, so that there is
   * one is a fact of the process and of no instance. Guarded by the class's lock.
   */
  private static Outcome outcome;

  /** CUDA 12.8. */
  private static final String CUDA_FLAVOR = "cu128";

  private sealed interface Outcome {
    record Started(TorchRuntime runtime) implements Outcome {}

    record Failed(ModelUnavailableException reason) implements Outcome {}
  }

  private final Engine engine;
  private final NativeSettings settings;
  private final NativeAllocator allocator;
  private final ComputeDevice device;

  private TorchRuntime(
      Engine engine, NativeSettings settings, NativeAllocator allocator, ComputeDevice device) {
    this.engine = engine;
    this.settings = settings;
    this.allocator = allocator;
    this.device = device;
  }

  /** Starts libtorch on the CPU; as {@link #start(Path, Optional, int, DeviceChoice)}. */
  public static TorchRuntime start(Path cacheDir, Optional<Path> libtorchDir, int threads) {
    return start(cacheDir, libtorchDir, threads, DeviceChoice.CPU);
  }

  /**
   * Starts libtorch, or returns the one that this process has already; then the arguments of the
   * first call count. A failure to load is final for the process: later calls repeat it.
   *
   * @param cacheDir writable; natives that come in jars are extracted below it
   * @param libtorchDir holds libtorch's *.so files; empty if they come in a jar
   * @param threads that one operation may use
   * @param choice where arrays are made
   * @throws ModelUnavailableException if gradients cannot be computed in this process; says why
   */
  public static synchronized TorchRuntime start(
      Path cacheDir, Optional<Path> libtorchDir, int threads, DeviceChoice choice) {
    return switch (outcome) {
      case Outcome.Started(TorchRuntime runtime) -> runtime;
      case Outcome.Failed(ModelUnavailableException reason) ->
          throw new ModelUnavailableException(reason.getMessage(), reason);
      case null -> {
        String flavor = flavor(libtorchDir);
        NativeSettings settings = new NativeSettings(cacheDir, libtorchDir, flavor, threads);
        requirePossible(settings, libtorchDir);
        yield load(settings, flavor, choice);
      }
    };
  }

  /** The one of DJL's two JNI libraries for Linux that fits libtorch's files. */
  private static String flavor(Optional<Path> libtorchDir) {
    boolean cuda =
        libtorchDir.filter(dir -> Files.exists(dir.resolve("libtorch_cuda.so"))).isPresent();
    return cuda ? CUDA_FLAVOR : "cpu";
  }

  private static void requirePossible(NativeSettings settings, Optional<Path> libtorchDir) {
    String platform = System.getProperty("os.name") + "-" + System.getProperty("os.arch");
    if (!platform.equals("Linux-amd64")) {
      throw new ModelUnavailableException(
          "gradients are computed on linux-x86_64 only, this node runs on %s".formatted(platform));
    }
    settings.refuseEnvironment();
    libtorchDir.ifPresent(
        dir -> {
          if (!Files.isRegularFile(dir.resolve("libtorch_cpu.so"))) {
            throw new ModelUnavailableException(
                "there is no libtorch_cpu.so in %s: install libtorch 2.7.1 there".formatted(dir));
          }
        });
    mappedLibtorch()
        .ifPresent(
            path -> {
              throw new ModelUnavailableException(
                  "another libtorch is loaded in this process, from %s (ml-commons does that for local models): two would abort the node; serve one of them on another node"
                      .formatted(path));
            });
  }

  private static TorchRuntime load(NativeSettings settings, String flavor, DeviceChoice choice) {
    try {
      NativeAllocator allocator = NativeAllocator.tune(); // before libtorch allocates
      TorchRuntime runtime =
          settings.call(
              () -> {
                // Does nothing if known. Needed where DJL was initialised under a foreign loader.
                Engine.registerEngine(new PtEngineProvider());
                Engine engine = Engine.getEngine(new PtEngineProvider().getEngineName());
                ai.djl.huggingface.tokenizers.jni.LibUtils.checkStatus();
                ComputeDevice device =
                    ComputeDevice.choose(choice, flavor, wanted -> fault(engine, flavor, wanted));
                return new TorchRuntime(engine, settings, allocator, device);
              });
      outcome = new Outcome.Started(runtime);
      return runtime;
    } catch (Throwable e) { // LinkageError too: this is the native-load edge
      ModelUnavailableException reason =
          e instanceof ModelUnavailableException known
              ? known
              : new ModelUnavailableException(
                  "PyTorch could not be loaded: %s".formatted(reason(e)), e);
      outcome = new Outcome.Failed(reason);
      throw reason;
    }
  }

  /** Why a CUDA device cannot be used; tried out with a small array. */
  private static Optional<String> fault(Engine engine, String flavor, Device device) {
    if (flavor.equals("cpu")) {
      return Optional.of("this libtorch has no CUDA");
    }
    if (!engine.hasCapability(StandardCapabilities.CUDA)) {
      return Optional.of("libtorch (%s) finds no CUDA device or no driver".formatted(flavor));
    }
    try (NDManager manager = engine.newBaseManager(device)) {
      manager.ones(new Shape(1)).toFloatArray();
      return Optional.empty();
    } catch (EngineException e) {
      return Optional.of(e.getMessage().lines().findFirst().orElse("libtorch refuses it"));
    }
  }

  /** What the deepest cause says, and how to fix it if a file system is mounted noexec. */
  static String reason(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    boolean noexec = cause.toString().contains("failed to map segment from shared object");
    return noexec
        ? "%s (its folder must allow executable files)".formatted(cause)
        : cause.toString();
  }

  /**
   * Where a libtorch is mapped into this process. FileInputStream, because the server's agent
   * watches java.nio.file and would want a grant for /proc.
   */
  private static Optional<String> mappedLibtorch() {
    try (BufferedReader maps =
        new BufferedReader(
            new InputStreamReader(
                new FileInputStream("/proc/self/maps"), StandardCharsets.UTF_8))) {
      return maps.lines()
          .filter(line -> line.contains("libtorch_cpu"))
          .map(line -> line.substring(Math.max(0, line.indexOf('/'))))
          .findFirst();
    } catch (IOException e) {
      throw new ModelUnavailableException(
          "/proc/self/maps cannot be read, so a second libtorch could not be ruled out", e);
    }
  }

  /** The allocator of this process, which libtorch uses. */
  public NativeAllocator allocator() {
    return allocator;
  }

  /**
   * Prepares the current thread for libtorch, which tells OpenMP the number of threads of one
   * operation thread by thread, and not before every product: a thread's first one would use as
   * many as there are cores. Cheap; a thread needs it once.
   */
  public void enterThread() {
    JniUtils.getNumThreads(); // tells OpenMP, if this thread has not
  }

  /** Where gradients are computed. */
  public ComputeDevice device() {
    return device;
  }

  /** A new owner of arrays in the device's memory; the caller closes it. */
  public NDManager newManager() {
    return engine.newBaseManager(device.device());
  }

  /** Makes a tokenizer out of a tokenizer.json; the caller closes it. */
  HuggingFaceTokenizer newTokenizer(byte[] json) {
    // No truncation or padding, whatever the file says: TextTokenizer counts what is cut.
    Map<String, String> options = Map.of("truncation", "do_not_truncate", "padding", "do_not_pad");
    synchronized (TorchRuntime.class) {
      try {
        return settings.call(
            () -> HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options));
      } catch (Exception e) {
        throw new IllegalArgumentException(
            "tokenizer.json is not usable: %s".formatted(e.getMessage()), e);
      }
    }
  }
}
