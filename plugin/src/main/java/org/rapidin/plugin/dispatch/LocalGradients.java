package org.rapidin.plugin.dispatch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.opensearch.ExceptionsHelper;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.OpenSearchExecutors;
import org.opensearch.monitor.jvm.JvmInfo;
import org.opensearch.secure_sm.AccessController;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.attribution.check.CheckReport;
import org.rapidin.attribution.fitted.FactorCovariances;
import org.rapidin.attribution.model.torch.ComputeDevice;
import org.rapidin.attribution.model.torch.DeviceChoice;
import org.rapidin.attribution.service.AddedDocuments;
import org.rapidin.attribution.service.GradientLimits;
import org.rapidin.attribution.service.GradientService;
import org.rapidin.attribution.service.GradientStats;
import org.rapidin.attribution.service.NativeStats;
import org.rapidin.attribution.service.NodeParts;
import org.rapidin.plugin.attributor.ModelCatalog;

/**
 * Gradients that this node computes from its own models, on separate threads. Stages complete there
 * and fail with attribution's own exceptions.
 */
public final class LocalGradients implements GradientNode, AutoCloseable {
  /** {@code plugins.rapidin.gradient.threads}: batches that are computed at a time. */
  public static final Setting<Integer> THREADS =
      new Setting<>(
          "plugins.rapidin.gradient.threads",
          // One batch per core: 1,754 ms a document with two workers of one torch thread each,
          // 2,233 ms with one worker of two, whose threads wait for each other in every operation.
          settings -> "" + OpenSearchExecutors.allocatedProcessors(settings),
          value -> Setting.parseInt(value, 1, 128, "plugins.rapidin.gradient.threads"),
          Property.NodeScope);

  /** {@code plugins.rapidin.gradient.queue_size}: requests that may wait or run; more are 429. */
  public static final Setting<Integer> QUEUE_SIZE =
      Setting.intSetting("plugins.rapidin.gradient.queue_size", 200, 1, Property.NodeScope);

  /** {@code plugins.rapidin.device}: {@code auto}, {@code cpu}, or {@code cuda:0} and so on. */
  public static final Setting<DeviceChoice> DEVICE =
      new Setting<>("plugins.rapidin.device", "auto", DeviceChoice::new, Property.NodeScope);

  // Requests that wait have no vectors yet: only those of running batches take this heap.
  private static final int SHARE_OF_HEAP = 4;

  private final Path modelsRoot;
  private final TorchStarter torch;
  private final GradientService service;

  /**
   * Starts nothing: threads, models and libtorch come with the first request.
   *
   * @param settings of the node
   * @param catalog the node's model directories
   * @param cacheDirectory writable; small natives are extracted there
   * @param pluginDirectory where the plugin is installed
   * @param node what gradients are compressed with
   */
  public LocalGradients(
      Settings settings,
      ModelCatalog catalog,
      Path cacheDirectory,
      Path pluginDirectory,
      NodeParts node) {
    this.modelsRoot = catalog.root();
    int threads = THREADS.get(settings);
    int perBatch = torchThreads(settings);
    long heapBytes = JvmInfo.jvmInfo().getMem().getHeapMax().getBytes();
    torch = new TorchStarter(cacheDirectory, pluginDirectory, perBatch, DEVICE.get(settings));
    service =
        new GradientService(
            catalog.root(),
            catalog.digests(),
            torch,
            new GradientLimits(threads, QUEUE_SIZE.get(settings), heapBytes / SHARE_OF_HEAP),
            NativeMemory.limits(settings),
            node);
  }

  @Override
  public CompletableFuture<List<GradientResult>> documents(
      ResolvedAttributor attributor, List<Sample> samples) {
    return lacks(attributor)
        .<CompletableFuture<List<GradientResult>>>map(CompletableFuture::failedFuture)
        .orElseGet(() -> service.documents(attributor.spec(), attributor.fingerprint(), samples));
  }

  @Override
  public CompletableFuture<QueryGradient> query(QueryRequest request) {
    ResolvedAttributor attributor = request.attributor();
    Generation generation = request.generation();
    return lacks(attributor)
        .<CompletableFuture<QueryGradient>>map(CompletableFuture::failedFuture)
        .orElseGet(
            () ->
                service.query(
                    attributor.spec(),
                    attributor.fingerprint(),
                    generation.sample(),
                    generation.selection(),
                    generation.perToken(),
                    request.user()));
  }

  @Override
  public CompletableFuture<TrainingTokens> trainingTokens(TrainingTokensRequest request) {
    ResolvedAttributor attributor = request.attributor();
    return lacks(attributor)
        .<CompletableFuture<TrainingTokens>>map(CompletableFuture::failedFuture)
        .orElseGet(
            () ->
                service.trainingTokens(
                    attributor.spec(),
                    attributor.fingerprint(),
                    request.document(),
                    request.vectors(),
                    request.user()));
  }

  /**
   * Adds the factors of documents' gradients up with this node's own model.
   *
   * @param sums not to be used until the answer is there
   */
  public CompletableFuture<AddedDocuments> addFactors(
      ResolvedAttributor attributor, List<Sample> samples, FactorCovariances sums) {
    return lacks(attributor)
        .<CompletableFuture<AddedDocuments>>map(CompletableFuture::failedFuture)
        .orElseGet(
            () -> service.addFactors(attributor.spec(), attributor.fingerprint(), samples, sums));
  }

  /** Fails at once without the model, so that the next node is asked without a wait. */
  private Optional<ModelUnavailableException> lacks(ResolvedAttributor attributor) {
    String model = attributor.spec().model();
    return has(model)
        ? Optional.empty()
        : Optional.of(
            new ModelUnavailableException(
                "this node has no model [%s]: copy it to config/rapidin/models/%s"
                    .formatted(model, model)));
  }

  /** Whether this node has the directory of a model. */
  public boolean has(String model) {
    return AccessController.doPrivileged(() -> Files.isDirectory(modelsRoot.resolve(model)));
  }

  /** Gradient requests that wait or run now. */
  int waiting() {
    return service.waiting();
  }

  /** Threads of libtorch for each batch: the cores are shared among the batches. */
  static int torchThreads(Settings settings) {
    return Math.max(1, OpenSearchExecutors.allocatedProcessors(settings) / THREADS.get(settings));
  }

  /**
   * Loads an attributor's model and waits until it is loaded: not for transport threads.
   *
   * @throws org.opensearch.OpenSearchStatusException (503) if this node cannot
   */
  public void load(ResolvedAttributor attributor) {
    await(service.load(attributor.spec(), attributor.fingerprint()));
  }

  /**
   * Checks an attributor and waits for the report: not for transport threads.
   *
   * @throws org.opensearch.OpenSearchStatusException (503) if this node cannot
   */
  public CheckReport check(ResolvedAttributor attributor) {
    return await(
        lacks(attributor)
            .<CompletableFuture<CheckReport>>map(CompletableFuture::failedFuture)
            .orElseGet(() -> service.check(attributor.spec(), attributor.fingerprint())));
  }

  /**
   * Frees a model when no request uses it any more, and waits for that: not for transport threads.
   *
   * @return attributors that were loaded
   */
  public int unload(String model) {
    return await(service.unload(model));
  }

  private static <T> T await(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      throw ExceptionsHelper.convertToRuntime(GradientFaults.asException(e));
    }
  }

  /** What has been computed here, and what is loaded. */
  public GradientStats stats() {
    return service.stats();
  }

  /** Native memory of models and gradients. */
  public NativeStats nativeStats() {
    return service.nativeStats();
  }

  /** Whether malloc is tuned, and if not why; empty until libtorch runs. */
  String allocatorState() {
    return torch.allocatorState();
  }

  /** The device that gradients are computed on; empty until libtorch runs. */
  Optional<ComputeDevice> device() {
    return torch.device();
  }

  /** Where the gradients of loaded models are compressed; empty if none is loaded. */
  String compressionPlace() {
    return String.join("; ", service.compressionPlaces());
  }

  /** Whether libtorch runs, and if not why. */
  public String torchStatus() {
    return torch.status();
  }

  /** Ends computing and frees the models. */
  @Override
  public void close() {
    service.close();
  }
}
