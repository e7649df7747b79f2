package org.rapidin.attribution.service;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.attribution.check.AttributorCheck;
import org.rapidin.attribution.check.CheckReport;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compressor.Compressor;
import org.rapidin.attribution.compressor.Compressors;
import org.rapidin.attribution.fitted.FactorCovariances;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.attribution.model.weights.WeightCache;

/**
 * One model that turns texts into vectors: tokens, gradients, layer normalisation, compression.
 *
 * <p>The gradients of all checkpoints, scaled by √weight, are compressed as one long vector, so an
 * inner product of two vectors estimates Σ weight · inner product at the checkpoint. Safe for
 * several threads until {@link #close}; each call computes in the calling thread.
 */
public final class Attributor implements AutoCloseable {
  private final AttributorSpec spec;
  private final ModelInstance model;
  private final Compressor compressor;
  private final DocumentVectors documents;
  private final GenerationVectors generations;
  private final DocumentTokens tokens;

  Attributor(AttributorSpec spec, String fingerprint, ModelInstance model, Compressor compressor) {
    this.spec = spec;
    this.model = model;
    this.compressor = compressor;
    this.documents = new DocumentVectors(spec, model, compressor);
    this.generations = new GenerationVectors(spec, fingerprint, model, compressor);
    this.tokens = new DocumentTokens(spec, model, compressor);
  }

  /**
   * Loads the model, with as much native memory as it takes; the caller closes the attributor.
   *
   * @param fingerprint that goes with the query gradients
   * @throws IllegalArgumentException if a file of the model is missing, malformed or not supported,
   *     or a selected parameter is not there; names it
   */
  public static Attributor open(
      AttributorSpec spec, String fingerprint, ModelDirectory directory, TorchRuntime runtime)
      throws IOException {
    return open(spec, fingerprint, directory, runtime, NodeParts.none());
  }

  /**
   * Loads the model; as the other method.
   *
   * @param node what gradients are compressed with
   */
  public static Attributor open(
      AttributorSpec spec,
      String fingerprint,
      ModelDirectory directory,
      TorchRuntime runtime,
      NodeParts node)
      throws IOException {
    WeightCache unlimited = new WeightCache(Long.MAX_VALUE, Long.MAX_VALUE);
    return open(spec, fingerprint, directory, spec.model(), runtime, unlimited, node);
  }

  /**
   * Loads the model into memory that it shares with others.
   *
   * @param digest of the files of the base weights
   * @param cache of base weights, whose budget adapters and passes share
   * @param node what gradients are compressed with
   */
  static Attributor open(
      AttributorSpec spec,
      String fingerprint,
      ModelDirectory directory,
      String digest,
      TorchRuntime runtime,
      WeightCache cache,
      NodeParts node)
      throws IOException {
    ModelInstance model = ModelInstance.open(spec, directory, digest, runtime, cache, node);
    try {
      AttributorSpec fitted = spec.fit(model.layout());
      model.reserve(fitted.compression());
      Compressors compressors =
          new Compressors(
              model.manager(), model.kernels(), node.engine(), directory, node.artefacts());
      return new Attributor(fitted, fingerprint, model, compressors.open(fitted, model.layout()));
    } catch (IOException | RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  /** Where gradients are compressed; see {@link Compressor#place}. */
  String compressionPlace() {
    return compressor.place();
  }

  /** The method of compression. */
  String compression() {
    return spec.compression().method();
  }

  /** Whether layers run under automatic differentiation, and not by hand. */
  boolean automatic() {
    return model.automatic();
  }

  /** Parameter tensors per checkpoint, of which {@link AttributorSpec#derivedScale} is made. */
  public int tensors() {
    return model.parameters().size();
  }

  /** Native memory that the weights take. */
  public long bytes() {
    return model.bytes();
  }

  /**
   * Native memory that a pass over one document takes beyond the weights, if it keeps no
   * activations.
   *
   * @param tokens of the document, all of which carry loss
   */
  public long passBytes(int tokens) {
    return model.checkpoints().getFirst().computer().peakBytes(1, tokens, tokens);
  }

  /** Vectors of documents; as {@link #documents(List, BooleanSupplier)}, never cancelled. */
  public List<GradientResult> documents(List<Sample> samples) {
    return documents(samples, () -> false);
  }

  /**
   * Vectors of documents. A sample that cannot be tokenised or whose gradient is zero or not finite
   * fails alone.
   *
   * @param cancelled asked before each text and each batch, between layers, and while a pass waits
   *     for memory
   * @return one result per sample, in order
   * @throws CancellationException if it was cancelled
   */
  public List<GradientResult> documents(List<Sample> samples, BooleanSupplier cancelled) {
    DocumentTexts texts = new DocumentTexts(samples);
    tokenize(texts, 0, texts.count(), cancelled);
    for (List<Integer> batch : batches(texts)) {
      if (cancelled.getAsBoolean()) {
        throw new CancellationException("the gradients were cancelled");
      }
      compute(texts, batch, cancelled);
    }
    return texts.results();
  }

  /** Adds the factors of documents' gradients up; as the other method, never cancelled. */
  public AddedDocuments addFactors(List<Sample> samples, FactorCovariances sums) {
    return addFactors(samples, sums, () -> false);
  }

  /**
   * Adds the factors of documents' gradients up. The gradient of each is that of {@link
   * #documents}, but not normalized. A sample that cannot be tokenised is left out.
   *
   * @param sums of {@link #layout}
   * @param cancelled asked before each text and each batch, between layers, and while a pass waits
   *     for memory
   * @throws IllegalArgumentException if a number is not finite; the sums cannot be used afterwards
   * @throws CancellationException if it was cancelled; the sums cannot be used afterwards
   */
  AddedDocuments addFactors(
      List<Sample> samples, FactorCovariances sums, BooleanSupplier cancelled) {
    DocumentTexts texts = new DocumentTexts(samples);
    tokenize(texts, 0, texts.count(), cancelled);
    int count = new DocumentFactors(model, sums).add(texts, cancelled);
    return new AddedDocuments(count, texts.firstFailure());
  }

  /** The gradients that are compressed. */
  public GradientLayout layout() {
    return model.layout();
  }

  /** Tokenizes documents {@code from} to {@code to}; see {@link DocumentTexts#tokenize}. */
  void tokenize(DocumentTexts texts, int from, int to, BooleanSupplier cancelled) {
    texts.tokenize(model, spec.maxTokens(), from, to, cancelled);
  }

  /** Groups tokenized documents into batches of one pass each. */
  List<List<Integer>> batches(DocumentTexts texts) {
    return texts.batches(model.passes().batches());
  }

  /** Computes the vectors of one batch. */
  void compute(DocumentTexts texts, List<Integer> batch, BooleanSupplier cancelled) {
    documents.compute(texts, batch, cancelled);
  }

  /**
   * The vector of a generation: the gradient of the selected tokens' mean loss. With cosine
   * similarity it is not divided by its norm; the score does that.
   *
   * @param perToken whether the selected tokens' own vectors are wanted; they are normalised like
   *     the whole, so that their mean is the vector
   * @throws IllegalArgumentException if the completion is empty or longer than the limit of tokens,
   *     the selection is not in it, or the gradient is zero or not finite
   */
  public QueryGradient query(Sample generation, TokenSelection selection, boolean perToken) {
    return query(generation, selection, perToken, () -> false);
  }

  /**
   * The vector of a generation; as {@link #query(Sample, TokenSelection, boolean)}.
   *
   * @param cancelled asked while the gradients are computed
   * @throws CancellationException if it was cancelled
   */
  QueryGradient query(
      Sample generation, TokenSelection selection, boolean perToken, BooleanSupplier cancelled) {
    return generations.compute(generation, selection, perToken, cancelled);
  }

  /** The parts of a document's tokens; as the other method, never cancelled. */
  public TrainingTokens trainingTokens(Sample document, List<float[]> vectors) {
    return trainingTokens(document, vectors, () -> false);
  }

  /**
   * The parts that a document's tokens have in its inner products with some vectors: the text is
   * cut off, normalised and divided by its norm as it is for {@link #documents}.
   *
   * @param vectors at least one, float32, length K; not changed
   * @param cancelled asked while the gradients are computed
   * @throws IllegalArgumentException if the text cannot be tokenised, its gradient is zero or not
   *     finite, or a vector has another length
   * @throws CancellationException if it was cancelled
   */
  TrainingTokens trainingTokens(Sample document, List<float[]> vectors, BooleanSupplier cancelled) {
    return tokens.compute(document, vectors, cancelled);
  }

  /** Checks the attributor; see {@link AttributorCheck}. */
  public CheckReport check() {
    return check(() -> false);
  }

  /**
   * Checks the attributor.
   *
   * @param cancelled asked while gradients are computed
   * @throws CancellationException if it was cancelled
   */
  CheckReport check(BooleanSupplier cancelled) {
    InspectedModel inspected =
        new InspectedModel(
            model, spec.maxTokens(), samples -> documents(samples, cancelled), cancelled);
    return new AttributorCheck(spec, inspected).run();
  }

  /** Frees the model. The attributor must not be used afterwards. */
  @Override
  public void close() {
    try (model) {
      compressor.close();
    }
  }
}
